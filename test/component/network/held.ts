// What a namespace holds, as `ip -json` shows it: read by the tests themselves, not by what they
// test.
import type { Namespace } from './namespace.ts';

interface Shown {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly mtu?: number;
  readonly addr_info?: readonly { local: string; address?: string; prefixlen: number; scope: string }[];
}

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string;
  readonly protocol?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
}

async function shown<T>(namespace: Namespace, ...argv: readonly string[]): Promise<T[]> {
  const text = await namespace.output('ip', '-json', ...argv);
  return (JSON.parse(text === '' ? '[]' : text) as T[]).filter((entry) => Object.keys(entry as object).length > 0);
}

/**
 * Links, addresses, routes of all tables but `local` and rules, a line each, sorted; without the
 * kernel's own link-local business.
 */
export async function heldBy(namespace: Namespace): Promise<string> {
  const links = await shown<Shown>(namespace, 'address', 'show');
  const routes = await shown<Route>(namespace, 'route', 'show', 'table', 'all');
  const rules = await Promise.all(
    ['-4', '-6'].map(async (family) => {
      const all = await shown<{ priority: number; src: string; table: string }>(namespace, family, 'rule', 'show');
      return all.map(({ priority, src, table }) => `rule ${family} ${priority} ${src} ${table}`);
    }),
  );
  return [
    ...links.flatMap(({ ifname, flags = [], mtu, addr_info = [] }) => [
      `${ifname} ${flags.includes('UP') ? 'up' : 'down'} mtu ${mtu}`,
      ...addr_info
        .filter(({ scope }) => scope === 'global')
        .map(
          ({ local, address, prefixlen }) =>
            `address ${ifname} ${local}${address ? ` peer ${address}` : ''}/${prefixlen}`,
        ),
    ]),
    ...routes
      .filter(({ table, dst }) => table !== 'local' && !dst.startsWith('fe80') && !dst.startsWith('ff00'))
      .map(
        ({ dst, gateway, dev, table, protocol, prefsrc, metric }) =>
          `route ${dst} ${gateway ?? '-'} ${dev} ${table ?? 'main'} ${protocol ?? 'boot'} ${prefsrc ?? '-'} ${metric ?? 0}`,
      ),
    ...rules.flat(),
  ]
    .sort()
    .join('\n');
}
