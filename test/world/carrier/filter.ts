// The carrier's packet filter as data, and as nftables rules. It concerns the modem's link only,
// never eth0's.

import { carrierLink } from '../agent/link.ts';

export interface Filter {
  /** A live session exists; without one nothing passes. */
  open: boolean;
  swallow: boolean;
  blockIcmp: boolean;
  blockedTcp: readonly number[];
  largest: number | undefined;
}

export function openFilter(): Filter {
  return { open: false, swallow: false, blockIcmp: false, blockedTcp: [], largest: undefined };
}

/** A whole ruleset that replaces the former one at once. */
export function rulesOf({ open, swallow, blockIcmp, blockedTcp, largest }: Filter): string {
  const inbound = [
    ...(open && !swallow ? [] : [`iifname ${carrierLink} drop`]),
    ...(blockIcmp ? [`iifname ${carrierLink} meta l4proto { icmp, ipv6-icmp } drop`] : []),
    ...(blockedTcp.length === 0 ? [] : [`iifname ${carrierLink} tcp dport { ${blockedTcp.join(', ')} } drop`]),
    ...(largest === undefined ? [] : [`iifname ${carrierLink} meta length > ${largest} drop`]),
  ];
  const outbound = [
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
