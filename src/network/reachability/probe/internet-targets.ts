// What is asked to find out whether an uplink leads to the internet: the same over each, so that
// they can be compared.
import type { Family } from '../../../ip/address.ts';
import { contains, familyOf } from '../../../ip/address.ts';
import type { ProbeTarget } from './attempt.ts';

/** The resolvers of Cloudflare and Google, as the default targets name them for IPv4. */
const DEFAULTS: Readonly<Record<Family, readonly ProbeTarget[]>> = {
  4: [
    { kind: 'tcp', address: '1.1.1.1', port: 443 },
    { kind: 'icmp', address: '8.8.8.8' },
  ],
  6: [
    { kind: 'tcp', address: '2606:4700:4700::1111', port: 443 },
    { kind: 'icmp', address: '2001:4860:4860::8888' },
  ],
};

/** RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291: they mean something else on each uplink. */
const PRIVATE = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  ['fc00::', 7],
  ['fe80::', 10],
] as const;

/**
 * Those of the configured targets that name a public address of the family, or two well-known ones.
 * A name server without an address is the uplink's own: on a LAN it may stand in the same room, and
 * answer from memory.
 */
export function internetTargets(configured: readonly ProbeTarget[], family: Family): readonly ProbeTarget[] {
  const named = configured.filter((target) => {
    const address = target.kind === 'dns' ? target.server : target.address;
    return address !== undefined && familyOf(address) === family && isPublic(address, family);
  });
  return named.length > 0 ? named : DEFAULTS[family];
}

function isPublic(address: string, family: Family): boolean {
  return !PRIVATE.some(
    ([network, prefixLength]) => familyOf(network) === family && contains({ address: network, prefixLength }, address),
  );
}
