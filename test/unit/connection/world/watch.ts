// Watches for what must never happen: a session without a link, ceilings and caps exceeded, the
// same thing told twice doing harm.

import type { Connection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import type { Policy } from '../../../../src/connection/policy.ts';
import { HOUR_MS, heldByCeiling } from '../../../../src/connection/schedule/attempts.ts';
import type { Rung } from '../../../../src/state/memory.ts';

const DAY_MS = 24 * HOUR_MS;

/** How often a rung may be climbed, and within how long. */
const MOST_CLIMBS: Readonly<Record<Rung, readonly [times: number, windowMs: number]>> = {
  'probe-modem': [Number.POSITIVE_INFINITY, HOUR_MS],
  reconnect: [Number.POSITIVE_INFINITY, HOUR_MS],
  'delete-bearers': [Number.POSITIVE_INFINITY, HOUR_MS],
  'cycle-radio': [4, HOUR_MS],
  'reset-modem': [1, HOUR_MS],
  'reauthorise-usb': [1, HOUR_MS],
  'restart-modemmanager': [4, HOUR_MS],
  reboot: [1, DAY_MS],
};

/**
 * Something counted: when, on which clock of which boot, and in which stretch without a leap of the
 * wall clock.
 */
export interface Stamp {
  readonly boot: number;
  readonly monotonicMs: number;
  readonly realMs: number;
  readonly era: number;
}

/** A connect failed, and ModemManager shows the modem without a network. */
const isTryOutOfCoverage = ({ phase, facts }: Connection, event: ConnectionEvent): boolean =>
  event.kind === 'failed' &&
  phase.kind === 'connecting' &&
  facts.kind === 'modem' &&
  ['enabled', 'searching'].includes(facts.modem.state);

export class Watch {
  readonly violations: string[] = [];
  readonly attempts: Stamp[] = [];
  readonly climbs = new Map<string, Stamp[]>();
  readonly phases = new Set<string>();
  /** How often settings began to wait for the ceiling. */
  renewals = 0;

  /** One decision, taken at `stamp`. */
  decided(from: Connection, to: Connection, event: ConnectionEvent, policy: Policy, stamp: Stamp): void {
    this.phases.add(to.phase.kind);
    const wrong = (text: string) =>
      this.violations.push(`${text} [${from.phase.kind} + ${event.kind} → ${to.phase.kind}]`);
    if (to.link === undefined && to.sessionSince !== undefined) wrong('a session without a link');
    if (to.proof !== undefined && to.sessionSince === undefined) wrong('a proof without a session');
    if (to.phase.kind === 'online' && to.link === undefined) wrong('online without a link');
    // Of a modem that is left the session is ended whatever the ceiling says.
    const isReload = event.kind === 'reconfigured' && event.leavesModem !== true;
    if (isReload && from.phase.kind === 'online' && to.phase.kind !== 'online')
      if (heldByCeiling(to.memory, policy, event.at.monotonicMs) !== undefined)
        wrong('a reload ends a session that no other may follow');
    if ('renewal' in to.phase && to.phase.renewal !== undefined && to.phase !== from.phase) this.renewals += 1;
    if (to.phase.kind === 'recovering' && to.phase !== from.phase) this.#countClimb(to.phase.rung, from, to, stamp);
    if (isTryOutOfCoverage(from, event) && to.phase.kind === 'recovering' && to.phase.to !== 'cycle-radio')
      wrong('a modem that finds no network leads above the radio cycle');
    const twice = decide(to, event, policy);
    if (event.kind === 'factsChanged' && (twice.phase !== to.phase || twice.link !== to.link))
      wrong('the same facts disturb');
    // An activity ends once, and the runner hears of it once; all else may be told twice.
    if (
      event.kind !== 'phaseTimedOut' &&
      event.kind !== 'failed' &&
      twice.memory.attempts.length > to.memory.attempts.length
    )
      wrong('the same event twice is a second attempt');
  }

  /** A connect was sent. */
  attempted(stamp: Stamp, perHour: number): void {
    this.attempts.push(stamp);
    this.#limit('too many attempts', this.attempts, perHour, HOUR_MS);
  }

  #countClimb(rung: Rung, from: Connection, to: Connection, stamp: Stamp): void {
    if (from.memory === to.memory) return;
    const stamps = this.climbs.get(rung) ?? [];
    this.climbs.set(rung, stamps);
    stamps.push(stamp);
    const [most, windowMs] = MOST_CLIMBS[rung];
    this.#limit(`${rung} climbed too often`, stamps, most, windowMs);
  }

  /**
   * Exactly, within a boot and within a stretch of real time over which the wall clock did not leap
   * forward between save and load.
   */
  #limit(what: string, stamps: readonly Stamp[], most: number, windowMs: number): void {
    const last = stamps.at(-1);
    if (last === undefined) return;
    const sameBoot = stamps.filter((s) => s.boot === last.boot && last.monotonicMs - s.monotonicMs < windowMs - 1);
    const sameEra = stamps.filter((s) => s.era === last.era && last.realMs - s.realMs < windowMs - 1);
    if (Math.max(sameBoot.length, sameEra.length) > most)
      this.violations.push(`${what}: ${sameBoot.length}, ${sameEra.length}`);
  }
}
