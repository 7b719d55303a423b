// How large a packet may be: what an MTU from outside can mean, and what is worth applying. Bytes.
import type { Family } from './address.ts';

/** The least that a link must carry: RFC 791 for IPv4, RFC 8200 section 5 for IPv6. */
export const LEAST_MTU: Readonly<Record<Family, number>> = { 4: 68, 6: 1280 };

/** The longest IPv4 packet. */
export const MOST_MTU = 65_535;

/**
 * What we apply: IPv4 hosts must accept 576 bytes (RFC 791), and no modem carries more than 9000.
 */
export const APPLIED_MTU = { least: { 4: 576, 6: LEAST_MTU[6] }, most: 9000 } as const;
