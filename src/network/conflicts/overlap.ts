// Addresses of the link that lie in a network of another interface: what is sent to them stays on
// this host. Pure.
import { contains, networkOf } from '../../ip/address.ts';
import type { KernelState } from '../link/kernel-state.ts';

export interface Overlap {
  readonly interface: string;
  /** With prefix length, such as 172.17.0.0/16. */
  readonly network: string;
  /** The address of the link that lies in it. */
  readonly address: string;
  /** Whether the interface is a bridge that a container engine made. */
  readonly ofContainers: boolean;
}

/**
 * docker0 and docker_gwbridge, `docker network create`'s br- with twelve digits, Podman's, and what
 * CNI calls its own.
 */
const CONTAINER_BRIDGE = /^(docker\d+|docker_gwbridge|br-[0-9a-f]{12}|podman\d+|cni(-podman)?\d+)$/;

/**
 * Where `addresses` (the link's own, its gateways, its name servers) meet networks of interfaces
 * other than `own`. The rule `from ADDRESS` keeps what is bound to the link apart; everything else
 * of this host follows the main table, where the other interface is nearer.
 */
export function findOverlaps(state: KernelState, own: string, addresses: readonly string[]): readonly Overlap[] {
  return state.links
    .filter((link) => link.interface !== own && link.interface !== 'lo')
    .flatMap((link) =>
      link.addresses
        .filter(({ scope }) => scope === 'global')
        .flatMap((prefix) =>
          addresses
            .filter((address) => contains(prefix, address))
            .map((address) => ({
              interface: link.interface,
              network: `${networkOf(prefix)}/${prefix.prefixLength}`,
              address,
              ofContainers: CONTAINER_BRIDGE.test(link.interface),
            })),
        ),
    );
}
