// Holds: until when no attempt is made, who or what they bind, and why they were earned. They
// outlive restarts of the program and of the host. Pure.
import type { Failure, FailureClass } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { simFingerprint } from '../../state/pins.ts';
import type { Policy, Step } from '../policy.ts';
import { HOUR_MS, jitter } from './attempts.ts';
import { settingsFingerprint } from './fingerprints.ts';

/** Rests after whole rounds of refusals by the carrier; the last one repeats. */
const REFUSED_RESTS_MS = [15 * 60_000, HOUR_MS, 6 * HOUR_MS] as const;

/** "Not subscribed", "illegal SIM", "barred": repeating those gets a SIM banned (GSMA TS.34). */
const SUBSCRIPTION_REST_MS = 6 * HOUR_MS;

/**
 * 3GPP TS 24.301 §9.9.3.9 causes by which a network speaks for itself or its area: 11 PLMN, 12
 * area, 13 roaming in this area, 14 services in this PLMN, 15 no cells, 25 closed cell. They do not
 * bind the network of another operator. A false cell can say them too, so that even there the rest
 * grows from 15 minutes.
 */
const OPERATOR_CAUSES: ReadonlySet<number> = new Set([11, 12, 13, 14, 15, 25]);

/** As many operators as one meets on a journey. */
const MOST_OPERATORS = 20;

/** Whether a refusal holds in the network of one operator only. */
export const bindsOperator = (failure: Failure | undefined): boolean => OPERATOR_CAUSES.has(failure?.networkCause ?? 0);

/**
 * Until when the memory forbids attempts in the network of `modem`'s operator; 0 if it does not.
 */
export function heldUntil(memory: Memory, { operatorCode }: Modem): number {
  return Math.max(memory.holdUntil ?? 0, memory.operatorHolds?.[operatorCode] ?? 0);
}

/** The memory after every try was refused: with the rest that this earns, and when it ends. */
export function afterRefusal(
  memory: Memory,
  failure: Failure,
  operatorCode: string,
  { at, chance }: Step,
): { readonly memory: Memory; readonly untilMs: number } {
  const byOperator = bindsOperator(failure);
  const isFinal = failure.class === 'subscription' && !byOperator;
  const byRounds = REFUSED_RESTS_MS[Math.min(memory.refusedRounds, REFUSED_RESTS_MS.length - 1)] ?? 0;
  const untilMs = at.monotonicMs + jitter(isFinal ? SUBSCRIPTION_REST_MS : byRounds, chance);
  const counted: Memory = { ...memory, refusedRounds: memory.refusedRounds + (isFinal ? 0 : 1) };
  if (!byOperator) return { memory: { ...counted, holdUntil: untilMs, holdReason: failure }, untilMs };
  const others = Object.entries(memory.operatorHolds ?? {}).filter(([, until]) => until > at.monotonicMs);
  const operatorHolds = Object.fromEntries([...others.slice(1 - MOST_OPERATORS), [operatorCode, untilMs]]);
  return { memory: { ...counted, operatorHolds, holdReason: failure }, untilMs };
}

/** The memory with all holds lifted, and what led to them forgotten. */
export function withoutHolds(memory: Memory): Memory {
  const { holdUntil: _, holdReason: __, operatorHolds: ___, ...rest } = memory;
  return { ...rest, failures: 0, refusedRounds: 0 };
}

/** The memory in which the holds bind these settings too. */
export function withHoldsFor(memory: Memory, policy: Policy): Memory {
  return { ...memory, settings: settingsFingerprint(memory.salt, policy) };
}

/** Another subscription or other settings are not bound by what was refused to those before. */
export function unbound(memory: Memory, modem: Modem, policy: Policy): Memory {
  const { salt } = memory;
  const known = (number: string | undefined) => (number ? simFingerprint(salt, number) : undefined);
  const sim = known(modem.sim?.identifier);
  const imsi = known(modem.sim?.imsi);
  const settings = settingsFingerprint(salt, policy);
  const differs = (was: string | undefined, is: string | undefined) =>
    was !== undefined && is !== undefined && was !== is;
  const otherSim = differs(memory.sim, sim);
  const other = otherSim || differs(memory.imsi, imsi) || differs(memory.settings, settings);
  const { imsi: before, ...rest } = memory;
  const imsiNow = imsi ?? (otherSim ? undefined : before);
  const same = memory.sim === (sim ?? memory.sim) && before === imsiNow && memory.settings === settings;
  if (same) return memory;
  const now: Memory = { ...rest, settings, ...(sim && { sim }), ...(imsiNow && { imsi: imsiNow }) };
  return other ? withoutHolds(now) : now;
}

/** The failure that the hold at hand was earned with; undefined where there is none. */
export function heldFailure({ holdReason }: Memory): Failure | undefined {
  if (holdReason === undefined) return undefined;
  const { networkCause, ...said } = holdReason;
  return { ...said, class: said.class as FailureClass, ...(networkCause !== undefined && { networkCause }) };
}
