// Tells that something in the kernel's network configuration changed that concerns the listener,
// not what: whoever is told reads it anew. A line of `ip monitor` that concerns nobody costs a
// comparison.

import { canonical } from '../../ip/address.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import { readUplinks, type Uplink } from '../uplinks.ts';
import { OUR_NAME, OUR_PROTOCOL, OUR_TABLE, TAKEN_OVER_TABLE } from './marks.ts';

/**
 * One change arrives as several lines within a millisecond or two; more than this would be felt in
 * the time to put a link right. Who is preferred can wait until then: it is often the same again.
 */
const DEBOUNCE_MS = { link: 25, uplinks: 200 } as const;

/**
 * So many tellings at once, then one a second: each costs whoever reads anew some processes.
 * Putting a link up takes three.
 */
const TELLINGS = 8;
const REFILL_MS = 1_000;

/** Waits before `ip monitor` is started again after it ended; the last repeats. */
const RESTART_MS = [100, 1_000, 10_000, 60_000] as const;

/**
 * `ip` needs a few milliseconds to subscribe, and says nothing when it has; what changed meanwhile
 * is caught by one reading after this.
 */
const SUBSCRIBED_AFTER_MS = 100;

/** A monitor that ran this long was healthy: the waits begin anew. */
const HEALTHY_MS = 60_000;

/** What a listener is told of: a link of ours, or which ways out the host has. */
export type Interest =
  | { readonly kind: 'link'; readonly interface: string; readonly addresses: readonly string[] }
  | { readonly kind: 'uplinks' };

interface Listener {
  readonly interest: Interest;
  readonly tell: () => void;
  /**
   * The kernel's number of the interface, by which a renamed one is known; undefined until it was
   * seen.
   */
  index: string | undefined;
}

export interface KernelEventsPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  /** Told when `ip monitor` ended or cannot be started; it is started again. */
  readonly onTrouble: (error: unknown) => void;
}

export class KernelEvents {
  readonly #ports: KernelEventsPorts;
  readonly #listeners = new Set<Listener>();
  /**
   * Interfaces that have had a default route: the kernel says nothing of an IPv4 route that goes
   * with its link or address.
   */
  #uplinks: ReadonlySet<string> = new Set();
  /** The ways out as they were read last; undefined when they may be others by now. */
  #read: readonly Uplink[] | undefined;
  /** A reading under way, and how often the ways out had changed when it began. */
  #reading: { readonly changes: number; readonly uplinks: Promise<readonly Uplink[]> } | undefined;
  /** Whether changes are heard of, and how often the ways out have changed. */
  #isSubscribed = false;
  #changes = 0;

  constructor(ports: KernelEventsPorts) {
    this.#ports = ports;
  }

