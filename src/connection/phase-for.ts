// From facts to the phase they ask for. Memory is consulted only for what facts cannot say: refused PINs, holds, attempts already sent.
// A freshly started daemon finds its phase here and nowhere else, which is why a restart adopts a live link.
import type { Failure } from '../modem/errors/failure.ts';
import type { Modem } from '../modem/objects.ts';
import type { Memory } from '../state/memory.ts';
import { pinFingerprint } from '../state/pins.ts';
import type { Moment } from '../system/clock.ts';
import type { Connection, Facts, Link } from './connection.ts';
import { cautious, linkOf, sameLink } from './link/link-for.ts';
import type { Policy } from './policy.ts';
import { fits, offersOf } from './schedule/apn-tries.ts';
import { ceilingAdmitsAt, countAttempt, isMoment, TIMER_SLACK_MS } from './schedule/attempts.ts';
import { climb } from './schedule/ladder.ts';
import { enter, withLivingLink, withoutLink } from './steps.ts';
import { blockedFailure } from './words/blocked-reasons.ts';

/** A power cut takes a whole fleet; boards that booted less than this ago spread their first attempt (DESIGN.md §3, "Schedule"). */
export const BOOT_WINDOW_MS = 120_000;

/** A PIN is typed only with this many tries left: the last one stays for a person (OpenWrt's floor, PEERS.md). */
const PIN_RETRIES_FLOOR = 2;

/** A PIN that was sent and not answered for is left alone this long: ModemManager gives the SIM up after less. */
export const UNLOCK_REST_MS = 60_000;

const CEILING = 'the hourly ceiling of attempts is reached';
const SPREAD = 'boards booting together are spread';

/** How long ModemManager may call a modem failed, for no fault of the SIM, before the ladder is climbed: it does not look again by itself. */
const FAILED_MODEM_REST_MS = 60_000;

