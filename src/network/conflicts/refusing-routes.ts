// Default routes of this host that refuse (a VPN's kill switch, a firewall script), and come before
// the link's: what is not bound to the link never reaches it, while all that is asked over it is
// answered.
import * as z from 'zod/mini';
import { type Family, familyOf } from '../../ip/address.ts';
import { parseIpJson } from '../../ip/ip-json.ts';
import type { CommandRunner } from '../../system/command.ts';
import { isOurTable } from '../link/marks.ts';
import { IP_TIMEOUT_MS } from '../link/read-kernel-state.ts';
import type { WantedLink } from '../link/wanted-link.ts';

export interface RefusingRoute {
  readonly family: Family;
  /** As `ip route` takes it: `blackhole default metric 5`. */
  readonly route: string;
}

/** Types of routes (rtm_type as `ip` prints it) by which nothing leaves. */
const REFUSALS: readonly string[] = ['unreachable', 'blackhole', 'prohibit'];

const Routes = z.array(
  z.looseObject({
    type: z._default(z.string(), 'unicast'),
    table: z._default(z.coerce.string(), 'main'),
    metric: z._default(z.number(), 0),
    pref: z.optional(z.string()),
  }),
);

/**
 * Those in the main table and in ours that the kernel takes before the link's own, in a family that
 * the link has.
 * @throws CommandError; what JSON and zod throw where an `ip` of another age prints something else
 */
export async function refusingRoutes(
  commands: CommandRunner,
  { addresses, defaultRoute, metric: own }: Pick<WantedLink, 'addresses' | 'defaultRoute' | 'metric'>,
  signal: AbortSignal,
): Promise<readonly RefusingRoute[]> {
  const argv = ['ip', '-json', 'route', 'show', 'table', 'all', 'default'];
  const routes = Routes.parse(parseIpJson(await commands.run(argv, { timeoutMs: IP_TIMEOUT_MS, signal })));
  const families = new Set(addresses.map(({ address }) => familyOf(address)));
  return routes.flatMap(({ type, table, metric, pref }): RefusingRoute[] => {
    // Only IPv6 routes have a router preference (RFC 4191).
    const family = pref === undefined ? 4 : 6;
    const isBefore = metric <= own && (isOurTable(table) || (defaultRoute && table === 'main'));
    if (!REFUSALS.includes(type) || !isBefore || !families.has(family)) return [];
    const where = table === 'main' ? '' : ` table ${table}`;
    return [{ family, route: `${type} default${where} metric ${metric}` }];
  });
}
