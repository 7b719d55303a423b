// What `ip -json` says inside a world, as far as tests look at it.

import type { World } from './world.ts';

export interface Address {
  readonly family: 'inet' | 'inet6';
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly protocol?: string;
}

export interface Route {
  readonly dst: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly prefsrc?: string;
  readonly table?: string;
  readonly type?: string;
  readonly scope?: string;
  readonly flags: readonly string[];
  readonly metrics?: readonly Readonly<Record<string, number>>[];
}

export interface Rule {
  readonly priority: number;
  readonly src: string;
  readonly table: string;
  readonly protocol?: string;
}

export interface Link {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly operstate: string;
  readonly address: string;
}

/** Reads of the device namespace; all empty (or undefined) when the interface is not there. */
export class IpReader {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Addresses of `dev`, without IPv6 link-local ones. */
  async addresses(dev = 'wwan0'): Promise<Address[]> {
    const links = await this.#read<{ addr_info?: Address[] }>(['address', 'show', 'dev', dev]);
    const all = links.flatMap(({ addr_info }) => addr_info ?? []);
    return all.filter(({ family, scope }) => family === 'inet' || scope !== 'link');
  }

  /**
   * Routes of all tables but `local`, both families on demand. `table` is absent for the main
   * table.
   */
  async routes({ family = 4 }: { family?: 4 | 6 } = {}): Promise<Route[]> {
    const routes = await this.#read<Route>([`-${family}`, 'route', 'show', 'table', 'all']);
    return routes.filter(({ table, type }) => table !== 'local' && (type === undefined || type === 'unicast'));
  }

  /** Policy rules without the kernel's three. */
  async rules({ family = 4 }: { family?: 4 | 6 } = {}): Promise<Rule[]> {
    const rules = await this.#read<Rule>([`-${family}`, 'rule', 'show']);
    return rules.filter(({ priority }) => priority !== 0 && priority !== 32766 && priority !== 32767);
  }

  async link(dev = 'wwan0'): Promise<Link | undefined> {
    return (await this.#read<Link>(['link', 'show', 'dev', dev]))[0];
  }

  async #read<T>(args: string[]): Promise<T[]> {
    const { code, stdout } = await this.#world.run(['ip', '-json', '-details', ...args]);
    if (code !== 0 || stdout.trim() === '') return [];
    return (JSON.parse(stdout) as T[]).filter((entry) => Object.keys(entry as object).length > 0);
  }
}
