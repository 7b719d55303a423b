// Which rung of the recovery ladder comes next, and the connection on it: order, caps, cool-downs
// and where climbing begins. Pure; the runner performs it.
import type { FailureClass } from '../../modem/errors/failure.ts';
import { type Memory, type Rung, rungs } from '../../state/memory.ts';
import { type Connection, modemOf } from '../connection.ts';
import { enter, withOutage } from '../phase/transitions.ts';
import type { Policy, Step } from '../policy.ts';
import { HOUR_MS, NO_REST, within } from './attempts.ts';

const DAY_MS = 24 * HOUR_MS;

/** Where climbing begins, by what is amiss; what ends at a rung of its own stands in SPANS. */
export const ENTRY_RUNGS = {
  linkDead: 'reconnect',
  sessionStuck: 'reconnect',
  attemptsFail: 'delete-bearers',
  modemStuck: 'reset-modem',
  modemFailed: 'reset-modem',
  /** ModemManager is to look at the modem again, and nothing else. */
  simMissing: 'probe-modem',
  /** ModemManager is asked whether it has the modem back, which another program had taken. */
  modemTaken: 'probe-modem',
  /** The first rung that does not need the modem's help. */
  modemSilent: 'reauthorise-usb',
  modemGone: 'reauthorise-usb',
  modemNeverSeen: 'restart-modemmanager',
  modemManagerGone: 'restart-modemmanager',
  /** A power cycle of the modem would not wake it. */
  modemManagerHung: 'restart-modemmanager',
} as const satisfies Record<string, Rung>;

/** Climbs that go no further: a rung that is put between the two of a span becomes a part of it. */
export const SPANS = {
  /** The radio, and nothing above it. */
  radioCycle: { from: 'cycle-radio', to: 'cycle-radio' },
  /** For a SIM that was looked for in vain; the USB port of a modem that cannot be reset. */
  simReset: { from: 'reset-modem', to: 'reauthorise-usb' },
} as const satisfies Record<string, { readonly from: Rung; readonly to: Rung }>;

/**
 * How often a rung may be climbed. Resets at most once an hour: u-blox' application note quotes
 * GSMA TS.34 with that number; a reboot once a day. The radio and ModemManager are ours and not the
 * carrier's, but a radio cycle is also a new attach: four an hour.
 */
const CAPS: Readonly<Record<Rung, { readonly times: number; readonly windowMs: number }>> = {
  'probe-modem': { times: Number.POSITIVE_INFINITY, windowMs: HOUR_MS },
  reconnect: { times: Number.POSITIVE_INFINITY, windowMs: HOUR_MS },
  'delete-bearers': { times: Number.POSITIVE_INFINITY, windowMs: HOUR_MS },
  'cycle-radio': { times: 4, windowMs: HOUR_MS },
  'reset-modem': { times: 1, windowMs: HOUR_MS },
  'reauthorise-usb': { times: 1, windowMs: HOUR_MS },
  'restart-modemmanager': { times: 4, windowMs: HOUR_MS },
  reboot: { times: 1, windowMs: DAY_MS },
};

/** Failed attempts on one rung before the next: one may be bad luck, with two it did not help. */
export const FAILURES_PER_RUNG = 2;

/**
 * The highest rung that failed attempts of a class may lead to; undefined: none. No rung mends what
 * the SIM, the subscription or the network decide, and resets only anger the carrier: those belong
 * to modems that do not answer. A fault of the host is not the modem's. Two exceptions, each where
 * it stands: a radio cycle after a safety try out of coverage (after-failure.ts), and a reset for a
 * SIM that was looked for in vain (decide.ts).
 */
const HIGHEST_RUNGS: Readonly<Record<FailureClass, Rung | undefined>> = {
  coverage: undefined,
  congestion: undefined,
  apn: undefined,
  auth: undefined,
  subscription: undefined,
  'sim-missing': undefined,
  'sim-error': undefined,
  pin: undefined,
  puk: undefined,
  host: undefined,
  taken: undefined,
  'radio-off': 'cycle-radio',
  refused: 'cycle-radio',
  busy: 'reboot',
  gone: 'reboot',
  timeout: 'reboot',
  hung: 'reboot',
  bus: 'reboot',
  other: 'reboot',
};