/** The connection in the phase that `connection.facts` ask for. The link is left as it is, but for one adopted or found without a modem. */
export function place(connection: Connection, policy: Policy, at: Moment): Connection {
  const facts = connection.facts;
  if (facts.kind !== 'modem') return placeWithoutModem(connection, facts, at);
  const { modem } = facts;
  switch (modem.state) {
    case 'failed':
      return placeFailed(connection, modem, at);
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

function placeWithoutModem(connection: Connection, facts: Exclude<Facts, { kind: 'modem' }>, at: Moment): Connection {
  switch (facts.kind) {
    case 'unknown':
      return connection;
    case 'no-modemmanager':
      // The modem's session does not need ModemManager: while the link carries traffic it stays.
      if (connection.link !== undefined) return enter(connection, { kind: 'riding' }, at);
      return enter(connection, { kind: 'absent', missing: 'modemmanager', detail: '' }, at);
    case 'no-modem':
      return enter(
        withoutLink(connection, 'the modem disappeared', at),
        { kind: 'absent', missing: 'modem', detail: '' },
        at,
      );
    case 'ambiguous': {
      const detail = facts.candidates.join('; ');
      return enter(
        withoutLink(connection, 'several modems fit', at),
        { kind: 'absent', missing: 'choice', detail },
        at,
      );
    }
  }
}

/** The connection waiting for a person, its link gone. `until`: when it is tried again all the same. */
export function block(connection: Connection, failure: Failure, at: Moment, until?: number): Connection {
  return enter(
    { ...withoutLink(connection, failure.meaning, at), lastFailure: { failure, at } },
    { kind: 'blocked', failure, until },
    at,
  );
}

function placeFailed(connection: Connection, modem: Modem, at: Moment): Connection {
  const failure = blockedFailure(modem.stateFailedReason === 'none' ? 'modem-failed' : modem.stateFailedReason);
  const bySim = failure.class === 'sim-missing' || failure.class === 'sim-error';
  return block(connection, failure, at, bySim ? undefined : at.monotonicMs + FAILED_MODEM_REST_MS);
}

function placeLocked(connection: Connection, modem: Modem, policy: Policy, at: Moment): Connection {
  if (modem.unlockRequired !== 'sim-pin') {
    return block(connection, blockedFailure(modem.unlockRequired.includes('puk') ? 'puk' : 'other-lock'), at);
  }
  if (policy.pin === undefined) return block(connection, blockedFailure('pin-missing'), at);
  if (modem.sim === undefined) return enter(connection, { kind: 'settling', modem }, at);
  const fingerprint = pinFingerprint(connection.memory.salt, modem.sim.identifier, policy.pin.reveal());
  const retries = modem.unlockRetries['sim-pin'];
  const memory = withPinOutcome(connection.memory, retries);
  const known: Connection = { ...connection, memory };
  const answerBy = answerToPinBy(memory, at.monotonicMs);
  if (answerBy !== undefined) return block(known, blockedFailure('pin-unanswered'), at, answerBy);
  if (memory.refusedPins.includes(fingerprint)) return block(known, blockedFailure('pin-refused'), at);
  if (retries === undefined || retries < PIN_RETRIES_FLOOR) return block(known, blockedFailure('pin-retries'), at);
  const pinInFlight = { fingerprint, retries, sentAt: at.monotonicMs };
  return enter({ ...known, memory: { ...memory, pinInFlight } }, { kind: 'unlocking', modem, fingerprint }, at);
}

/**
 * The memory with the outcome of a PIN that was sent and whose answer was never heard (we, ModemManager or the board went down): the SIM
 * counts refusals itself, and fewer tries left than before it was sent mean that it was refused.
 */
function withPinOutcome(memory: Memory, retries: number | undefined): Memory {
  const { pinInFlight, ...rest } = memory;
  if (pinInFlight === undefined || retries === undefined || retries >= pinInFlight.retries) return memory;
  return withRefusedPin(rest, pinInFlight.fingerprint);
}

/** Until when the SIM may still be at work on a PIN that was sent, so that its count of tries tells nothing yet; undefined when it is not. */
function answerToPinBy({ pinInFlight }: Memory, now: number): number | undefined {
  if (pinInFlight === undefined || now < pinInFlight.sentAt) return undefined;
  const answerBy = pinInFlight.sentAt + UNLOCK_REST_MS;
  return answerBy - now > TIMER_SLACK_MS ? answerBy : undefined;
}

/** The memory with one more PIN never to be tried again. */
export function withRefusedPin(memory: Memory, fingerprint: string): Memory {
  if (memory.refusedPins.includes(fingerprint)) return memory;
  return { ...memory, refusedPins: [...memory.refusedPins.slice(-99), fingerprint] };
}

function placeConnected(connection: Connection, modem: Modem, policy: Policy, at: Moment): Connection {
  const connected = modem.bearers.filter(({ connected, path }) => connected && path !== modem.initialEpsBearer);
  const trusted = connected.filter(({ path }) => path !== connection.distrusted);
  const bearer = trusted.find((candidate) => fits(candidate, policy, connection));
  const link = bearer && linkOf(bearer, bearer.properties.apn ?? '', policy, connection.memory);
  if (link !== undefined) {
    // A new object also where the kernel has nothing to change: configuring ends when this link is said to be applied.
    return enter(
      { ...connection, link: cautious(asKept(connection, link), connection.outage, policy) },
      { kind: 'configuring', modem, adopted: true },
      at,
    );
  }
  // ModemManager says connected before it has told us of the bearer; that settles by itself, or by settling's deadline.
  if (connected.length === 0) return enter(connection, { kind: 'settling', modem }, at);
  const cause =
    trusted.length < connected.length
      ? 'a dead bearer is still connected'
      : 'a bearer with other settings is connected';
  const without = withoutLink(connection, cause, at);
  return climb(without, 'reconnect', cause, policy, at) ?? enter(without, { kind: 'settling', modem }, at);
}

/** `link` of the bearer at hand, with the wanted state of the link that is held already where they ask for the same. */
function asKept(connection: Connection, link: Link): Link {
  const { link: held } = connection;
  if (held === undefined || !sameLink(held, link)) return link;
  return { ...held, bearer: link.bearer, apn: link.apn, ...(link.mtuSettled && { mtuSettled: true }) };
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
  const spread = spreadUntil(connection, modem, policy, now);
  const due = Math.max(earliest, held, admitted, spread);
  if (due - now > TIMER_SLACK_MS) {
    const failure = connection.lastFailure?.failure;
    const because = failure?.meaning ?? connection.outage?.cause ?? 'the next attempt is not due';
    const why = due === admitted ? CEILING : due === spread ? SPREAD : because;
    const waiting = isMoment(due - now) && memory.failures === 0 ? connection : withLivingLink(connection);
    return enter(waiting, { kind: 'waiting', until: due, failure, why }, at);
  }
  const offers = offersOf(policy, connection);
  const offer = offers[connection.offer % offers.length];
  if (offer === undefined) return connection;
  return enter({ ...connection, memory: countAttempt(memory, now) }, { kind: 'connecting', modem, offer }, at);
}

/**
 * When this board's turn is among those that boot together; `now` for all but the first attempt of a boot. A turn that is being waited for
 * already stays where it is.
 */
function spreadUntil(connection: Connection, modem: Modem, policy: Policy, now: number): number {
  const firstOfThisBoot = now < BOOT_WINDOW_MS && !connection.memory.attempts.some((stamp) => stamp > 0);
  if (!firstOfThisBoot) return now;
  const turn = now + policy.bootSpreadMs * fractionOf(modem.equipmentIdentifier);
  return connection.phase.kind === 'waiting' ? Math.min(turn, connection.phase.until) : turn;
}

/** A number in [0, 1) that only depends on `imei`: the last digits but the check digit count devices up, so neighbours are spread evenly. */
function fractionOf(imei: string): number {
  let hash = 0;
  for (const digit of imei) hash = (Math.imul(hash, 31) + digit.charCodeAt(0)) >>> 0;
  return ((Math.imul(hash, 2_654_435_761) >>> 0) % 10_000) / 10_000;
}
