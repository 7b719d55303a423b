// From facts to the phase they ask for. Memory is consulted only for what facts cannot say: refused
// PINs, holds, attempts already sent. A freshly started daemon finds its phase here and nowhere
// else, which is why a restart adopts a live link.
import type { Bearer, Modem } from '../../modem/objects.ts';
import type { Moment } from '../../system/clock.ts';
import { type Connection, type Facts, type Link, modemOf } from '../connection.ts';
import { linkFor, NO_ADDRESS, sameLink } from '../link/link-for.ts';
import type { Policy, Step } from '../policy.ts';
import { ApnTries } from '../schedule/apn-tries.ts';
import { askedWithFingerprint } from '../schedule/fingerprints.ts';
import { ENTRY_RUNGS, onRung, startNextRung } from '../schedule/ladder.ts';
import { restedUntil } from '../schedule/manager-ends.ts';
import { mustAttachAnew, sessionHeldUntil, towardsConnecting, towardsEnabling } from '../schedule/next-attempt.ts';
import { usedUpNow } from '../schedule/used-up.ts';
import { blockedFailure } from '../words/blocked-reasons.ts';
import { FAILED_MODEM_REST_MS, simLookRest } from './deadlines.ts';
import type { Renewal } from './phase.ts';
import { block, dropLinkUnlessInSession, enter, stopForPlan, withoutLink } from './transitions.ts';
import { phaseForLocked } from './unlocking.ts';

const ROAMING_FORBIDDEN = 'roaming is switched off in the configuration';

/**
 * The connection in the phase that `connection.facts` ask for. Its link stays where a session may
 * go on or come back with it, is adopted where one is found, and is dropped else.
 */
export function phaseFor(connection: Connection, step: Step): Connection {
  const { facts } = connection;
  const { at } = step;
  if (facts.kind !== 'modem') return phaseWithoutModem(connection, facts, at);
  const { modem } = facts;
  switch (modem.state) {
    case 'failed':
      return phaseForFailed(connection, modem, at);
    case 'locked':
      return phaseForLocked(connection, modem, step);
    case 'unknown':
    case 'initializing':
    case 'disabling':
    case 'enabling':
    case 'connecting':
    case 'disconnecting':
      return enter(connection, { kind: 'settling', modem }, at);
    case 'disabled':
      return towardsEnabling(connection, modem, step);
    case 'enabled':
    case 'searching':
      if (mustAttachAnew(connection, modem, step)) return towardsEnabling(connection, modem, step);
      return enter(dropLinkUnlessInSession(connection), { kind: 'registering', modem }, at);
    case 'registered':
      if (isAbroadForbidden(facts, step.policy))
        return enter(withoutLink(connection, ROAMING_FORBIDDEN, at), { kind: 'roaming-forbidden', modem }, at);
      if (mustAttachAnew(connection, modem, step)) return towardsEnabling(connection, modem, step);
      return towardsConnecting(connection, modem, step);
    case 'connected':
      return phaseForConnected(connection, modem, step);
  }
}

/** Whether the modem is in another operator's network, and the config forbids to use it. */
export function isAbroadForbidden(facts: Facts, { connect }: Policy): boolean {
  return connect.allowRoaming === false && modemOf(facts)?.registrationState.startsWith('roaming') === true;
}

function phaseWithoutModem(connection: Connection, facts: Exclude<Facts, { kind: 'modem' }>, at: Moment): Connection {
  switch (facts.kind) {
    case 'unknown':
      return connection;
    case 'no-modemmanager':
      // The modem's session does not need ModemManager: while the link carries traffic it stays.
      if (connection.link !== undefined)
        return enter(connection, { kind: 'riding', ...calledFrom(connection, at) }, at);
      return enter(
        connection,
        { kind: 'absent', missing: 'modemmanager', detail: '', ...calledFrom(connection, at) },
        at,
      );
    case 'no-modem': {
      // A session that was ridden ends too: ModemManager is there to say so.
      const without = withoutLink(connection, 'the modem disappeared', at);
      return enter(without, { kind: 'absent', missing: 'modem', detail: '' }, at);
    }
    case 'ambiguous': {
      const without = withoutLink(connection, 'several modems fit', at);
      return enter(without, { kind: 'absent', missing: 'choice', detail: facts.candidates.join('; ') }, at);
    }
  }
}