/** The highest rung that failures of this class may lead to; undefined: none. */
export const highestRung = (failureClass: FailureClass): Rung | undefined => HIGHEST_RUNGS[failureClass];

/** Whether `rung` may be climbed now. */
function admits(memory: Memory, policy: Policy, rung: Rung, now: number): boolean {
  const { times, windowMs } = CAPS[rung];
  return policy.allowedRungs.has(rung) && within(memory.climbs[rung] ?? [], windowMs, now).length < times;
}

/** Part of the ladder: from which rung to which. By default to its end. */
export interface Climb {
  readonly from: Rung;
  readonly to?: Rung | undefined;
}

/**
 * The connection on the mildest admitted rung, counted against its cap; undefined when none is
 * admitted.
 */
export function startNextRung(
  connection: Connection,
  { from, to = 'reboot' }: Climb,
  reason: string,
  { at, policy }: Step,
): Connection | undefined {
  const now = withOutage(connection, reason, at);
  const { climbed = [] } = now.outage ?? {};
  const fresh = nextRung(now.memory, climbed, policy, { from, to }, at.monotonicMs);
  // An outage sees each rung once. After an hour without any, another round is worth a try.
  const again = fresh === undefined && roundIsOver(now.memory, at.monotonicMs);
  const rung = again ? nextRung(now.memory, [], policy, { from, to }, at.monotonicMs) : fresh;
  if (rung === undefined) return undefined;
  const outage = now.outage && {
    ...now.outage,
    climbed: again ? [rung] : [...climbed, rung],
    failuresSinceRung: 0,
  };
  return onRung({ ...now, outage, memory: countClimb(now.memory, rung, at.monotonicMs) }, rung, reason, { at }, to);
}

/**
 * The connection on `rung` without counting it: for what costs nothing, and for a disconnect that
 * no failure led to.
 */
export function onRung(
  connection: Connection,
  rung: Rung,
  reason: string,
  { at }: Pick<Step, 'at'>,
  to: Rung = rung,
): Connection {
  // After a rung the next attempt goes out at once.
  const rested: Connection = { ...connection, rest: NO_REST };
  return enter(rested, { kind: 'recovering', rung, to, reason, modem: modemOf(connection.facts) }, at);
}

/** `connection` as if `rung` had not been begun, where what it looks at first forbade it. */
export function uncountClimb(connection: Connection, rung: Rung): Connection {
  const { memory, outage } = connection;
  const stamps = memory.climbs[rung];
  return {
    ...connection,
    outage: outage && { ...outage, climbed: outage.climbed.filter((climbed) => climbed !== rung) },
    memory: stamps ? { ...memory, climbs: { ...memory.climbs, [rung]: stamps.slice(0, -1) } } : memory,
  };
}

function nextRung(
  memory: Memory,
  climbed: readonly Rung[],
  policy: Policy,
  { from, to }: { readonly from: Rung; readonly to: Rung },
  now: number,
): Rung | undefined {
  const part = rungs.slice(rungs.indexOf(from), rungs.indexOf(to) + 1);
  return part.find((rung) => !climbed.includes(rung) && admits(memory, policy, rung, now));
}

function roundIsOver(memory: Memory, now: number): boolean {
  return rungs.every((rung) => within(memory.climbs[rung] ?? [], HOUR_MS, now).length === 0);
}

/**
 * The memory with one more climb of `rung` at `now`. Rungs without a cap are not worth remembering.
 */
function countClimb(memory: Memory, rung: Rung, now: number): Memory {
  const { times, windowMs } = CAPS[rung];
  if (times === Number.POSITIVE_INFINITY) return memory;
  return {
    ...memory,
    climbs: { ...memory.climbs, [rung]: [...within(memory.climbs[rung] ?? [], windowMs, now), now] },
  };
}
