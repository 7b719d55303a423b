// Which rung of the recovery ladder comes next: order, caps and cool-downs. Pure; climbing is in activities/climb.ts.
import type { Failure } from '../modem/failure.ts';
import { type Memory, type Rung, rungs } from '../state/memory.ts';
import { HOUR_MS, within } from './attempts.ts';
import type { Connection } from './connection.ts';
import type { Policy } from './policy.ts';

const DAY_MS = 24 * HOUR_MS;

/**
 * How often a rung may be climbed. Resets at most once an hour: u-blox' application note quotes GSMA TS.34 with that number; a reboot
 * once a day. The radio and ModemManager are ours and not the carrier's, but a radio cycle is also a new attach: four an hour.
 */
const CAPS: Readonly<Record<Rung, { readonly times: number; readonly windowMs: number }>> = {
  reconnect: { times: Number.POSITIVE_INFINITY, windowMs: HOUR_MS },
  'delete-bearers': { times: Number.POSITIVE_INFINITY, windowMs: HOUR_MS },
  'cycle-radio': { times: 4, windowMs: HOUR_MS },
  'reset-modem': { times: 1, windowMs: HOUR_MS },
  'reauthorise-usb': { times: 1, windowMs: HOUR_MS },
  'restart-modemmanager': { times: 4, windowMs: HOUR_MS },
  reboot: { times: 1, windowMs: DAY_MS },
};

/** Failed attempts on one rung before the next is climbed: one may be bad luck, with two the rung did not help. */
export const FAILURES_PER_RUNG = 2;

/** Failures that no rung mends: the SIM, the subscription and the network decide, and resets only anger the carrier. */
const vetoed: ReadonlySet<Failure['class']> = new Set([
  'coverage',
  'congestion',
  'apn',
  'auth',
  'subscription',
  'sim-missing',
  'sim-error',
  'pin',
  'puk',
]);

/** Whether a failure of this class may lead up the ladder. */
export function ladderMayMend(failure: Failure): boolean {
  return !vetoed.has(failure.class);
}

/** Whether `rung` may be climbed now. */
export function admits(memory: Memory, policy: Policy, rung: Rung, now: number): boolean {
  const { times, windowMs } = CAPS[rung];
  return policy.allowedRungs.has(rung) && within(memory.climbs[rung] ?? [], windowMs, now).length < times;
}

/** The mildest admitted rung from `from` upwards that this outage has not seen yet; undefined when there is none (then the schedule goes on). */
export function nextRung(connection: Connection, policy: Policy, from: Rung, now: number): Rung | undefined {
  const climbed = connection.outage?.climbed ?? [];
  return rungs
    .slice(rungs.indexOf(from))
    .find((rung) => !climbed.includes(rung) && admits(connection.memory, policy, rung, now));
}

/** The memory with one more climb of `rung` at `now`. Rungs without a cap are not worth remembering. */
export function countClimb(memory: Memory, rung: Rung, now: number): Memory {
  const { times, windowMs } = CAPS[rung];
  if (times === Number.POSITIVE_INFINITY) return memory;
  return {
    ...memory,
    climbs: { ...memory.climbs, [rung]: [...within(memory.climbs[rung] ?? [], windowMs, now), now] },
  };
}
