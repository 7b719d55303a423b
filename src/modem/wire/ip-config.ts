// A bearer's Ip4Config and Ip6Config. What leaves here is a legal address, prefix or MTU, or is
// absent: it goes into routes and resolv.conf.
import * as z from 'zod/mini';
import { type Family, familyOf, isHostAddress } from '../../ip/address.ts';
import { LEAST_MTU, MOST_MTU } from '../../ip/mtu.ts';
import type { IpConfig } from '../objects.ts';
import { fieldsOf, type Raw, type Report } from './raw.ts';
import { INTERFACES, ipMethod } from './vocabulary.ts';

/** How modems say "none": ModemManager passes it on as it is. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

const whole = z.int();
const hostAddress = (family: Family) =>
  z
    .string()
    .check(
      z.refine(
        (text) => NO_ADDRESS.has(text) || (familyOf(text) === family && isHostAddress(text)),
        `no IPv${family} address of a host`,
      ),
    );
/** 0 is how a modem says that it does not know its MTU. */
const mtu = (family: Family) => z.union([z.literal(0), z.int().check(z.gte(LEAST_MTU[family]), z.lte(MOST_MTU))]);

const SCHEMAS = {
  4: { address: hostAddress(4), prefix: z.int().check(z.gte(0), z.lte(32)), mtu: mtu(4) },
  6: { address: hostAddress(6), prefix: z.int().check(z.gte(0), z.lte(128)), mtu: mtu(6) },
} as const;

/** `property` is Ip4Config or Ip6Config, for the report. */
export function parseIpConfig(path: string, property: string, family: Family, raw: Raw, report: Report): IpConfig {
  const fields = fieldsOf(path, `${INTERFACES.bearer}.${property}`, raw, report);
  const schemas = SCHEMAS[family];
  const address = (key: string): string | undefined => {
    const text = fields.maybe(key, schemas.address);
    return text === undefined || NO_ADDRESS.has(text) ? undefined : text;
  };
  const own = address('address');
  const gateway = address('gateway');
  // A prefix of 0 would be a default route behind our back.
  const prefix = fields.maybe('prefix', schemas.prefix);
  const mtu = fields.maybe('mtu', schemas.mtu);
  const dns = ['dns1', 'dns2', 'dns3'].map(address).filter((server) => server !== undefined);
  return Object.freeze({
    method: ipMethod(fields.get('method', whole, 0)),
    ...(own !== undefined && { address: own }),
    ...(prefix !== undefined && prefix > 0 && { prefix }),
    ...(gateway !== undefined && { gateway }),
    dns: [...new Set(dns)],
    ...(mtu !== undefined && mtu > 0 && { mtu }),
  });
}
