// Addresses that mean something else on each uplink.
import { contains, familyOf } from '../ip/address.ts';

/** RFC 1918, RFC 6598, RFC 3927, loopback; RFC 4193, RFC 4291. */
export const PRIVATE_NETWORKS: readonly (readonly [network: string, prefixLength: number])[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  ['fc00::', 7],
  ['fe80::', 10],
];

/** Whether the internet knows the address. */
export function isPublic(address: string): boolean {
  return !PRIVATE_NETWORKS.some(
    ([network, prefixLength]) =>
      familyOf(network) === familyOf(address) && contains({ address: network, prefixLength }, address),
  );
}
