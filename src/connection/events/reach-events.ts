// What becomes of a link that is alive when it was asked how far traffic gets. It is never a reason
// for the ladder: no reset of a modem pays a plan. Pure.
import type { Judged } from '../../network/reachability/reach/judge-reach.ts';
import type { Connection, Reach } from '../connection.ts';
import { withFreshLink } from '../link/link-for.ts';
import { endSession, withIncident } from '../phase/transitions.ts';
import type { Step } from '../policy.ts';
import { HOUR_MS, heldByCeiling } from '../schedule/attempts.ts';
import { onRung } from '../schedule/ladder.ts';
import { NOT_THROUGH } from '../words/loss.ts';

const KEPT_REACHED = 10;

/**
 * Not through where it was before: every other uplink comes first, and one reconnect an hour asks
 * whether another session gets further. An APN that never led beyond the carrier may be a private
 * network: it keeps its session and its rank, and the verdict is told.
 */
export function onReachJudged(now: Connection, judged: Judged, step: Step): Connection {
  const { link, phase, sessionSince } = now;
  if (phase.kind !== 'online' || link === undefined || sessionSince === undefined) return now;
  const { at } = step;
  const before = reachOver(now, judged.destination);
  const session = sessionSince.monotonicMs;
  // What cannot be told now does not take back what was.
  if (judged.verdict === 'unclear' && before?.verdict === 'not-through')
    return { ...now, reach: { ...before, at, session, checks: before.checks + 1 } };
  const wasThrough = hasReached(now, judged.destination);
  const isSame = before?.verdict === judged.verdict;
  const reach: Reach = {
    ...judged,
    apn: link.apn,
    since: isSame ? before.since : at,
    at,
    checks: isSame ? before.checks + 1 : 1,
    session,
    isFault: judged.destination !== '' || wasThrough,
  };
  const known = judged.verdict === 'through' ? recordReached(closeReach(now, step), judged.destination) : now;
  const judgedNow = withFreshLink({ ...known, reach }, step);
  const isReconnectDue = judged.verdict === 'not-through' && judged.mayHeal && wasThrough && mayReconnect(now, step);
  return isReconnectDue ? reconnect(judgedNow, judged.reason, step) : judgedNow;
}

/** The last word on `destination` over the link's APN; undefined where there is none. */
function reachOver({ reach, link }: Connection, destination: string): Reach | undefined {
  return reach?.apn === link?.apn && reach?.destination === destination ? reach : undefined;
}

function hasReached({ link, memory }: Connection, destination: string): boolean {
  return memory.reached?.some((one) => one.apn === link?.apn && one.destination === destination) === true;
}

function recordReached(connection: Connection, destination: string): Connection {
  const { link, memory } = connection;
  if (link === undefined || hasReached(connection, destination)) return connection;
  const reached = [...(memory.reached ?? []), { apn: link.apn, destination }].slice(-KEPT_REACHED);
  return { ...connection, memory: { ...memory, reached } };
}

/** The incident that a link which was not through leaves behind. */
function closeReach(connection: Connection, { at }: Step): Connection {
  const { reach } = connection;
  if (reach?.verdict !== 'not-through' || !reach.isFault) return connection;
  const { since, reason } = reach;
  const reconnectedAt = connection.memory.reachReconnectAt ?? Number.NEGATIVE_INFINITY;
  const endedBy = reconnectedAt >= since.monotonicMs ? 'reconnect' : 'itself';
  return withIncident(connection, { since, reason, loss: NOT_THROUGH, endedBy }, at);
}

/** Once an hour, and not where the next attempt would have to wait for the ceiling. */
function mayReconnect({ memory }: Connection, { at, policy }: Step): boolean {
  const last = memory.reachReconnectAt ?? Number.NEGATIVE_INFINITY;
  const now = at.monotonicMs;
  return now - last >= HOUR_MS && heldByCeiling(memory, policy, now) === undefined;
}

function reconnect(connection: Connection, reason: string, step: Step): Connection {
  const memory = { ...connection.memory, reachReconnectAt: step.at.monotonicMs };
  return onRung(endSession({ ...connection, memory }, reason, step.at), 'reconnect', reason, step);
}
