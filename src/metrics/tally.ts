// What is counted for the metrics, over restarts and reboots: a value, and what becomes of it when
// time passes, when the connection changes, when the interface's counters are read. Pure.
import * as z from 'zod/mini';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import { isUp } from '../connection/phase/up.ts';
import { isTakenOver } from '../connection/uplinks/better-ways.ts';

/** Upper bounds of the histogram of outages, in seconds: a blink, a reconnect, a rung, a rest. */
export const OUTAGE_BUCKETS = [1, 3, 10, 30, 60, 300, 900, 3600, 21_600] as const;

const count = () => z.catch(z.int().check(z.gte(0)), 0);
const seconds = () => z.catch(z.number().check(z.gte(0), z.lte(1e12)), 0);
const byLabel = () => z.catch(z.record(z.string(), z.int().check(z.gte(0))), {});

/** Everything that only grows. What is damaged in a file begins anew at 0, one by one. */
export const Tally = z.object({
  /** Seconds in which the service ran, and so was expected to keep the board online. */
  expectedSeconds: seconds(),
  onlineSeconds: seconds(),
  /** Seconds in which LTE stood in for a better uplink that was dead. */
  takeOverSeconds: seconds(),
  receivedBytes: count(),
  transmittedBytes: count(),
  /** By what took the link away or keeps it from coming, see connection/words/loss.ts. */
  outages: byLabel(),
  /** By the last rung of the ladder, or reconnect. */
  outagesEndedBy: byLabel(),
  /** How many outages lasted at most OUTAGE_BUCKETS[i] seconds and longer than the one before. */
  outageBuckets: z.catch(
    z.array(z.int().check(z.gte(0))).check(z.length(OUTAGE_BUCKETS.length + 1)),
    OUTAGE_BUCKETS.map(() => 0).concat(0),
  ),
  outageSeconds: seconds(),
  /** Connects sent to the carrier, by `connected`, the class of the failure, or `left`. */
  attempts: byLabel(),
  rungs: byLabel(),
});
export type Tally = Readonly<z.output<typeof Tally>>;

/** Nothing counted yet. */
export const emptyTally = (): Tally => Tally.parse({});

const plusOne = (counts: Readonly<Record<string, number>>, label: string) => ({
  ...counts,
  [label]: (counts[label] ?? 0) + 1,
});

/** What of a connection time is counted by. */
export interface Timed {
  /** The link is there and nothing was found wrong with it. */
  readonly isOnline: boolean;
  /** LTE stands in for a better uplink, in either family. */
  readonly isTakenOver: boolean;
}

/** As what the time counts that the connection stands so. */
export const timedOf = (now: Pick<Connection, 'phase' | 'outage' | 'uplinks' | 'sessionSince' | 'link'>): Timed => ({
  isOnline: isUp(now) && now.outage === undefined,
  isTakenOver: isTakenOver(now.uplinks),
});

/** `tally` after the connection has stood as it is for `ms` milliseconds. */
export function elapsed(tally: Tally, { isOnline, isTakenOver }: Timed, ms: number): Tally {
  const passed = Math.max(0, ms) / 1000;
  return {
    ...tally,
    expectedSeconds: tally.expectedSeconds + passed,
    onlineSeconds: tally.onlineSeconds + (isOnline ? passed : 0),
    takeOverSeconds: tally.takeOverSeconds + (isTakenOver ? passed : 0),
  };
}

/** `tally` with what one decision brought; the same object where it counts nothing. */
export function counted(tally: Tally, from: Connection, to: Connection, because: ConnectionEvent): Tally {
  let now = tally;
  if (from.phase.kind === 'connecting' && to.phase !== from.phase)
    now = { ...now, attempts: plusOne(now.attempts, resultOf(because)) };
  if (to.phase.kind === 'recovering' && to.phase !== from.phase)
    now = { ...now, rungs: plusOne(now.rungs, to.phase.rung) };
  if (from.outage === undefined && to.outage !== undefined)
    now = { ...now, outages: plusOne(now.outages, to.outage.loss?.cause ?? 'unknown') };
  const ended = from.outage !== undefined && to.outage === undefined ? to.memory.incidents.at(-1) : undefined;
  return ended === undefined ? now : withOutage(now, ended.seconds, ended.endedBy);
}

/** What ModemManager answers as busy never left it, and is no attempt. */
function resultOf(because: ConnectionEvent): string {
  if (because.kind === 'bearerConnected') return 'connected';
  return because.kind === 'failed' ? because.failure.class : 'left';
}

function withOutage(tally: Tally, lasted: number, endedBy: string): Tally {
  const index = OUTAGE_BUCKETS.findIndex((bound) => lasted <= bound);
  const bucket = index < 0 ? OUTAGE_BUCKETS.length : index;
  return {
    ...tally,
    outagesEndedBy: plusOne(tally.outagesEndedBy, endedBy),
    outageSeconds: tally.outageSeconds + lasted,
    outageBuckets: tally.outageBuckets.map((already, at) => already + (at === bucket ? 1 : 0)),
  };
}

/** The interface's counters as they were read, in bytes. */
export interface Bytes {
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** `tally` with what the counters grew by; one that fell began anew with its interface. */
export function transferred(tally: Tally, before: Bytes, now: Bytes): Tally {
  const grown = (was: number, is: number) => (is >= was ? is - was : is);
  return {
    ...tally,
    receivedBytes: tally.receivedBytes + grown(before.rxBytes, now.rxBytes),
    transmittedBytes: tally.transmittedBytes + grown(before.txBytes, now.txBytes),
  };
}
