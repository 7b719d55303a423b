// What the kernel takes away by itself when an address goes, and which addresses must therefore go before others come. Pure.
import { networkOf, type Prefix } from '../../ip/address.ts';
import type { Held, HeldAddress, HeldLink, HeldRoute } from './kernel-state.ts';
import type { WantedLink } from './wanted-link.ts';
import { isMadeByKernel, wantedAddresses } from './wanted-routes.ts';

/** The addresses on the wanted interface that are not wanted, in an order in which they can be deleted. */
export function unwantedAddresses(wanted: WantedLink, link: HeldLink): HeldAddress[] {
  const addresses = wantedAddresses(wanted);
  return link.addresses
    .filter((a) => a.scope !== 'link' && !isMadeByKernel(a))
    .filter((a) => !addresses.some((w) => w.address === a.address && w.prefixLength === a.prefixLength))
    .sort((a, b) => Number(b.secondary) - Number(a.secondary)); // or the kernel takes the secondary ones away first
}

/**
 * An unwanted IPv4 address in the same subnet as a wanted one must go first: the wanted one would become its secondary, and go with it. `left` is what
 * the kernel holds then; not `certain` when a wanted address is its secondary already (whether it survives depends on promote_secondaries).
 */
export function collide(
  wanted: WantedLink,
  link: HeldLink,
  held: Held,
): { gone: HeldAddress[]; certain: boolean; left: Held } {
  const wantedNow = wantedAddresses(wanted);
  const unwanted = unwantedAddresses(wanted, link).filter((a) => a.family === 4);
  const clash = (a: HeldAddress) => wantedNow.some((w) => sameSubnet(a, w));
  const primaries = unwanted.filter((a) => !a.secondary && clash(a));
  const gone = unwanted.filter((a) => primaries.includes(a) || primaries.some((p) => sameSubnet(p, a)));
  const isGone = (address: string) => gone.some((a) => a.address === address);
  const secondaries = link.addresses.filter((a) => a.secondary && primaries.some((p) => sameSubnet(p, a)));
  const left = link.addresses.filter((a) => !gone.includes(a));
  // Without any IPv4 address left, the kernel drops every IPv4 route of the interface (fib_disable_ip).
  const bare = gone.length > 0 && !left.some((a) => a.family === 4);
  const falls = (route: HeldRoute) =>
    route.family === 4 &&
    ((route.source !== undefined && isGone(route.source)) || (bare && route.device === link.interface));
  return {
    gone,
    certain: secondaries.every((a) => gone.includes(a)),
    left: {
      links: held.links.map((l) => (l === link ? { ...l, addresses: left } : l)),
      routes: held.routes.filter((route) => !falls(route)),
      rules: held.rules,
    },
  };
}

function sameSubnet(a: Prefix, b: Prefix): boolean {
  return a.prefixLength === b.prefixLength && networkOf(a) === networkOf(b);
}
