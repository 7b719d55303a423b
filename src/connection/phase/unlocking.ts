// A SIM that is locked: whether its PIN is sent, and what becomes of one that was. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { pinFingerprint, pinFingerprints, simFingerprint } from '../../state/pins.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import type { Pin, Policy, Step } from '../policy.ts';
import { TIMER_SLACK_MS } from '../schedule/attempts.ts';
import { blockedFailure } from '../words/blocked-reasons.ts';
import { UNLOCK_REST_MS } from './deadlines.ts';
import { block, enter } from './transitions.ts';

/** A PIN is sent only with this many tries left: the last one stays for a person. */
const PIN_RETRIES_FLOOR = 2;

/** In place of the number of tries left, where the modem never tells it. */
const UNTOLD = -1;

/** The connection with a locked modem: the PIN is sent, or a person is needed. */
export function phaseForLocked(connection: Connection, modem: Modem, { at, policy }: Step): Connection {
  // After the right PIN ModemManager says `unknown` for a moment; 1.25 says `none` before the
  // state.
  if (modem.unlockRequired === 'unknown' || modem.unlockRequired === 'none')
    return enter(connection, { kind: 'settling', modem }, at);
  if (modem.unlockRequired !== 'sim-pin')
    return block(connection, blockedFailure(modem.unlockRequired.includes('puk') ? 'puk' : 'other-lock'), at);
  if (policy.pin === undefined && policy.provenPin === undefined)
    return block(connection, blockedFailure('pin-missing'), at);
  if (modem.sim === undefined) return enter(connection, { kind: 'settling', modem }, at);
  const retries = modem.unlockRetries['sim-pin'];
  const { salt } = connection.memory;
  const known = withPinOutcome(connection, modem, retries, at);
  const { memory } = known;
  const answerBy = answerToPinBy(memory, at.monotonicMs);
  if (answerBy !== undefined) return block(known, blockedFailure('pin-unanswered'), at, answerBy);
  const pin = pinFor(memory, modem.sim.identifier, policy);
  if (pin === undefined)
    return block(known, blockedFailure(policy.pin === undefined ? 'pin-missing' : 'pin-refused'), at);
  if (retries !== undefined && retries < PIN_RETRIES_FLOOR) return block(known, blockedFailure('pin-retries'), at);
  const fingerprint = pinFingerprint(salt, modem.sim.identifier, pin.reveal());
  // On disk before it is sent. A modem that tells no tries gets it once: unless it is seen to be
  // accepted, it counts as refused.
  const sim = simFingerprint(salt, modem.sim.identifier);
  const pinInFlight = { fingerprint, retries: retries ?? UNTOLD, sentAt: at.monotonicMs, sim };
  return enter({ ...known, memory: { ...memory, pinInFlight } }, { kind: 'unlocking', modem, pin }, at);
}

/**
 * The PIN to send to a SIM: the configured one, unless it was refused; then the one that this very
 * SIM took before. A SIM that tells no ICCID may be another one.
 */
function pinFor(memory: Memory, iccid: string, { pin, provenPin }: Policy): Pin | undefined {
  const isSame = iccid !== '' && provenPin?.sim === simFingerprint(memory.salt, iccid);
  return [pin, isSame ? provenPin?.pin : undefined].find((one) => one !== undefined && !wasRefused(memory, iccid, one));
}

/** Whether this SIM, or one that would not tell its ICCID and may be this one, refused the PIN. */
function wasRefused({ refusedPins, salt }: Memory, iccid: string, pin: Pin): boolean {
  const names = iccid === '' ? ['', ANY_SIM] : [iccid, ''];
  return names
    .flatMap((name) => pinFingerprints(salt, name, pin.reveal()))
    .some((fingerprint) => refusedPins.includes(fingerprint));
}

/** In place of an ICCID: some SIM refused the PIN, and one that tells no ICCID may be it. */
const ANY_SIM = 'any';

/**
 * The memory with the outcome of a PIN that was sent and whose answer was never heard (we,
 * ModemManager or the board went down): the SIM counts refusals itself, and fewer tries left than
 * before it was sent mean that it was refused. Another SIM's count says nothing of it.
 */
function withPinOutcome(connection: Connection, { sim }: Modem, retries: number | undefined, at: Moment): Connection {
  const { pinInFlight, ...rest } = connection.memory;
  if (pinInFlight === undefined) return connection;
  const here = simFingerprint(rest.salt, sim?.identifier ?? '');
  if (pinInFlight.sim !== undefined && pinInFlight.sim !== here) return connection;
  const untold = pinInFlight.retries === UNTOLD && answerToPinBy(connection.memory, at.monotonicMs) === undefined;
  const fewer = retries !== undefined && retries < pinInFlight.retries;
  return fewer || untold ? { ...connection, memory: withRefusedPin(rest, pinInFlight.fingerprint) } : connection;
}

/**
 * Until when the SIM may be at work on a PIN that was sent, so that its count tells nothing yet.
 */
function answerToPinBy({ pinInFlight }: Memory, now: number): number | undefined {
  if (pinInFlight === undefined || now < pinInFlight.sentAt) return undefined;
  const answerBy = pinInFlight.sentAt + UNLOCK_REST_MS;
  return answerBy - now > TIMER_SLACK_MS ? answerBy : undefined;
}

/** The memory with one more PIN never to be tried again. */
function withRefusedPin(memory: Memory, fingerprint: string): Memory {
  if (memory.refusedPins.includes(fingerprint)) return memory;
  return { ...memory, refusedPins: [...memory.refusedPins.slice(-99), fingerprint] };
}

/**
 * SendPin failed. A refusal is remembered for good. ModemManager says IncorrectPassword for one,
 * which elsewhere is the carrier's word. After anything else the SIM's count of tries is read
 * before the next one, since the PIN may have reached it.
 */
export function afterFailedUnlock(now: Connection, failure: Failure, { at, policy }: Step): Connection {
  if (now.phase.kind !== 'unlocking') return now;
  if (failure.class === 'puk') return block(now, blockedFailure('puk'), at);
  const retryAt = at.monotonicMs + UNLOCK_REST_MS;
  if (failure.class !== 'pin' && failure.class !== 'auth') return block(now, failure, at, retryAt);
  const { pinInFlight: _, ...rest } = now.memory;
  const { modem, pin } = now.phase;
  const bySome = pinFingerprint(rest.salt, ANY_SIM, pin.reveal());
  // Also as 0.1 spells it: after a downgrade it must not send the PIN again.
  const spellings = pinFingerprints(rest.salt, modem.sim?.identifier ?? '', pin.reveal());
  const memory = [...spellings, bySome].reduce(withRefusedPin, rest);
  // A PIN that was changed meanwhile is tried when the count of tries has been read again.
  // So is the one that this SIM took before.
  const next = pinFor(memory, modem.sim?.identifier ?? '', policy);
  return block({ ...now, memory }, blockedFailure('pin-refused'), at, next === undefined ? undefined : retryAt);
}

/** The memory after the SIM took a PIN: what a SIM without an ICCID refused no longer binds all. */
export function withAcceptedPin(memory: Memory, pin: Pin | undefined): Memory {
  const { pinInFlight: _, ...rest } = memory;
  const unnamed = pin && pinFingerprint(memory.salt, '', pin.reveal());
  return { ...rest, refusedPins: memory.refusedPins.filter((fingerprint) => fingerprint !== unnamed) };
}
