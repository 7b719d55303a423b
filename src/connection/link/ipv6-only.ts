// What to say of a link without IPv4 where IPv4 was asked for. Pure.
import { type Found, found } from '../../codes/codes.ts';
import type { Connection } from '../connection.ts';
import type { Policy } from '../policy.ts';
import { linkInUse } from './link-for.ts';

/**
 * Why IPv4 does not work over the link, and the remedy: none where it has an IPv4 address, may
 * still get one, or was not meant to. 464XLAT is RFC 6877.
 */
export function withoutIpv4(
  connection: Pick<Connection, 'link' | 'acquired'>,
  { ipType }: Pick<Policy, 'ipType'>,
): Found[] {
  const link = linkInUse(connection);
  if (ipType === 'ipv6' || link === undefined || link.dhcp !== undefined) return [];
  const { addresses } = link.wanted;
  if (addresses.length === 0 || addresses.some(({ address }) => !address.includes(':'))) return [];
  return [found('no-ipv4', { apn: link.apn })];
}
