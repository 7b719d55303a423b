// Which news of ModemManager leave a phase to run on, by what it waits to see changed. Pure.
import type { Modem, ModemState } from '../../modem/objects.ts';
import { type Connection, type Facts, modemOf } from '../connection.ts';
import type { Phase } from '../phase/phase.ts';
import { bindsOperator } from '../schedule/holds.ts';

/**
 * Modem states that a phase lives through; any other, another modem or none leads to phaseFor().
 */
const LIVES_THROUGH: Readonly<
  Record<'unlocking' | 'enabling' | 'registering' | 'connecting' | 'plan-used-up', ReadonlySet<ModemState>>
> = {
  unlocking: new Set(['locked']),
  enabling: new Set(['disabled', 'enabling']),
  registering: new Set(['enabled', 'searching']),
  connecting: new Set(['enabled', 'searching', 'registered', 'connecting', 'connected', 'disconnecting']),
  'plan-used-up': new Set(['enabled', 'searching', 'registered', 'connecting', 'connected', 'disconnecting']),
};

/** States of a modem whose SIM is unlocked. */
export const UP: ReadonlySet<ModemState> = new Set([
  'disabled',
  'disabling',
  'enabling',
  'enabled',
  'searching',
  'registered',
  'disconnecting',
  'connecting',
  'connected',
]);

/** States of a modem whose radio is on. */
export const WITH_RADIO: ReadonlySet<ModemState> = new Set([
  'enabled',
  'searching',
  'registered',
  'connecting',
  'connected',
]);

/** States that a registered modem passes through when an attempt fails or a bearer is dropped. */
const BETWEEN_ATTEMPTS: ReadonlySet<ModemState> = new Set(['registered', 'connecting', 'disconnecting']);

/** States that a modem passes through when an Enable fails; 1.20 tells them after its reply. */
const BETWEEN_ENABLES: ReadonlySet<ModemState> = new Set(['disabled', 'disabling', 'enabling']);

/** Still nothing to work with, for the same reason. */
export function sameAbsence(before: Facts, after: Facts): boolean {
  return after.kind !== 'modem' && JSON.stringify(before) === JSON.stringify(after);
}

/** What settling waits to see changed. */
export function settlingKey(modem: Modem | undefined): string {
  return JSON.stringify([
    modem?.path,
    modem?.state,
    modem?.bearers.map((bearer) => [bearer.path, bearer.connected]),
    modem?.sim?.path,
  ]);
}

/**
 * What a person changes: the modem, its SIM, its lock, its radio, or a connection made by hand.
 * Signal and registration are weather.
 */
export function blockedKey({ failure }: Extract<Phase, { kind: 'blocked' }>, facts: Facts): string {
  const modem = modemOf(facts);
  const sim = modem?.sim;
  const up = modem !== undefined && UP.has(modem.state) && modem.state !== 'connected' ? 'up' : modem?.state;
  return JSON.stringify([
    modem?.path,
    up,
    modem?.stateFailedReason,
    modem?.unlockRequired,
    modem?.unlockRetries['sim-pin'],
    sim?.path,
    sim?.identifier,
    sim?.imsi,
    bindsOperator(failure) && modem?.operatorCode,
    failure.class === 'radio-off' && modem !== undefined && WITH_RADIO.has(modem.state),
  ]);
}

/** Whether the modem is still the phase's, in a state that belongs to it. */
export function lives(phase: Extract<Phase, { kind: keyof typeof LIVES_THROUGH }>, facts: Facts): boolean {
  const modem = modemOf(facts);
  if (modem === undefined || modem.path !== phase.modem.path) return false;
  // The modem goes through all of them before Enable is answered, and that is waited for.
  if (phase.kind === 'enabling' && phase.attach !== undefined)
    return UP.has(modem.state) && modem.state !== 'connected';
  return LIVES_THROUGH[phase.kind].has(modem.state);
}

/**
 * Waiting is cut short by whatever makes it pointless: another modem, another SIM, a registration
 * that went or came. The states ModemManager passes through after a failed attempt do not cut it
 * short: they arrive after the failure that was counted.
 */
export function stillWaits(before: Connection, after: Connection): boolean {
  const [one, other] = [modemOf(before.facts), modemOf(after.facts)];
  if (one === undefined || other === undefined) return before.facts.kind === after.facts.kind;
  if (one.path !== other.path) return false;
  if (one.sim?.identifier !== other.sim?.identifier || one.sim?.imsi !== other.sim?.imsi) return false;
  if (bindsOperator(after.lastFailure?.failure) && one.operatorCode !== other.operatorCode) return false;
  const between = [BETWEEN_ATTEMPTS, BETWEEN_ENABLES].some((set) => set.has(one.state) && set.has(other.state));
  return one.state === other.state || between;
}
