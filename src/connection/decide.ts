// decide(): what the connection becomes when something happens. Pure: no clock, no randomness,
// nothing awaited; the runner does the rest.
import type { Failure } from '../modem/errors/failure.ts';
import { type Connection, modemOf } from './connection.ts';
import { afterFailedRung, afterFailure, afterSkippedRung } from './events/after-failure.ts';
import type { ConnectionEvent } from './events/event.ts';
import { onBearerConnected, onLinkDead, onLinkFailed, onStillConfiguring } from './events/link-events.ts';
import { onFacts } from './events/on-facts.ts';
import { onReconfigured, onRenewalDue } from './events/on-reconfigured.ts';
import { leaveUplinks, onUplinkAsked, onUplinksRead } from './events/on-uplinks.ts';
import { onPlanJudged } from './events/plan-events.ts';
import { onReachJudged } from './events/reach-events.ts';
import { settlingKey } from './events/runs-on.ts';
import { beginSession, proveSession } from './events/session.ts';
import { rememberPathMtu } from './link/path-mtu.ts';
import { SIM_RESETS } from './phase/deadlines.ts';
import type { Phase } from './phase/phase.ts';
import { phaseFor } from './phase/phase-for.ts';
import { block, enter, recordAddresses } from './phase/transitions.ts';
import { afterFailedUnlock } from './phase/unlocking.ts';
import type { Policy, Step } from './policy.ts';
import { ENTRY_RUNGS, onRung, SPANS, startNextRung } from './schedule/ladder.ts';
import { rememberAttach, towardsConnecting } from './schedule/next-attempt.ts';
import { forgetTakeOvers } from './uplinks/remembered-uplinks.ts';
import { blockedFailure } from './words/blocked-reasons.ts';
import { lossOf } from './words/loss.ts';

/**
 * The next connection. Identity is the contract with the runner: where the `phase` (or `link`) is
 * the same object, its activity (or keeper) runs on; where it is replaced, it is started anew.
 */
export function decide(now: Connection, event: ConnectionEvent, policy: Policy): Connection {
  if (now.phase.kind === 'stopping') return now;
  const next = decided(now, event, { at: event.at, chance: event.chance, policy });
  if (next.outage === undefined || next.outage === now.outage || next.outage.loss !== undefined) return next;
  return { ...next, outage: { ...next.outage, loss: lossOf(now, next, event) } };
}

function decided(now: Connection, event: ConnectionEvent, step: Step): Connection {
  switch (event.kind) {
    case 'factsChanged':
      return onFacts(now, event.facts, step);
    case 'phaseTimedOut':
      return onPhaseTimedOut(now, step);
    case 'unlocked':
    case 'enabled':
    case 'climbed':
      return afterSuccess(rememberAttach(now), step);
    case 'rungSkipped':
      return afterSkippedRung(now, event.reason, step);
    case 'bearerConnected':
      return onBearerConnected(now, event, step);
    case 'addressesAcquired':
      return recordAddresses(now, event.acquired);
    case 'linkApplied':
      return beginSession(now, step);
    case 'linkFailed':
      return onLinkFailed(now, event.failure, step);
    case 'linkProven':
      return proveSession(now, event.proof, step);
    case 'reachJudged':
      return onReachJudged(now, event.judged, step);
    case 'linkDead':
      return onLinkDead(now, event, step);
    case 'pathMtuMeasured':
      return rememberPathMtu(now, event, step);
    case 'uplinksRead':
      return onUplinksRead(now, event, step);
    case 'uplinkAsked':
      return onUplinkAsked(now, event, step);
    case 'failed':
      return onFailed(rememberAttach(now), event.failure, step);
    case 'signalRead':
      return { ...now, signal: event.signal };
    case 'modemManagerHung':
      return onHung({ ...now, hung: true }, step);
    case 'reconfigured':
      return onReconfigured(now, event, step);
    case 'planJudged':
      return onPlanJudged(now, event, step);
    case 'stopRequested':
      return onStop(now, event.keepLink, step);
  }
}

/** Disconnects also while connecting: ModemManager completes a call whose caller has gone. */
function onStop(now: Connection, isRestart: boolean, step: Step): Connection {
  const ours = now.link !== undefined || now.phase.kind === 'connecting';
  const modem = ours ? modemOf(now.facts) : undefined;
  const disconnect = !isRestart && step.policy.onStop === 'disconnect';
  const without = () => ({ ...now, link: undefined, memory: forgetTakeOvers(now.memory) });
  const left = disconnect ? without() : isRestart ? now : leaveUplinks(now, step);
  return enter(left, { kind: 'stopping', modem, disconnect }, step.at);
}

function onPhaseTimedOut(now: Connection, step: Step): Connection {
  const { phase } = now;
  switch (phase.kind) {
    case 'absent':
      return onStillAbsent(now, phase, step);
    case 'riding':
      // ModemManager is back and the modem is not: nothing is left to ride. Without ModemManager it
      // goes on being called for.
      return now.facts.kind === 'no-modem' ? phaseFor(now, step) : enter(now, { ...phase }, step.at);
    case 'settling':
      return onStillSettling(now, phase, step);
    case 'registering':
      return towardsConnecting(now, phase.modem, step);
    case 'configuring':
      return onStillConfiguring(now, phase, step);
    case 'blocked':
      return onStillBlocked(now, phase.failure, step);
    case 'online':
      return onRenewalDue(now, step);
    case 'waiting':
    case 'unlocking':
      return phaseFor(now, step);
    case 'enabling':
    case 'connecting':
    case 'recovering':
    case 'roaming-forbidden':
    case 'plan-used-up':
    case 'stopping':
      return now;
  }
}

