// From facts to the phase they ask for. Memory is consulted only for what facts cannot say: refused PINs, holds, attempts already sent.
// A freshly started daemon finds its phase here and nowhere else, which is why a restart adopts a live link.
import type { Failure } from '../modem/failure.ts';
import type { Modem } from '../modem/objects.ts';
import { pinFingerprint } from '../state/pins.ts';
import type { Moment } from '../system/clock.ts';
import { ceilingAdmitsAt, countAttempt } from './attempts.ts';
import { blockedFailure } from './blocked.ts';
import type { Connection, Facts, Phase } from './connection.ts';
import { linkOf, sameLink } from './link.ts';
import { fits, offersOf } from './offers.ts';
import type { Policy } from './policy.ts';

/** A power cut takes a whole fleet; boards that booted less than this ago spread their first attempt (DESIGN.md §3, "Schedule"). */
export const BOOT_WINDOW_MS = 120_000;

/** A PIN is typed only with this many tries left: the last one stays for a person (OpenWrt's floor, PEERS.md). */
const PIN_RETRIES_FLOOR = 2;

/** The same connection in `phase`, entered at `at`. */
export function enter(connection: Connection, phase: Phase, at: Moment): Connection {
  return { ...connection, phase, phaseSince: at };
}

/** The connection in the phase that `connection.facts` ask for. The link is left as it is, but for one adopted or found without a modem. */
export function place(connection: Connection, policy: Policy, at: Moment): Connection {
  const facts = connection.facts;
  if (facts.kind !== 'modem') return placeWithoutModem(connection, facts, at);
  const { modem } = facts;
  switch (modem.state) {
    case 'failed':
      return block(
        connection,
        blockedFailure(modem.stateFailedReason === 'none' ? 'modem-failed' : modem.stateFailedReason),
        at,
      );
    case 'locked':
      return placeLocked(connection, modem, policy, at);
    case 'unknown':
    case 'initializing':
    case 'disabling':
    case 'enabling':
    case 'connecting':
    case 'disconnecting':
      return enter(connection, { kind: 'settling', modem }, at);
    case 'disabled':
      return enter(withLivingLink(connection), { kind: 'enabling', modem }, at);
    case 'enabled':
    case 'searching':
      return enter(withLivingLink(connection), { kind: 'registering', modem }, at);
    case 'registered':
      return towardsConnecting(connection, modem, policy, at, at.monotonicMs);
    case 'connected':
      return placeConnected(connection, modem, policy, at);
  }
}

/** Without its link, unless the session was ridden through a ModemManager restart and may still carry traffic. */
function withLivingLink(connection: Connection): Connection {
  return connection.sessionSince === undefined ? { ...connection, link: undefined } : connection;
}

function placeWithoutModem(connection: Connection, facts: Exclude<Facts, { kind: 'modem' }>, at: Moment): Connection {
  const without: Connection = { ...connection, link: undefined };
  switch (facts.kind) {
    case 'unknown':
      return connection;
    case 'no-modemmanager':
      // The modem's session does not need ModemManager: while the link carries traffic it stays.
      if (connection.link !== undefined) return enter(connection, { kind: 'riding' }, at);
      return enter(without, { kind: 'absent', missing: 'modemmanager', detail: '' }, at);
    case 'no-modem':
      return enter(without, { kind: 'absent', missing: 'modem', detail: '' }, at);
    case 'ambiguous':
      return enter(without, { kind: 'absent', missing: 'choice', detail: facts.candidates.join('; ') }, at);
  }
}

/** The connection waiting for a person, its link gone. `until`: when it is tried again all the same. */
export function block(connection: Connection, failure: Failure, at: Moment, until?: number): Connection {
  return enter(
    { ...connection, link: undefined, lastFailure: { failure, at } },
    { kind: 'blocked', failure, until },
    at,
  );
}