/** A ModemManager that keeps ending is not called for at once. */
function calledFrom({ managerEnds }: Connection, at: Moment): { readonly callMs?: number } {
  const callMs = restedUntil(managerEnds);
  return callMs > at.monotonicMs ? { callMs } : {};
}

function phaseForFailed(connection: Connection, modem: Modem, at: Moment): Connection {
  const failure = blockedFailure(modem.stateFailedReason === 'none' ? 'modem-failed' : modem.stateFailedReason);
  const restMs = failure.class === 'other' ? FAILED_MODEM_REST_MS : simLookRest(connection.simLooks);
  return block(connection, failure, at, at.monotonicMs + restMs);
}

function phaseForConnected(connection: Connection, modem: Modem, step: Step): Connection {
  const { at, policy } = step;
  const usedUp = usedUpNow(connection);
  if (usedUp !== undefined) return stopForPlan(connection, modem, usedUp, at);
  const connected = modem.bearers.filter(({ connected, path }) => connected && path !== modem.initialEpsBearer);
  // ModemManager says connected before it has told us of the bearer; that settles by itself.
  if (connected.length === 0) return enter(connection, { kind: 'settling', modem }, at);
  if (isAbroadForbidden(connection.facts, policy))
    return onRung(withoutLink(connection, ROAMING_FORBIDDEN, at), 'reconnect', ROAMING_FORBIDDEN, step);
  const trusted = connected.filter(({ path }) => path !== connection.deadBearerPath);
  const session = sessionOf(connection, trusted, step);
  const link = session && linkFor(connection, session.bearer, step);
  if (session !== undefined && link !== undefined) {
    const { askedWith, renewal } = session;
    // A new object also where the kernel has nothing to change: configuring ends when this link is
    // said to be applied.
    const adopted = { ...connection, askedWith, link: withKeptState(connection.link, link) };
    return enter(adopted, { kind: 'configuring', modem, adopted: true, renewal }, at);
  }
  if (trusted.length < connected.length) return awayFrom(connection, 'a dead bearer is still connected', step);
  const reason = session === undefined ? 'a bearer with other settings is connected' : NO_ADDRESS;
  return awayFrom(withoutLink(connection, reason, at), reason, step);
}

interface FoundSession {
  readonly bearer: Bearer;
  readonly askedWith: string;
  readonly renewal: Renewal | undefined;
}

/**
 * The session among `bearers` that is adopted: of the settings in force, or, while the ceiling
 * admits no other, of those before. That is worth more than none, which there would be till then.
 */
function sessionOf(connection: Connection, bearers: readonly Bearer[], step: Step): FoundSession | undefined {
  const { at, policy } = step;
  const inForce = askedWithFingerprint(connection.memory, policy);
  // ModemManager tells the user of a bearer and not its password.
  const { askedWith = inForce } = connection;
  const tries = new ApnTries(policy, connection);
  const fitting = askedWith === inForce ? bearers.find((one) => tries.fits(one)) : undefined;
  if (fitting !== undefined) return { bearer: fitting, askedWith, renewal: undefined };
  const dueMs = sessionHeldUntil(connection, step);
  const before = bearers.find((one) => wasUsedLast(connection, one));
  if (dueMs === undefined || before === undefined) return undefined;
  return { bearer: before, askedWith, renewal: { since: at, dueMs } };
}

/** Whether the bearer is of the APN that was in use last: ours, and not somebody else's. */
function wasUsedLast({ memory: { lastGoodApn } }: Connection, { properties: { apn = '' } }: Bearer): boolean {
  return lastGoodApn?.toLowerCase() === apn.toLowerCase();
}

/** The connected bearer is none of ours to use: it is disconnected, up the ladder if need be. */
function awayFrom(connection: Connection, reason: string, step: Step): Connection {
  return (
    startNextRung(connection, { from: ENTRY_RUNGS.sessionStuck }, reason, step) ??
    onRung(connection, 'reconnect', reason, step)
  );
}

/** `link`, with the wanted state of the current one where both ask for the same. */
function withKeptState(current: Link | undefined, link: Link): Link {
  if (current === undefined || !sameLink(current, link)) return link;
  return { ...current, bearer: link.bearer, apn: link.apn, ...(link.mtuSettled && { mtuSettled: true }) };
}
