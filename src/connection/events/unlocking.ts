// A SIM that is locked: whether its PIN is sent, and what becomes of one that was. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { pinFingerprint } from '../../state/pins.ts';
import type { Connection } from '../connection.ts';
import { UNLOCK_REST_MS } from '../deadlines.ts';
import type { Step } from '../policy.ts';
import { TIMER_SLACK_MS } from '../schedule/attempts.ts';
import { block, enter } from '../transitions.ts';
import { blockedFailure } from '../words/blocked-reasons.ts';

/** A PIN is sent only with this many tries left: the last one stays for a person. */
const PIN_RETRIES_FLOOR = 2;

/** The connection with a locked modem: the PIN is sent, or a person is needed. */
export function phaseForLocked(connection: Connection, modem: Modem, { at, policy }: Step): Connection {
  if (modem.unlockRequired !== 'sim-pin')
    return block(connection, blockedFailure(modem.unlockRequired.includes('puk') ? 'puk' : 'other-lock'), at);
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
  const phase = { kind: 'unlocking', modem, fingerprint, pin: policy.pin } as const;
  return enter({ ...known, memory: { ...memory, pinInFlight } }, phase, at);
}

/**
 * The memory with the outcome of a PIN that was sent and whose answer was never heard (we,
 * ModemManager or the board went down): the SIM counts refusals itself, and fewer tries left than
 * before it was sent mean that it was refused.
 */
function withPinOutcome(memory: Memory, retries: number | undefined): Memory {
  const { pinInFlight, ...rest } = memory;
  if (pinInFlight === undefined || retries === undefined || retries >= pinInFlight.retries) return memory;
  return withRefusedPin(rest, pinInFlight.fingerprint);
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
  const memory = withRefusedPin(rest, now.phase.fingerprint);
  // A PIN that was changed meanwhile is tried when the count of tries has been read again.
  const { modem, fingerprint } = now.phase;
  const current = policy.pin && pinFingerprint(memory.salt, modem.sim?.identifier ?? '', policy.pin.reveal());
  const changed = current !== undefined && current !== fingerprint;
  return block({ ...now, memory }, blockedFailure('pin-refused'), at, changed ? retryAt : undefined);
}
