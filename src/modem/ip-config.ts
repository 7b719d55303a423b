// A bearer's Ip4Config and Ip6Config. What leaves here is a legal address, prefix or MTU, or is absent: it goes into routes and resolv.conf.
import * as z from 'zod';
import type { IpConfig } from './objects.ts';
import { fieldsOf, type Raw, type Report } from './raw.ts';
import { isHostAddress } from './text.ts';
import { INTERFACES, ipMethod } from './vocabulary.ts';

/** How modems say "none": ModemManager passes it on as it is. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

const LIMITS = {
  4: { prefix: 32, mtu: 68 }, // RFC 791: every link carries 68 bytes
  6: { prefix: 128, mtu: 1280 }, // RFC 8200, section 5
} as const;

/** `property` is Ip4Config or Ip6Config, for the report. */
export function parseIpConfig(path: string, property: string, family: 4 | 6, raw: Raw, report: Report): IpConfig {
  const fields = fieldsOf(path, `${INTERFACES.bearer}.${property}`, raw, report);
  const limits = LIMITS[family];
  const hostAddress = z
    .string()
    .refine((text) => NO_ADDRESS.has(text) || isHostAddress(text, family), `no IPv${family} address of a host`);
  const address = (key: string): string | undefined => {
    const text = fields.maybe(key, hostAddress);
    return text === undefined || NO_ADDRESS.has(text) ? undefined : text;
  };
  const own = address('address');
  const gateway = address('gateway');
  const prefix = fields.maybe('prefix', z.int().min(0).max(limits.prefix));
  // 0 is how a modem says that it does not know; a prefix of 0 would be a default route behind our back.
  const mtu = fields.maybe('mtu', z.literal(0).or(z.int().min(limits.mtu).max(65_535)));
  const dns = ['dns1', 'dns2', 'dns3'].map(address).filter((server) => server !== undefined);
  return Object.freeze({
    method: ipMethod(fields.get('method', z.int(), 0)),
    ...(own !== undefined && { address: own }),
    ...(prefix !== undefined && prefix > 0 && { prefix }),
    ...(gateway !== undefined && { gateway }),
    dns: [...new Set(dns)],
    ...(mtu !== undefined && mtu > 0 && { mtu }),
  });
}
