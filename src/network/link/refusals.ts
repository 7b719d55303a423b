// What it means when the kernel refuses a line, and what to say of a link of which not everything
// stands. Pure.
import { type Found, found } from '../../codes/codes.ts';
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
 * What does not stand of `wanted`: `failed` families, lines of the others that were refused, and
 * what this kernel or this host does not allow.
 */
export function warningsOf(
  wanted: WantedLink,
  failed: readonly Family[],
  state: KernelState,
  refusals: readonly Refusal[],
): readonly Found[] {
  const name = wanted.interface;
  const stands = ({ line }: Refusal) => !failed.includes(line.family) && !isEssential(line);
  const master = state.links.find((link) => link.interface === name)?.master;
  return [
    ...(master === undefined ? [] : [found('bridge-port', { interface: name, master })]),
    ...failed.map((family) => refusedFamily(name, family, refusals)),
    ...noPolicyRouting(wanted, failed, state),
    ...withoutMain(wanted, failed, state),
    ...wantedAddresses(wanted).flatMap(({ address }) => shared(address, wanted, state)),
    ...refusals.filter(stands).map((refusal) => refusedLine(name, refusal, state)),
  ];
}

function refusedFamily(name: string, family: Family, refusals: readonly Refusal[]): Found {
  const refusal = refusals.find(({ line }) => isEssential(line) && line.family === family);
  const said = refusal?.said ?? '';
  const rest = `IPv${family === 4 ? 6 : 4} works alone`;
  // An older kernel says of disable_ipv6 that permission is denied.
  if (family === 6 && /disabled|Permission denied/.test(said))
    return found('ipv6-off', { sysctl: `net.ipv6.conf.${sysctlName(name)}.disable_ipv6`, rest });
  if (family === 6 && /not supported/.test(said)) return found('ipv6-absent', { rest });
  return found('family-refused', { family, line: refusal?.line.text ?? '', said, rest });
}

/** Whether one family or the other, or both, have to do without a table of ours. */
function noPolicyRouting(wanted: WantedLink, failed: readonly Family[], { policyRouting }: KernelState): Found[] {
  const families = ([4, 6] as const)
    .filter((family) => !failed.includes(family) && !policyRouting.includes(family))
    .filter((family) => wanted.addresses.some(({ address }) => familyOf(address) === family));
  return families.map((family) => found('no-policy-routing', { family, interface: wanted.interface }));
}

/** Our default route is in the main table: what is not bound to the link does not find it. */
function withoutMain(wanted: WantedLink, failed: readonly Family[], { mainIgnored }: KernelState): Found[] {
  const families = mainIgnored
    .filter((family) => wanted.defaultRoute && !failed.includes(family))
    .filter((family) => wanted.addresses.some(({ address }) => familyOf(address) === family));
  return families.map((family) => found('main-table-ignored', { family, interface: wanted.interface }));
}

function shared(address: string, wanted: WantedLink, state: KernelState): Found[] {
  const owner = otherOwner(address, wanted, state);
  return owner === undefined ? [] : [found('address-shared', { address, owner, interface: wanted.interface })];
}

function refusedLine(name: string, { line, said }: Refusal, { links }: KernelState): Found {
  const details = { family: line.family, line: line.text, said };
  switch (line.kind) {
    case 'mtu': {
      const mtu = links.find((link) => link.interface === name)?.mtu;
      return found('mtu-refused', { interface: name, line: line.text, said, mtu });
    }
    case 'rule':
      return found('rule-refused', details);
    case 'delete':
      return found('delete-refused', details);
    default:
      return found('line-refused', details);
  }
}
