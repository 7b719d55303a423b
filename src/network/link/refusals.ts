// What it means when the kernel refuses a line, and what to say of a link of which not everything
// stands. Pure.
import { type Family, familyOf } from '../../ip/address.ts';
import { sysctlName } from '../../ip/interface-name.ts';
import type { Line } from './ip-lines.ts';
import type { KernelState } from './kernel-state.ts';
import type { WantedLink } from './wanted-link.ts';
import { otherOwner, wantedAddresses } from './wanted-routes.ts';

export interface Refusal {
  readonly line: Line;
  /** The kernel's or `ip`'s words. */
  readonly said: string;
}

/** Whether the link, or the line's family, is of no use without it. */
export function isEssential({ kind }: Line): boolean {
  return kind === 'up' || kind === 'address' || kind === 'default-route';
}

/**
 * What does not stand of `wanted`, each a sentence with its remedy: `failed` families, lines of the
 * others that were refused, and what this kernel or this host does not allow.
 */
export function warningsOf(
  wanted: WantedLink,
  failed: readonly Family[],
  state: KernelState,
  refusals: readonly Refusal[],
): readonly string[] {
  const name = wanted.interface;
  const stands = ({ line }: Refusal) => !failed.includes(line.family) && !isEssential(line);
  const master = state.links.find((link) => link.interface === name)?.master;
  return [
    ...(master === undefined ? [] : [describeMaster(name, master)]),
    ...failed.map((family) => describeFamily(name, family, refusals)),
    ...noPolicyRouting(wanted, failed, state),
    ...wantedAddresses(wanted).flatMap(({ address }) => describeShared(address, wanted, state)),
    ...refusals.filter(stands).map((refusal) => describeLine(name, refusal, state)),
  ];
}

/** A bridge takes what comes in before this host's own network sees it; so does a bond. */
function describeMaster(name: string, master: string): string {
  return (
    `${name} is a port of ${master} (a bridge, bond or VRF): what comes in is not ours. Remedy: ip link set ${name} ` +
    'nomaster, and take it out of what put it there'
  );
}

function describeFamily(name: string, family: Family, refusals: readonly Refusal[]): string {
  const refusal = refusals.find(({ line }) => isEssential(line) && line.family === family);
  const said = refusal?.said ?? '';
  const other = `IPv${family === 4 ? 6 : 4} works alone`;
  const disabled = `net.ipv6.conf.${sysctlName(name)}.disable_ipv6`;
  // An older kernel says of disable_ipv6 that permission is denied.
  if (family === 6 && /disabled|Permission denied/.test(said)) {
    return (
      `the carrier gave IPv6, which this host has switched off (sysctl ${disabled}): ${other}. ` +
      `Remedy: sysctl -w ${disabled}=0, or connect.ip-type: ipv4`
    );
  }
  if (family === 6 && /not supported/.test(said)) {
    return (
      `the carrier gave IPv6, which this kernel does not have (ipv6.disable=1 on its command line, or no CONFIG_IPV6): ` +
      `${other}. Remedy: connect.ip-type: ipv4`
    );
  }
  return `the kernel refused "ip -${family} ${refusal?.line.text}" (${said}): ${other}. Remedy: see ip -${family} address; ip -${family} route`;
}

/** Whether one family or the other, or both, have to do without a table of ours. */
function noPolicyRouting(wanted: WantedLink, failed: readonly Family[], { policyRouting }: KernelState): string[] {
  const families = ([4, 6] as const)
    .filter((family) => !failed.includes(family) && !policyRouting.includes(family))
    .filter((family) => wanted.addresses.some(({ address }) => familyOf(address) === family));
  return families.map((family) => {
    const option = family === 4 ? 'CONFIG_IP_MULTIPLE_TABLES' : 'CONFIG_IPV6_MULTIPLE_TABLES';
    return (
      `this kernel has no IPv${family} policy routing: while another uplink is preferred, what is bound to the address ` +
      `of ${wanted.interface} leaves by that one, and LTE cannot be probed. Remedy: a kernel with ${option}`
    );
  });
}

function describeShared(address: string, wanted: WantedLink, state: KernelState): string[] {
  const owner = otherOwner(address, wanted, state);
  if (owner === undefined) return [];
  return [
    `${address} was given by the carrier, and ${owner} has it too: it stays there, and no rule keeps what is bound to ` +
      `it on ${wanted.interface}. Remedy: give ${owner} another address`,
  ];
}

function describeLine(name: string, { line, said }: Refusal, { links }: KernelState): string {
  switch (line.kind) {
    case 'mtu': {
      const mtu = links.find((link) => link.interface === name)?.mtu;
      return `the driver of ${name} refused "ip ${line.text}" (${said}): its MTU stays ${mtu}. Remedy: network.mtu: ${mtu}`;
    }
    case 'rule':
      return (
        `the kernel refused "ip -${line.family} ${line.text}" (${said}): while another uplink is preferred, LTE cannot ` +
        `be probed. Remedy: a kernel with CONFIG_IP${line.family === 6 ? 'V6' : ''}_MULTIPLE_TABLES; see ip -${line.family} rule`
      );
    case 'delete':
      return (
        `"ip -${line.family} ${line.text}" was refused (${said}): what another program or an earlier run put there stays. ` +
        `Remedy: see ip address; ip route; ip rule`
      );
    default:
      return `the kernel refused "ip -${line.family} ${line.text}" (${said}). Remedy: see ip address; ip route`;
  }
}
