// What the daemon warns of that concerns the link in the kernel. Data.
import { entry, worded } from './entry.ts';

interface RefusedLine {
  readonly family: 4 | 6;
  /** As it was given to `ip`. */
  readonly line: string;
  /** The kernel's or `ip`'s words. */
  readonly said: string;
}

/** `the subscription's default APN`, `APN web`. */
export const apnText = (apn: string): string => (apn === '' ? "the subscription's default APN" : `APN ${apn}`);

const multipleTables = (family: 4 | 6) => `a kernel with CONFIG_IP${family === 6 ? 'V6' : ''}_MULTIPLE_TABLES`;

/** After a start or a replug much is not there for a moment. */
export const SECONDS = 10_000;

/** The link in the kernel. */
export const LINK = {
  'link-unconfigured': worded(
    'fail',
    'the link could not be configured: there is no interface wwan0 to configure',
    'see ip link: was it renamed, or moved into another network namespace?',
    { visibleAfterMs: SECONDS },
  ),
  'link-left': worded(
    'warn',
    "the link's configuration could not be removed: the kernel refused a line",
    'see what `ip` says: ip link; ip address; ip route; ip rule',
    { visibleAfterMs: SECONDS },
  ),
  'link-contested': entry<{ interface: string }>({
    severity: 'fail',
    text: ({ interface: name }) =>
      `another program keeps changing the addresses, routes or rules of ${name}; they are put right ever more slowly`,
    remedy: ({ interface: name }) =>
      `see who manages ${name}, and have it leave that alone: nmcli device; networkctl; journalctl -u percept-lte (what was put right)`,
    example: { interface: 'wwan0' },
  }),
  'bridge-port': entry<{ interface: string; master: string }>({
    severity: 'fail',
    text: ({ interface: name, master }) =>
      `${name} is a port of ${master} (a bridge, bond or VRF): what comes in is not ours`,
    remedy: ({ interface: name }) => `ip link set ${name} nomaster, and take it out of what put it there`,
    example: { interface: 'wwan0', master: 'br0' },
  }),
  'ipv6-off': entry<{ sysctl: string; rest: string }>({
    severity: 'warn',
    text: ({ sysctl, rest }) => `the carrier gave IPv6, which this host has switched off (sysctl ${sysctl}): ${rest}`,
    remedy: ({ sysctl }) => `sysctl -w ${sysctl}=0, or connect.ip-type: ipv4`,
    example: { sysctl: 'net.ipv6.conf.wwan0.disable_ipv6', rest: 'IPv4 works alone' },
  }),
  'ipv6-absent': entry<{ rest: string }>({
    severity: 'warn',
    text: ({ rest }) =>
      `the carrier gave IPv6, which this kernel does not have (ipv6.disable=1 on its command line, or no CONFIG_IPV6): ${rest}`,
    remedy: () => 'connect.ip-type: ipv4',
    example: { rest: 'IPv4 works alone' },
  }),
  'family-refused': entry<RefusedLine & { rest: string }>({
    severity: 'warn',
    text: ({ family, line, said, rest }) => `the kernel refused "ip -${family} ${line}" (${said}): ${rest}`,
    remedy: ({ family }) => `see ip -${family} address; ip -${family} route`,
    example: {
      family: 6,
      line: 'address add 2001:db8::2/64 dev wwan0',
      said: 'RTNETLINK answers: No such device',
      rest: 'IPv4 works alone',
    },
  }),
  'no-policy-routing': entry<{ family: 4 | 6; interface: string }>({
    severity: 'warn',
    text: ({ family, interface: name }) =>
      `this kernel has no IPv${family} policy routing: while another uplink is preferred, what is bound to the address ` +
      `of ${name} leaves by that one, and LTE cannot be probed`,
    remedy: ({ family }) => multipleTables(family),
    example: { family: 4, interface: 'wwan0' },
  }),
  'main-table-ignored': entry<{ family: 4 | 6; interface: string }>({
    severity: 'fail',
    text: ({ family, interface: name }) =>
      `no rule of this host looks into the routing table main for IPv${family}: what is not bound to ${name} does not ` +
      'find its default route',
    // IPv6 has no table default.
    remedy: ({ family }) =>
      ['main pref 32766', ...(family === 4 ? ['default pref 32767'] : [])]
        .map((rule) => `ip -${family} rule add from all lookup ${rule}`)
        .join('; '),
    example: { family: 4, interface: 'wwan0' },
  }),
  'route-refuses': entry<{ family: 4 | 6; route: string; interface: string }>({
    severity: 'fail',
    text: ({ route, interface: name }) =>
      `the route "${route}" of this host comes before that of ${name} and refuses what is not bound to ${name}`,
    remedy: ({ family, route }) => `ip -${family} route del ${route}; see what added it: a VPN, a firewall script`,
    example: { family: 4, route: 'unreachable default metric 5', interface: 'wwan0' },
  }),
  'address-shared': entry<{ address: string; owner: string; interface: string }>({
    severity: 'warn',
    text: ({ address, owner, interface: name }) =>
      `${address} was given by the carrier, and ${owner} has it too: it stays there, and no rule keeps what is bound to ` +
      `it on ${name}`,
    remedy: ({ owner }) => `give ${owner} another address`,
    example: { address: '172.17.0.1', owner: 'docker0', interface: 'wwan0' },
  }),
  'mtu-refused': entry<{ interface: string; line: string; said: string; mtu: number | undefined }>({
    severity: 'warn',
    text: ({ interface: name, line, said, mtu }) =>
      `the driver of ${name} refused "ip ${line}" (${said}): its MTU stays ${mtu}`,
    remedy: ({ mtu }) => `network.mtu: ${mtu}`,
    example: { interface: 'wwan0', line: 'link set dev wwan0 mtu 65535', said: 'mtu greater than maximum', mtu: 1500 },
  }),
  'rule-refused': entry<RefusedLine>({
    severity: 'warn',
    text: ({ family, line, said }) =>
      `the kernel refused "ip -${family} ${line}" (${said}): while another uplink is preferred, LTE cannot be probed`,
    remedy: ({ family }) => `${multipleTables(family)}; see ip -${family} rule`,
    example: { family: 4, line: 'rule add from 100.112.107.46 lookup 7700', said: 'Operation not permitted' },
    dependsOn: ['no-policy-routing', 'link-contested'],
  }),
  'delete-refused': entry<RefusedLine>({
    severity: 'warn',
    text: ({ family, line, said }) =>
      `"ip -${family} ${line}" was refused (${said}): what another program or an earlier run put there stays`,
    remedy: () => 'see ip address; ip route; ip rule',
    example: { family: 4, line: 'route del default dev wwan0', said: 'Operation not permitted' },
    dependsOn: ['link-contested'],
  }),
  'line-refused': entry<RefusedLine>({
    severity: 'warn',
    text: ({ family, line, said }) => `the kernel refused "ip -${family} ${line}" (${said})`,
    remedy: () => 'see ip address; ip route',
    example: { family: 4, line: 'route add default dev wwan0 table 7700', said: 'Operation not permitted' },
    dependsOn: ['link-contested'],
  }),
  'no-ipv4': entry<{ apn: string }>({
    severity: 'fail',
    text: ({ apn }) =>
      `the network gave ${apnText(apn)} IPv6 only, and what needs IPv4 (Azure IoT Hub does) has no way out`,
    remedy: () =>
      'ask the carrier for an APN with IPv4, or run a 464XLAT client (clatd, or ipv4.clat of a new NetworkManager) beside this daemon',
    example: { apn: 'vzwinternet' },
  }),
} as const;
