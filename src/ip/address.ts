// Arithmetic on IP addresses: families, canonical text, networks. Pure; knows nothing of links.
import { isIPv4, SocketAddress } from 'node:net';

export type Family = 4 | 6;

export interface Prefix {
  readonly address: string;
  readonly prefixLength: number;
}

/**
 * The family of an address in text, undefined when it is none. Scoped addresses (`fe80::1%wwan0`)
 * are none: they would reach `ip` as text.
 */
export function familyOf(address: string): Family | undefined {
  if (isIPv4(address)) return 4;
  return isUnscopedIPv6(address) ? 6 : undefined;
}

/** The characters of an IPv6 address; SocketAddress reads no further than the first NUL. */
const IPV6_CHARACTERS = /^[0-9a-f:.]{2,45}$/i;

/**
 * `net.isIPv6` gives the same verdicts, but takes 4 ms for the first (a huge regular expression is
 * compiled), amid a cold start.
 */
function isUnscopedIPv6(address: string): boolean {
  if (!IPV6_CHARACTERS.test(address) || !address.includes(':')) return false;
  try {
    return new SocketAddress({ address, family: 'ipv6' }).family === 'ipv6';
  } catch {
    return false; // its only way to say that it is none
  }
}

/**
 * The text the kernel prints for an address (RFC 5952 for IPv6), so that texts can be compared.
 * Anything else comes back as it is.
 */
export function canonical(address: string): string {
  return familyOf(address) === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 };

/** The number of bits in an address of the family: the prefix length that means one host. */
export function bitsOf(family: Family): number {
  return BITS[family];
}

/** An address as one number. `address` must be valid. */
export function toNumber(address: string): bigint {
  if (familyOf(address) === 4) return address.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const low = toNumber(dotted[2]);
    return toNumber(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** The inverse of `toNumber`, in the kernel's spelling. */
export function toText(number: bigint, family: Family): string {
  const width = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const groups = Array.from(
    { length: count },
    (_, i) => (number >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n),
  );
  if (family === 4) return groups.join('.');
  return canonical(groups.map((group) => group.toString(16)).join(':'));
}

/** The network a prefix lies in: 162.177.2.0/22 → 162.177.0.0. */
export function networkOf({ address, prefixLength }: Prefix): string {
  const family = familyOf(address) ?? 4;
  const host = BigInt(bitsOf(family) - prefixLength);
  return toText((toNumber(address) >> host) << host, family);
}

/** Whether `address` lies inside the network of `prefix`. */
export function contains(prefix: Prefix, address: string): boolean {
  const family = familyOf(address);
  return (
    family !== undefined &&
    family === familyOf(prefix.address) &&
    networkOf({ address, prefixLength: prefix.prefixLength }) === networkOf(prefix)
  );
}

/**
 * Whether `address` means all hosts of `prefix`, so that the kernel takes it for no host's: the
 * directed broadcast address, and before Linux 5.14 the network's (none for /31 and /32, RFC 3021).
 */
export function isBroadcast(prefix: Prefix, address: string): boolean {
  if (familyOf(prefix.address) !== 4 || prefix.prefixLength >= 31 || !contains(prefix, address)) return false;
  const all = (1n << BigInt(32 - prefix.prefixLength)) - 1n;
  return [0n, all].includes(toNumber(address) & all);
}

/** What no host can have: unspecified, loopback, multicast, reserved, IPv4 in IPv6 (RFC 6890). */
const NOT_OF_A_HOST: Readonly<Record<Family, readonly Prefix[]>> = {
  4: ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'].map(rangeOf),
  6: ['ff00::/8', '::/127', '::ffff:0:0/96'].map(rangeOf),
};

/**
 * Whether one host can have this address, be it its own, a gateway or a name server. Link-local
 * ones count: modems that are routers hand out 169.254.0.0/16, and IPv6 gateways are fe80::/10.
 */
export function isHostAddress(address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && !NOT_OF_A_HOST[family].some((range) => contains(range, address));
}

/** Whether it is an IPv6 link-local address (RFC 4291 §2.5.6). */
export function isLinkLocal(address: string): boolean {
  return familyOf(address) === 6 && contains(rangeOf('fe80::/10'), address);
}

/**
 * The address in the /64 of `prefix` with the interface identifier (the lower half) of
 * `identifier`: RFC 4862 §5.5.3. Both IPv6.
 */
export function withIdentifier(prefix: string, identifier: string): string {
  const low = (1n << 64n) - 1n;
  return toText((toNumber(prefix) & ~low) | (toNumber(identifier) & low), 6);
}

function rangeOf(text: string): Prefix {
  const [address = '', length] = text.split('/');
  return { address, prefixLength: Number(length) };
}
