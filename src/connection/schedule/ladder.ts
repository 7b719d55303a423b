// Which rung of the recovery ladder comes next, and the connection on it: order, caps and cool-downs. Pure; doing it is activities/climb.ts's.
import type { Failure } from '../../modem/errors/failure.ts';
import { type Memory, type Rung, rungs } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import type { Policy } from '../policy.ts';
import { enter, withOutage } from '../steps.ts';
import { HOUR_MS, within } from './attempts.ts';

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

/** Failures that only a person mends, at the host or in the modem's settings. */
export const PERSON_NEEDED = { serialMode: 'serial-mode', noDhcpClient: 'no-dhcp-client' } as const;
const vetoedNames: ReadonlySet<string> = new Set(Object.values(PERSON_NEEDED));

/** Whether this failure may lead up the ladder. */
export function ladderMayMend(failure: Failure): boolean {
  return !vetoed.has(failure.class) && !vetoedNames.has(failure.name);
}

/** Whether `rung` may be climbed now. */
function admits(memory: Memory, policy: Policy, rung: Rung, now: number): boolean {
  const { times, windowMs } = CAPS[rung];
  return policy.allowedRungs.has(rung) && within(memory.climbs[rung] ?? [], windowMs, now).length < times;
}

/** The connection on the mildest admitted rung from `from` upwards; undefined when none is admitted. Entering it is what counts the climb. */
export function climb(now: Connection, from: Rung, cause: string, policy: Policy, at: Moment): Connection | undefined {
  const counted = withOutage(now, cause, at);
  const { climbed = [] } = counted.outage ?? {};
  const fresh = nextRung(now.memory, climbed, policy, from, at.monotonicMs);
  // An outage sees each rung once. After an hour without any, a modem that is still away deserves another round.
  const again = fresh === undefined && roundIsOver(now.memory, at.monotonicMs);
  const rung = again ? nextRung(now.memory, [], policy, from, at.monotonicMs) : fresh;
  if (rung === undefined) return undefined;
  const outage = counted.outage && {
    ...counted.outage,
    climbed: again ? [rung] : [...climbed, rung],
    failuresSinceRung: 0,
  };
  const memory = countClimb(now.memory, rung, at.monotonicMs);
  return onRung({ ...counted, outage, memory }, rung, cause, at);
}

/** The connection on `rung`, whether or not the ladder led there. */
export function onRung(connection: Connection, rung: Rung, cause: string, at: Moment): Connection {
  const modem = connection.facts.kind === 'modem' ? connection.facts.modem : undefined;
  return enter(connection, { kind: 'recovering', rung, cause, modem }, at);
}

function nextRung(memory: Memory, climbed: readonly Rung[], policy: Policy, from: Rung, now: number): Rung | undefined {
  return rungs.slice(rungs.indexOf(from)).find((rung) => !climbed.includes(rung) && admits(memory, policy, rung, now));
}

function roundIsOver(memory: Memory, now: number): boolean {
  return rungs.every((rung) => within(memory.climbs[rung] ?? [], HOUR_MS, now).length === 0);
}

/** The memory with one more climb of `rung` at `now`. Rungs without a cap are not worth remembering. */
function countClimb(memory: Memory, rung: Rung, now: number): Memory {
  const { times, windowMs } = CAPS[rung];
  if (times === Number.POSITIVE_INFINITY) return memory;
  return {
    ...memory,
    climbs: { ...memory.climbs, [rung]: [...within(memory.climbs[rung] ?? [], windowMs, now), now] },
  };
}
