// Hands the link's name servers to whoever is in charge of name resolution on this host, and takes
// them back.
import type { DnsHost } from './backend.ts';
import { BACKENDS, type DnsDecision, type DnsMode, detectDns, OUTLIVING } from './detect.ts';
import { validDns, type WantedDns } from './wanted-dns.ts';

/**
 * What was handed over last, and the ways by which servers of ours went out that were not taken
 * back yet.
 */
export interface HandedOver {
  readonly ways: ReadonlySet<DnsMode>;
  readonly wanted?: WantedDns;
}

export const NOTHING_HANDED_OVER: HandedOver = { ways: new Set() };

export interface HandingOver extends HandedOver {
  readonly decision: DnsDecision;
  /** Something had to be changed. */
  readonly changed: boolean;
  /**
   * The same had been handed over before, by the same way: so somebody else had taken it out, if it
   * had to be changed.
   */
  readonly again: boolean;
}

/**
 * Hands the servers over; where there are none, takes back what there was. Doing it twice changes
 * nothing. Looks anew each time, since whoever is in charge can change while we run (a resolved
 * that was started, a link that was replaced by a file); the one before gives back what it had.
 * @throws DnsError when whoever is in charge refuses; the loss of the bus as such
 */
export async function handOver(
  host: DnsHost,
  wanted: WantedDns,
  before: HandedOver,
  signal: AbortSignal,
): Promise<HandingOver> {
  const valid = validDns(wanted);
  const decision = await detectDns(host, signal);
  const { mode } = decision;
  if (valid.servers.length === 0) {
    await takeBack(host, valid.interface, before, signal);
    return { decision, changed: false, again: false, ...NOTHING_HANDED_OVER };
  }
  const again = mode !== 'none' && before.ways.has(mode) && sameDns(before.wanted, valid);
  const changed = mode !== 'none' && (await BACKENDS[mode].open(host, decision.seen).put(valid, again, signal));
  // A block in the file from before another took over would hide that one.
  const others = new Set<DnsMode>(mode === 'none' ? before.ways : [...before.ways, ...OUTLIVING]);
  if (mode !== 'none') others.delete(mode);
  for (const other of others) await BACKENDS[other].open(host, decision.seen).take(valid.interface, signal);
  return { decision, changed, again, wanted: valid, ways: new Set(mode === 'none' ? [] : [mode]) };
}

/**
 * Takes back everything that was handed over for the interface, also in an earlier life of this
 * program. @throws DnsError
 */
export async function takeBack(host: DnsHost, name: string, before: HandedOver, signal: AbortSignal): Promise<void> {
  const { mode, seen } = await detectDns(host, signal);
  const ways = new Set<DnsMode>(mode === 'none' ? before.ways : [...before.ways, mode, ...OUTLIVING]);
  for (const way of ways) await BACKENDS[way].open(host, seen).take(name, signal);
}

const sameDns = (one: WantedDns | undefined, other: WantedDns) => JSON.stringify(one) === JSON.stringify(other);
