// From facts to the phase they ask for. Memory is consulted only for what facts cannot say: refused
// PINs, holds, attempts already sent. A freshly started daemon finds its phase here and nowhere
// else, which is why a restart adopts a live link.
import type { Failure } from '../modem/errors/failure.ts';
import type { Modem } from '../modem/objects.ts';
import type { Moment } from '../system/clock.ts';
import type { Connection, Facts, Link } from './connection.ts';
import { FAILED_MODEM_REST_MS, KNOWN_SIM_LOOK_MS, SIM_LOOKS_MS } from './deadlines.ts';
import { phaseForLocked } from './events/unlocking.ts';
import { linkFor, sameLink } from './link/link-for.ts';
import type { Step } from './policy.ts';
import { ApnTries } from './schedule/apn-tries.ts';
import { ENTRY_RUNGS, startNextRung } from './schedule/ladder.ts';
import { towardsConnecting, towardsEnabling } from './schedule/next-attempt.ts';
import { block, dropLinkUnlessInSession, enter, withoutLink } from './transitions.ts';
import { blockedFailure } from './words/blocked-reasons.ts';

/**
 * The connection in the phase that `connection.facts` ask for. The link is left as it is, but for
 * one adopted or found without a modem.
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
      return towardsEnabling(connection, modem, at);
    case 'enabled':
    case 'searching':
      return enter(dropLinkUnlessInSession(connection), { kind: 'registering', modem }, at);
    case 'registered':
      return towardsConnecting(connection, modem, step);
    case 'connected':
      return phaseForConnected(connection, modem, step);
  }
}

function phaseWithoutModem(connection: Connection, facts: Exclude<Facts, { kind: 'modem' }>, at: Moment): Connection {
  switch (facts.kind) {
    case 'unknown':
      return connection;
    case 'no-modemmanager':
      // The modem's session does not need ModemManager: while the link carries traffic it stays.
      if (connection.link !== undefined) return enter(connection, { kind: 'riding' }, at);
      return enter(connection, { kind: 'absent', missing: 'modemmanager', detail: '' }, at);
    case 'no-modem': {
      const without = withoutLink(connection, 'the modem disappeared', at);
      return enter(without, { kind: 'absent', missing: 'modem', detail: '' }, at);
    }
    case 'ambiguous': {
      const without = withoutLink(connection, 'several modems fit', at);
      return enter(without, { kind: 'absent', missing: 'choice', detail: facts.candidates.join('; ') }, at);
    }
  }
}

function phaseForFailed(connection: Connection, modem: Modem, at: Moment): Connection {
  const failure = blockedFailure(modem.stateFailedReason === 'none' ? 'modem-failed' : modem.stateFailedReason);
  return block(connection, failure, at, at.monotonicMs + restOfFailed(connection, failure));
}

function restOfFailed({ memory, simLooks }: Connection, { class: kind }: Failure): number {
  if (kind !== 'sim-missing' && kind !== 'sim-error') return FAILED_MODEM_REST_MS;
  const known = memory.sim !== undefined && simLooks === 0;
  return known ? KNOWN_SIM_LOOK_MS : (SIM_LOOKS_MS[Math.min(simLooks, SIM_LOOKS_MS.length - 1)] ?? 0);
}

function phaseForConnected(connection: Connection, modem: Modem, step: Step): Connection {
  const { at, policy } = step;
  const connected = modem.bearers.filter(({ connected, path }) => connected && path !== modem.initialEpsBearer);
  const trusted = connected.filter(({ path }) => path !== connection.deadBearerPath);
  const tries = new ApnTries(policy, connection);
  const bearer = trusted.find((candidate) => tries.fits(candidate));
  const link = bearer && linkFor(connection, bearer, step);
  if (link !== undefined) {
    // A new object also where the kernel has nothing to change: configuring ends when this link is
    // said to be applied.
    const adopted: Connection = { ...connection, link: withKeptState(connection.link, link) };
    return enter(adopted, { kind: 'configuring', modem, adopted: true }, at);
  }
  // ModemManager says connected before it has told us of the bearer; that settles by itself.
  if (connected.length === 0) return enter(connection, { kind: 'settling', modem }, at);
  const reason =
    trusted.length < connected.length
      ? 'a dead bearer is still connected'
      : 'a bearer with other settings is connected';
  const without = withoutLink(connection, reason, at);
  return (
    startNextRung(without, { from: ENTRY_RUNGS.sessionStuck }, reason, step) ??
    enter(without, { kind: 'settling', modem }, at)
  );
}

/** `link`, with the wanted state of the current one where both ask for the same. */
function withKeptState(current: Link | undefined, link: Link): Link {
  if (current === undefined || !sameLink(current, link)) return link;
  return { ...current, bearer: link.bearer, apn: link.apn, ...(link.mtuSettled && { mtuSettled: true }) };
}
