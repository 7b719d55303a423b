// The name servers that a link brings, as a value, checked before they reach a file, a command or
// the bus.
import { canonical, isHostAddress } from '../../ip/address.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { DnsError } from './dns-error.ts';

export interface WantedDns {
  readonly interface: string;
  /** Addresses of either family, best first. */
  readonly servers: readonly string[];
  /**
   * Whether this link is the host's best way out: then its servers are asked first (and with
   * systemd-resolved for everything), else after those of the better link, which often cannot reach
   * a carrier's servers nor be reached by them.
   */
  readonly preferred: boolean;
}

/**
 * The same without what is no address, in the kernel's spelling, each server once. @throws DnsError
 * for an absurd interface name.
 */
export function validDns(wanted: WantedDns): WantedDns {
  if (!isInterfaceName(wanted.interface))
    throw new DnsError(wanted.interface, `${JSON.stringify(wanted.interface)} is not the name of a network interface`);
  return { ...wanted, servers: [...new Set(wanted.servers.filter(isHostAddress).map(canonical))] };
}