  /**
   * Calls `changed` after changes, and once after each (re)start of the monitor, in which some
   * could have been missed. It must not throw.
   */
  listen(interest: Interest, changed: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    const listener = {
      interest: spelled(interest),
      tell: debounced(DEBOUNCE_MS[interest.kind], this.#ports.clock, changed, signal),
      index: undefined,
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  /** The ways out of the host, read when they may have changed. @throws as readUplinks does */
  async uplinks(signal: AbortSignal): Promise<readonly Uplink[]> {
    if (this.#read !== undefined) return this.#read;
    const changes = this.#changes;
    if (this.#isSubscribed && this.#reading?.changes === changes) {
      // Several are told of one change and ask at once. Whoever asked first may have given up.
      const shared = await this.#reading.uplinks.catch(() => undefined);
      signal.throwIfAborted();
      if (shared !== undefined) return shared;
    }
    const reading = { changes, uplinks: readUplinks(this.#ports.commands, signal) };
    this.#reading = reading;
    const uplinks = await reading.uplinks.finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#uplinks = new Set([...this.#uplinks, ...uplinks.map((uplink) => uplink.interface)]);
    if (this.#isSubscribed && changes === this.#changes) this.#read = uplinks;
    return uplinks;
  }

  /** To be called when this program has changed routes, of which it will hear a little later. */
  forgetUplinks(): void {
    this.#changes += 1;
    this.#read = undefined;
  }

  /** Follows the kernel until `signal` aborts; then resolves. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onTrouble } = this.#ports;
    let failures = 0;
    while (!signal.aborted) {
      const startedAtMs = clock.now().monotonicMs;
      clock.sleep(SUBSCRIBED_AFTER_MS, signal).then(
        () => this.#readAnew(signal),
        () => {}, // aborted
      );
      await this.#follow(signal).catch((error: unknown) => {
        if (!signal.aborted) onTrouble(error);
      });
      if (signal.aborted) return;
      failures = clock.now().monotonicMs - startedAtMs >= HEALTHY_MS ? 0 : failures + 1;
      const waitMs = RESTART_MS[Math.min(failures, RESTART_MS.length - 1)] ?? 0;
      await clock.sleep(waitMs, signal).catch(() => {}); // aborted: the loop ends
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const argv = ['ip', '-o', 'monitor', 'link', 'address', 'route', 'rule'];
    const code = await this.#ports.commands
      .follow(argv, (line) => this.#heard(line), signal)
      .finally(() => {
        this.#isSubscribed = false;
        this.forgetUplinks();
      });
    throw new Error(`ip monitor ended with ${code ?? 'a signal'}`);
  }

  #readAnew(signal: AbortSignal): void {
    this.#isSubscribed = true;
    this.forgetUplinks();
    for (const { tell } of this.#listeners) tell();
    this.uplinks(signal).catch(() => {}); // only a hint: default routes that come later are heard of
  }

  #heard(line: string): void {
    if (isDefaultRoute(line)) this.#uplinks = new Set([...this.#uplinks, ...devicesIn(line)]);
    if (this.#concernsUplinks(line)) this.forgetUplinks();
    for (const listener of this.#listeners) if (this.#concerns(line, listener)) listener.tell();
  }

  #concernsUplinks(line: string): boolean {
    const name = isRule(line) ? undefined : ABOUT.exec(line)?.[2];
    return isDefaultRoute(line) || (name !== undefined && this.#uplinks.has(name));
  }

  #concerns(line: string, listener: Listener): boolean {
    const { interest } = listener;
    if (interest.kind === 'uplinks') return this.#concernsUplinks(line);
    const about = ABOUT.exec(line);
    if (about !== null && !isRule(line)) {
      const [, index, name] = about;
      if (name === interest.interface) listener.index = index;
      // Someone else's address, if it is the same as ours, decides whether there may be a rule for
      // it.
      return index === listener.index || interest.addresses.some((address) => isOfAddress(line, address));
    }
    // A default route of somebody else may have taken the place of ours, of which the kernel tells
    // nothing.
    return (
      OURS.test(line) || isRuleOfMain(line) || isDefaultRoute(line) || devicesIn(line).includes(interest.interface)
    );
  }
}

/** The interest with its addresses as the kernel spells them. */
function spelled(interest: Interest): Interest {
  return interest.kind === 'link' ? { ...interest, addresses: interest.addresses.map(canonical) } : interest;
}

/** `2: eth0    inet 10.0.0.1/24 …`, or `inet 10.0.0.1 peer …`. */
function isOfAddress(line: string, address: string): boolean {
  return line.includes(` ${address}/`) || line.includes(` ${address} `);
}

/** A route with our protocol, a route in a table of ours, or a rule that leads to one. */
const TABLES = `(table|lookup) (${OUR_TABLE}|${TAKEN_OVER_TABLE})`;
const OURS = new RegExp(`\\b(proto ${OUR_PROTOCOL}|${TABLES}|(proto|table|lookup) ${OUR_NAME})\\b`);

/** The number and the name of the interface that a line is about. */
const ABOUT = /^(?:Deleted )?(\d+): ([^\s:@]+)/;

/** `30770:	from 10.0.0.1 lookup 7700`: begins with a number, as links and addresses do. */
function isRule(line: string): boolean {
  return /^(Deleted )?\d+:\s+(not )?from /.test(line);
}

/** Without it nobody finds the default route. */
function isRuleOfMain(line: string): boolean {
  return isRule(line) && /from all lookup (main|254)\b/.test(line);
}

function isDefaultRoute(line: string): boolean {
  return /^(Deleted )?([a-z]+ )?default /.test(line);
}

/** More than one where a route has several next hops. */
function devicesIn(line: string): string[] {
  return [...line.matchAll(/ dev (\S+)/g)].map(([, name = '']) => name);
}

/**
 * `changed`, a little later and once for many calls; more rarely while there is a storm of them.
 */
function debounced(debounceMs: number, clock: Clock, changed: () => void, signal: AbortSignal): () => void {
  let pending = false;
  let left = TELLINGS;
  let countedAtMs = clock.now().monotonicMs;
  return () => {
    if (pending || signal.aborted) return;
    pending = true;
    const now = clock.now().monotonicMs;
    left = Math.min(TELLINGS, left + (now - countedAtMs) / REFILL_MS);
    countedAtMs = now;
    const waitMs = left >= 1 ? debounceMs : (1 - left) * REFILL_MS;
    left -= 1;
    const tell = () => {
      pending = false;
      if (!signal.aborted) changed();
    };
    clock.sleep(waitMs, signal).then(tell, () => {}); // aborted: nobody is told any more
  };
}
