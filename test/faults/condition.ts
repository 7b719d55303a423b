// What must be true of the host when a manager has mended everything: the same as before the fault,
// for the address that the carrier now gives, and nothing beside it. Asked of every manager alike:
// each is compared with itself.

import type { World } from '../world/world.ts';

/** What was there when the manager was first online. */
export interface Condition {
  readonly lines: readonly string[];
  /** Program names in the world and how many run of each. */
  readonly processes: ReadonlyMap<string, number>;
  readonly sessions: number;
}

/** Programs of the table itself, and those that come and go. */
const passing = new Set(['ps', 'ping', 'prober', 'bash', 'mmcli', 'nmcli', 'sleep', 'chroot', 'unshare']);

/**
 * Reads it. Addresses are named by their role, so that another address from the carrier is no
 * difference.
 */
export async function readCondition(world: World): Promise<Condition> {
  const [addresses, routes, rules, link, { sessions }] = await Promise.all([
    world.ip.addresses(),
    world.ip.routes(),
    world.ip.rules(),
    world.ip.link(),
    world.modem.state(),
  ]);
  const ipv4 = sessions[0]?.ip.ipv4;
  const named = (text: string | undefined): string =>
    (text ?? '')
      .replace(new RegExp(`${escaped(networkOf(ipv4?.address, ipv4?.prefix))}/\\d+`), 'NETWORK')
      .replace(new RegExp(`^${escaped(ipv4?.address ?? 'none')}(/(${ipv4?.prefix ?? 0}|32)$|$)`), 'ADDRESS')
      .replace(new RegExp(`^${escaped(ipv4?.gateway ?? 'none')}$`), 'GATEWAY');
  const lines = [
    ...addresses.map(({ local, prefixlen }) => `address ${named(`${local}/${prefixlen}`)}`),
    ...routes.map(
      ({ dst, dev, gateway, metric, table, prefsrc, type }) =>
        `route ${type ?? ''} ${named(dst)} dev ${dev} via ${named(gateway)} metric ${metric} table ${table ?? 'main'} src ${named(prefsrc)}`,
    ),
    ...rules.map(({ src, table }) => `rule from ${named(src)} lookup ${table}`),
    `link mtu ${link?.mtu} ${link?.flags.includes('UP') === true ? 'up' : 'down'}`,
  ];
  return { lines: lines.sort(), processes: await countProcesses(world), sessions: sessions.length };
}

/**
 * How `now` differs from `before`, in words; empty when it does not. Fewer processes are no fault:
 * helpers may have ended.
 */
export function differences(before: Condition, now: Condition): string[] {
  const missing = before.lines.filter((line) => !now.lines.includes(line)).map((line) => `missing: ${line}`);
  const stray = now.lines.filter((line) => !before.lines.includes(line)).map((line) => `stray: ${line}`);
  const processes = [...now.processes].flatMap(([name, count]) => {
    const more = count - (before.processes.get(name) ?? 0);
    return more > 0 ? [`stray: ${more} more ${name}`] : [];
  });
  const sessions = now.sessions === before.sessions ? [] : [`${now.sessions} sessions in the modem`];
  return [...missing, ...stray, ...processes, ...sessions];
}

/** That ModemManager holds one connected bearer and no other. */
export async function bearerFaults(world: World): Promise<string[]> {
  const { stdout } = await world.mmcli('-m', 'any', '-J');
  if (!stdout.startsWith('{')) return ['ModemManager shows no modem'];
  const { modem } = JSON.parse(stdout) as { modem: { generic: { bearers: string[] } } };
  const { bearers } = modem.generic;
  const details = await Promise.all(bearers.map((path) => world.mmcli('-b', path, '-J')));
  const connected = details.filter(({ stdout: text }) => /"connected":\s*"yes"/.test(text)).length;
  return connected === 1 ? [] : [`${connected} of ${bearers.length} bearers are connected`];
}

async function countProcesses(world: World): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await world.run(['ps', '-e', '-o', 'stat=,comm=']);
  const names = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    // A world's PID 1 does not bury orphans.
    .flatMap(([state = '', name = '']) => (state.startsWith('Z') || passing.has(name) ? [] : [name]))
    .filter((name) => name !== '');
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}

function networkOf(address: string | undefined, prefix: number | undefined): string {
  if (address === undefined || prefix === undefined) return 'none';
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const network = Math.floor(number / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(number === 0 ? 0 : network / 2 ** shift) % 256).join('.');
}
