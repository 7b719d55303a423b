// What is asked to find out whether an uplink leads to the internet: the same over each, so that
// they can be compared.
import type { Family } from '../../../ip/address.ts';
import { familyOf } from '../../../ip/address.ts';
import { isPublic } from '../../private-networks.ts';
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

/**
 * Those of the configured targets that name a public address of the family, or two well-known ones.
 * A name server without an address is the uplink's own: on a LAN it may stand in the same room, and
 * answer from memory.
 */
export function internetTargets(configured: readonly ProbeTarget[], family: Family): readonly ProbeTarget[] {
  const named = configured.filter((target) => {
    const address = target.kind === 'dns' ? target.server : target.address;
    return address !== undefined && familyOf(address) === family && isPublic(address);
  });
  return named.length > 0 ? named : DEFAULTS[family];
}
