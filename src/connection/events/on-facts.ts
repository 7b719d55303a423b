// What the connection becomes when ModemManager says something new. Which changes leave what runs
// alone: runs-on.ts. Pure.
import type { FailureClass } from '../../modem/errors/failure.ts';
import type { Bearer, Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { type Connection, type Facts, type Link, modemOf } from '../connection.ts';
import { linkFor, sameLink } from '../link/link-for.ts';
import { UNSEEN_BEARER_MS } from '../phase/deadlines.ts';
import type { Phase } from '../phase/phase.ts';
import { isAbroadForbidden, phaseFor } from '../phase/phase-for.ts';
import { endSession, enter, withOutage } from '../phase/transitions.ts';
import { withAcceptedPin } from '../phase/unlocking.ts';
import type { Policy, Step } from '../policy.ts';
import { NO_REST } from '../schedule/attempts.ts';
import { unbound } from '../schedule/holds.ts';
import { countManagerEnd } from '../schedule/manager-ends.ts';
import { usedUpNow } from '../schedule/used-up.ts';
import { afterFailure } from './after-failure.ts';
import { blockedKey, lives, sameAbsence, settlingKey, stillWaits, UP, WITH_RADIO } from './runs-on.ts';
import { loseSession } from './session.ts';

/** What a bearer may say of its end that is as good as a refused attempt. */
const REFUSED_FOR_GOOD: ReadonlySet<FailureClass> = new Set(['apn', 'auth', 'subscription', 'congestion']);

/** The connection after ModemManager said `facts`. What they do not concern runs on. */
export function onFacts(before: Connection, facts: Facts, step: Step): Connection {
  const now = recordFacts(before, facts, step);
  const { phase } = now;
  switch (phase.kind) {
    case 'absent':
      return sameAbsence(before.facts, facts) ? now : phaseFor(now, step);
    case 'riding':
      return onFactsWhileRiding(now, before.facts, step);
    case 'settling':
      return settlingKey(phase.modem) === settlingKey(modemOf(facts)) ? now : phaseFor(now, step);
    case 'blocked':
      return blockedKey(phase, before.facts) === blockedKey(phase, facts) ? now : phaseFor(now, step);
    case 'roaming-forbidden':
      return modemOf(facts)?.state === 'registered' && isAbroadForbidden(facts, step.policy)
        ? now
        : phaseFor(now, step);
    case 'plan-used-up':
      return onFactsWithoutPlan(before, now, phase, step);
    case 'unlocking':
    case 'enabling':
    case 'registering':
    case 'connecting':
      return lives(phase, facts) ? now : phaseFor(now, step);
    case 'waiting':
      return stillWaits(before, now) ? now : phaseFor(now, step);
    case 'configuring':
    case 'online':
      return onFactsInSession(before, now, step);
    case 'recovering':
    case 'stopping':
      return now;
  }
}

/** `before` with `facts`, and what follows from them whatever the phase. */
function recordFacts(before: Connection, facts: Facts, { at, policy }: Step): Connection {
  if (facts.kind !== 'modem') {
    // Bearers are numbered anew after this, so a path that was deadBearerPath says nothing any
    // more.
    const ended = facts.kind === 'no-modemmanager' && endedUnasked(before);
    const managerEnds = ended ? countManagerEnd(before.managerEnds, at.monotonicMs) : before.managerEnds;
    return { ...before, facts, hung: false, managerEnds, deadBearerPath: undefined };
  }
  const { modem } = facts;
  const now = withWorkingParts({ ...before, facts, hung: false }, modem);
  const memory = now.memory.device === modem.device ? now.memory : { ...now.memory, device: modem.device };
  const free = unbound(withoutPinInFlight(memory, modem, policy), modem, policy);
  const isLifted = free.failures < memory.failures;
  const isOtherSim = memory.sim !== undefined && free.sim !== memory.sim;
  const tryIndex = isOtherSim ? 0 : now.tryIndex;
  return { ...now, memory: free, tryIndex, rest: isLifted ? NO_REST : now.rest };
}

/** Whether a ModemManager that is off the bus now was there before, and not restarted by us. */
function endedUnasked({ facts, phase }: Connection): boolean {
  const isOurs = phase.kind === 'recovering' && phase.rung === 'restart-modemmanager';
  return facts.kind !== 'unknown' && facts.kind !== 'no-modemmanager' && !isOurs;
}

/** A modem that is enabled has a radio, and one that is not failed has a SIM: counts begin anew. */
function withWorkingParts(now: Connection, { state }: Modem): Connection {
  const { enables } = now;
  return {
    ...now,
    enables: WITH_RADIO.has(state) && enables.notBefore > 0 ? { ...enables, radioOff: 0, notBefore: 0 } : enables,
    // While it is taken away or probed, a modem may be called disabling or locked for a moment.
    simLooks: WITH_RADIO.has(state) ? 0 : now.simLooks,
    isTaken: false,
  };
}

/** A modem that works has an unlocked SIM: no PIN is under way, nor was the last one refused. */
function withoutPinInFlight(memory: Memory, modem: Modem, { pin }: Policy): Memory {
  if (memory.pinInFlight === undefined || !UP.has(modem.state)) return memory;
  return withAcceptedPin(memory, pin);
}

/** ModemManager is back: its modem is waited for, for as long as it takes to probe one. */
function onFactsWhileRiding(now: Connection, before: Facts, step: Step): Connection {
  const { facts } = now;
  if (facts.kind === 'modem' || facts.kind === 'ambiguous') return phaseFor(now, step);
  return facts.kind === before.kind ? now : enter(now, { kind: 'riding' }, step.at);
}

/** Another SIM has its own plan; a session that somebody began is ended like ours. */
function onFactsWithoutPlan(
  before: Connection,
  now: Connection,
  phase: Extract<Phase, { kind: 'plan-used-up' }>,
  step: Step,
): Connection {
  const isConnected = ({ facts }: Connection) => modemOf(facts)?.state === 'connected';
  if (usedUpNow(now) === undefined || !lives(phase, now.facts)) return phaseFor(now, step);
  return isConnected(now) && !isConnected(before) ? phaseFor(now, step) : now;
}

function onFactsInSession(before: Connection, now: Connection, step: Step): Connection {
  const { phase } = now;
  const modem = modemOf(now.facts);
  if (modem === undefined) {
    const riding = now.facts.kind === 'no-modemmanager';
    return phaseFor(riding ? now : endSession(now, 'the modem disappeared', step.at), step);
  }
  if (isAbroadForbidden(now.facts, step.policy)) return phaseFor(now, step);
  const bearer = connectedBearer(modem, now.link);
  if (bearer === undefined || now.link === undefined) {
    // The answer to our connect may overtake the signals that tell of its bearer: what was not seen
    // yet is not lost.
    const last = modemOf(before.facts);
    const seen = connectedBearer(last, now.link) !== undefined || modem.path !== last?.path;
    if (!seen && step.at.monotonicMs - now.phaseSince.monotonicMs < UNSEEN_BEARER_MS) return now;
    const reason = lossReason(modem);
    const told = modem.bearers.find(({ path }) => path === now.link?.bearer.path)?.connectionError;
    // A network that ended the session for a reason of its own would say the same to the next
    // attempt, unless that asks for something else.
    const isRenewed = phase.kind === 'online' && phase.renewal !== undefined;
    if (told !== undefined && REFUSED_FOR_GOOD.has(told.class) && !isRenewed)
      return afterFailure(withOutage(endSession(now, reason, step.at), reason, step.at), told, step);
    return loseSession(now, reason, step);
  }
  const link = linkFor(now, bearer, step);
  return link === undefined || sameLink(link, now.link) ? now : { ...now, link };
}

function connectedBearer(modem: Modem | undefined, link: Link | undefined): Bearer | undefined {
  return modem?.bearers.find((bearer) => bearer.path === link?.bearer.path && bearer.connected);
}

function lossReason(modem: Modem): string {
  return modem.state === 'registered' || modem.state === 'disconnecting'
    ? 'the bearer was dropped'
    : `the modem became ${modem.state}`;
}
