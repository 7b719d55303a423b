// The carrier's packet filter as data, and as nftables rules: what passes on the modem's link, and
// what on eth0's.

import { lan, lan6, lanLink } from '../agent/ethernet.ts';
import { carrierLink } from '../agent/link.ts';

/** How far eth0 leads: its own network is a router that answers, and nothing behind it. */
export type EthernetReach = 'internet' | 'lan' | 'nowhere';

export interface Filter {
  /** A live session exists; without one nothing passes. */
  open: boolean;
  swallow: boolean;
  blockIcmp: boolean;
  blockedTcp: readonly number[];
  largest: number | undefined;
  /** Beside questions to name servers only what goes to this network passes; '' is none. */
  garden: string | undefined;
  ethernet: EthernetReach;
  /** Per cent, in each direction. */
  ethernetLoss: number;
}

export function openFilter(): Filter {
  return {
    open: false,
    swallow: false,
    blockIcmp: false,
    blockedTcp: [],
    largest: undefined,
    garden: undefined,
    ethernet: 'internet',
    ethernetLoss: 0,
  };
}

/** Neighbours are resolved also where nothing passes. */
const neighbours = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept';

const ethernetRules: Readonly<Record<EthernetReach, { inbound: readonly string[]; outbound: readonly string[] }>> = {
  internet: { inbound: [], outbound: [] },
  lan: {
    inbound: [
      `iifname ${lanLink} ip daddr != ${lan} drop`,
      `iifname ${lanLink} ip6 daddr != { ${lan6}, fe80::/10, ff00::/8 } drop`,
    ],
    outbound: [],
  },
  nowhere: {
    inbound: [`iifname ${lanLink} ${neighbours}`, `iifname ${lanLink} drop`],
    outbound: [`oifname ${lanLink} ${neighbours}`, `oifname ${lanLink} drop`],
  },
};

const loss = (direction: 'iifname' | 'oifname', percent: number): readonly string[] =>
  percent === 0 ? [] : [`${direction} ${lanLink} numgen random mod 100 < ${percent} drop`];

function gardenRules(garden: string | undefined): readonly string[] {
  if (garden === undefined) return [];
  return [
    ...(garden === '' ? [] : [`iifname ${carrierLink} ip daddr ${garden} accept`]),
    `iifname ${carrierLink} meta l4proto != { tcp, udp } drop`,
    `iifname ${carrierLink} th dport != 53 drop`,
  ];
}

/** A whole ruleset that replaces the former one at once. */
export function rulesOf({
  open,
  swallow,
  blockIcmp,
  blockedTcp,
  largest,
  garden,
  ethernet,
  ethernetLoss,
}: Filter): string {
  const inbound = [
    ...ethernetRules[ethernet].inbound,
    ...loss('iifname', ethernetLoss),
    ...(open && !swallow ? [] : [`iifname ${carrierLink} drop`]),
    ...(blockIcmp ? [`iifname ${carrierLink} meta l4proto { icmp, ipv6-icmp } drop`] : []),
    ...(blockedTcp.length === 0 ? [] : [`iifname ${carrierLink} tcp dport { ${blockedTcp.join(', ')} } drop`]),
    ...(largest === undefined ? [] : [`iifname ${carrierLink} meta length > ${largest} drop`]),
    ...gardenRules(garden),
  ];
  const outbound = [
    ...ethernetRules[ethernet].outbound,
    ...loss('oifname', ethernetLoss),
    ...(open && !swallow ? [] : [`oifname ${carrierLink} drop`]),
    ...(largest === undefined ? [] : [`oifname ${carrierLink} meta length > ${largest} drop`]),
  ];
  return [
    'flush ruleset',
    'table inet carrier {',
    ' chain inbound { type filter hook prerouting priority raw; policy accept;',
    ...inbound.map((rule) => `  ${rule}`),
    ' }',
    ' chain outbound { type filter hook postrouting priority raw; policy accept;',
    ...outbound.map((rule) => `  ${rule}`),
    ' }',
    '}',
    '',
  ].join('\n');
}