type In<K extends Phase['kind']> = Extract<Phase, { kind: K }>;

/** Nobody but a person can choose between modems. The others are waited for again. */
function onStillAbsent(now: Connection, phase: In<'absent'>, step: Step): Connection {
  if (phase.missing === 'choice') return now;
  // Asks again whether it is given back, and does nothing else.
  if (now.isTaken && phase.missing === 'modem')
    return onRung({ ...now, isTaken: false }, ENTRY_RUNGS.modemTaken, phase.detail, step);
  const missingModem = now.memory.device === undefined ? ENTRY_RUNGS.modemNeverSeen : ENTRY_RUNGS.modemGone;
  const from = phase.missing === 'modem' ? missingModem : ENTRY_RUNGS.modemManagerGone;
  return startNextRung(now, { from }, `no ${phase.missing}`, step) ?? enter(now, { ...phase }, step.at);
}

/**
 * A connect or disconnect that does not end is cancelled by disconnecting; other states that do not
 * end need the modem restarted.
 */
function onStillSettling(now: Connection, phase: In<'settling'>, step: Step): Connection {
  const { state } = phase.modem;
  // Nobody knows what the SIM wants; a reset would not tell.
  if (state === 'locked') return block(now, blockedFailure('other-lock'), step.at);
  const inSession = state === 'connecting' || state === 'disconnecting' || state === 'connected';
  const reason = `ModemManager leaves the modem ${state}`;
  const from = inSession ? ENTRY_RUNGS.sessionStuck : ENTRY_RUNGS.modemStuck;
  const climbing = startNextRung(now, { from }, reason, step);
  if (climbing !== undefined) return climbing;
  return state === 'connected' ? onRung(now, 'reconnect', reason, step) : enter(now, { ...phase }, step.at);
}

/** ModemManager does not look again at a modem that it calls failed: it is made to. */
function onStillBlocked(now: Connection, failure: Failure, step: Step): Connection {
  if (modemOf(now.facts)?.state !== 'failed') return phaseFor(now, step);
  if (failure.class === 'other')
    return startNextRung(now, { from: ENTRY_RUNGS.modemFailed }, failure.reason, step) ?? phaseFor(now, step);
  const looking: Connection = { ...now, simLooks: now.simLooks + 1 };
  const isReset = now.simLooks % SIM_RESETS.every === SIM_RESETS.first;
  const resetting = isReset ? startNextRung(looking, SPANS.simReset, failure.reason, step) : undefined;
  return resetting ?? onRung(looking, ENTRY_RUNGS.simMissing, failure.reason, step);
}

/** The facts that follow from a call that succeeded may be under way: they are waited for. */
function afterSuccess(now: Connection, step: Step): Connection {
  const { phase } = now;
  if (phase.kind !== 'unlocking' && phase.kind !== 'enabling' && phase.kind !== 'recovering') return now;
  const modem = modemOf(now.facts);
  const unchanged = modem !== undefined && phase.modem !== undefined && settlingKey(phase.modem) === settlingKey(modem);
  // A modem that was enabled already may be as it was before.
  const mustChange =
    phase.kind === 'recovering'
      ? modem?.state === 'connected'
      : phase.modem.state === 'locked' || phase.modem.state === 'disabled';
  return unchanged && mustChange ? enter(now, { kind: 'settling', modem }, step.at) : phaseFor(now, step);
}

function onFailed(now: Connection, failure: Failure, step: Step): Connection {
  switch (now.phase.kind) {
    case 'unlocking':
      return afterFailedUnlock(now, failure, step);
    case 'recovering':
      return afterFailedRung(now, failure, step);
    case 'enabling':
    case 'connecting':
      return afterFailure(now, failure, step);
    case 'absent':
    case 'riding':
    case 'settling':
    case 'blocked':
    case 'registering':
    case 'waiting':
    case 'configuring':
    case 'online':
    case 'roaming-forbidden':
    case 'plan-used-up':
    case 'stopping':
      return now;
  }
}

/**
 * A ModemManager that does not answer is restarted, unless the link carries traffic without it: a
 * restart would reset the session.
 */
function onHung(now: Connection, step: Step): Connection {
  if (now.phase.kind === 'recovering' || (now.phase.kind === 'online' && isProven(now, step))) return now;
  return startNextRung(now, { from: ENTRY_RUNGS.modemManagerHung }, 'ModemManager does not answer', step) ?? now;
}

/** Whether traffic was seen to pass within two intervals of probing, or would not be looked for. */
function isProven({ proof, phaseSince }: Connection, { at, policy }: Step): boolean {
  const sinceMs = (proof?.at ?? phaseSince).monotonicMs;
  return policy.probeIntervalMs === 0 || at.monotonicMs - sinceMs < 2 * policy.probeIntervalMs;
}