function placeLocked(connection: Connection, modem: Modem, policy: Policy, at: Moment): Connection {
  if (modem.unlockRequired !== 'sim-pin') {
    return block(connection, blockedFailure(modem.unlockRequired.includes('puk') ? 'puk' : 'other-lock'), at);
  }
  if (policy.pin === undefined) return block(connection, blockedFailure('pin-missing'), at);
  if (modem.sim === undefined) return enter(connection, { kind: 'settling', modem }, at);
  const fingerprint = pinFingerprint(connection.memory.salt, modem.sim.identifier, policy.pin.reveal());
  if (connection.memory.refusedPins.includes(fingerprint)) return block(connection, blockedFailure('pin-refused'), at);
  const retries = modem.unlockRetries['sim-pin'];
  if (retries === undefined || retries < PIN_RETRIES_FLOOR) return block(connection, blockedFailure('pin-retries'), at);
  return enter(connection, { kind: 'unlocking', modem, fingerprint }, at);
}

function placeConnected(connection: Connection, modem: Modem, policy: Policy, at: Moment): Connection {
  const trusted = modem.bearers.filter((bearer) => bearer.path !== connection.distrusted);
  const bearer = trusted.find((candidate) => fits(candidate, policy, connection.memory));
  if (bearer !== undefined) {
    const link = linkOf(bearer, bearer.properties.apn ?? '', policy);
    if (link !== undefined) {
      const kept = sameLink(connection.link, link) ? connection.link : link;
      return enter({ ...connection, link: kept }, { kind: 'configuring', modem, adopted: true }, at);
    }
  }
  // ModemManager says connected before it has told us of the bearer; that settles by itself, or by settling's deadline.
  if (!modem.bearers.some((candidate) => candidate.connected))
    return enter(connection, { kind: 'settling', modem }, at);
  const cause =
    trusted.length < modem.bearers.length
      ? 'a dead bearer is still connected'
      : 'a bearer with other settings is connected';
  return enter({ ...connection, link: undefined }, { kind: 'recovering', rung: 'reconnect', cause, modem }, at);
}

/**
 * The next connect: now, or when the schedule (`earliest`), a hold after a refusal, the hourly ceiling and the boot's spread admit it.
 * Entering `connecting` is what counts the attempt, so that no path to the carrier goes uncounted.
 */
export function towardsConnecting(
  connection: Connection,
  modem: Modem,
  policy: Policy,
  at: Moment,
  earliest: number,
): Connection {
  const now = at.monotonicMs;
  const { memory } = connection;
  const held = memory.holdUntil ?? now;
  const admitted = ceilingAdmitsAt(memory, policy, now);
  const due = Math.max(earliest, held, admitted, spreadUntil(connection, modem, policy, now));
  if (due > now) {
    const failure = connection.lastFailure?.failure;
    const why =
      due === admitted && admitted > now
        ? 'the hourly ceiling of attempts is reached'
        : (failure?.meaning ?? 'boards booting together are spread');
    return enter({ ...connection, link: undefined }, { kind: 'waiting', until: due, failure, why }, at);
  }
  const offers = offersOf(policy, memory);
  const offer = offers[connection.offer % offers.length];
  if (offer === undefined) return connection;
  return enter({ ...connection, memory: countAttempt(memory, now) }, { kind: 'connecting', modem, offer }, at);
}

function spreadUntil(connection: Connection, modem: Modem, policy: Policy, now: number): number {
  const firstOfThisBoot = now < BOOT_WINDOW_MS && !connection.memory.attempts.some((stamp) => stamp >= 0);
  if (!firstOfThisBoot) return now;
  return connection.phaseSince.monotonicMs + policy.bootSpreadMs * fractionOf(modem.equipmentIdentifier);
}

/** A number in [0, 1) that only depends on `imei`: the last digits but the check digit count devices up, so neighbours are spread evenly. */
function fractionOf(imei: string): number {
  let hash = 0;
  for (const digit of imei) hash = (Math.imul(hash, 31) + digit.charCodeAt(0)) >>> 0;
  return ((Math.imul(hash, 2_654_435_761) >>> 0) % 10_000) / 10_000;
}
