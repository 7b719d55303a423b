// Our policy: the real decide() for each board, fed with what a carrier's answer looks like through
// ModemManager. Nothing of it is copied here.
import { parseConfig } from '../../src/config/load.ts';
import { type Connection, freshConnection } from '../../src/connection/connection.ts';
import { decide } from '../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../src/connection/events/event.ts';
import { policyOf } from '../../src/daemon/policy-of-config.ts';
import { classifyName, type Failure } from '../../src/modem/errors/failure.ts';
import type { Bearer, Modem } from '../../src/modem/objects.ts';
import { emptyMemory, type Rung } from '../../src/state/memory.ts';
import { bearer } from '../unit/connection/builders.ts';
import { modem } from '../unit/modem/builders.ts';
import type { FleetPolicy, Next } from './policies.ts';
import type { Outcome, Scenario } from './scenario.ts';

/**
 * What ModemManager 1.14 says: a network failure (cause 38 by its own name), an MBIM command that
 * timed out, congestion (cause 26).
 */
const ERRORS: Readonly<Record<Exclude<Outcome, 'accepted'>, Failure>> = {
  refused: classifyName('org.freedesktop.ModemManager1.Error.MobileEquipment.GprsNetworkFailure', ''),
  silent: classifyName('org.freedesktop.libmbim.Error.Core.Timeout', ''),
  congestion: classifyName('org.freedesktop.ModemManager1.Error.MobileEquipment.GprsInsufficientResources', ''),
};

/** How long a rung takes until the modem is registered again. */
const RUNG_MS: Readonly<Record<Rung, number>> = {
  'probe-modem': 1_000,
  reconnect: 500,
  'delete-bearers': 500,
  'cycle-radio': 12_000,
  'reset-modem': 40_000,
  'reauthorise-usb': 40_000,
  'restart-modemmanager': 30_000,
  reboot: 90_000,
};

/**
 * Boards that are up have been for days; the others count from their boot, which is this long
 * before the modem has registered.
 */
const UP_MS = 10 * 24 * 3_600_000;
const BOOT_TO_REGISTERED_MS = 40_000;
/**
 * A link is proven at least every 5 min (probe.interval): when a loss comes, the boards' last
 * proofs are spread evenly over that.
 */
const PROOF_AGE_MS = 300_000;

const BEARER: Bearer = bearer();

export class Ours implements FleetPolicy {
  readonly name = 'percept-lte';
  readonly #policy = policyOf(parseConfig('connect: { apn: internet }', 'fleet'));
  readonly #boards: Connection[] = [];
  readonly #offsetMs: Float64Array;
  readonly #scenario: Scenario;
  readonly #chance: () => number;

  constructor(boards: number, scenario: Scenario, chance: () => number) {
    this.#offsetMs = new Float64Array(boards);
    this.#scenario = scenario;
    this.#chance = chance;
  }

  begin(board: number, nowMs: number): Next {
    const dropped = this.#scenario.begins === 'dropped';
    this.#offsetMs[board] = dropped ? UP_MS : BOOT_TO_REGISTERED_MS - nowMs;
    const memory = emptyMemory('boot', 'salt', this.#at(board, nowMs));
    if (dropped) {
      this.#boards[board] = freshConnection(memory, this.#at(board, nowMs - 3_600_000));
      this.#tellFacts(board, 'connected', [BEARER], nowMs - 3_600_000);
      this.#applied(board, nowMs - 3_600_000);
      this.#prove(board, nowMs - this.#chance() * PROOF_AGE_MS);
    } else this.#boards[board] = freshConnection(memory, this.#at(board, nowMs));
    this.#tellFacts(board, 'registered', [], nowMs);
    return this.#next(board, nowMs);
  }

  answered(board: number, outcome: Outcome, nowMs: number): Next {
    const at = this.#at(board, nowMs);
    const chance = this.#chance();
    if (outcome === 'accepted') {
      this.#happened(board, { kind: 'bearerConnected', bearer: BEARER, apn: 'internet', at, chance });
      this.#tellFacts(board, 'connected', [BEARER], nowMs);
      this.#applied(board, nowMs);
      this.#prove(board, nowMs);
    } else {
      // The modem was registered before and is again: facts that change nothing are left out for
      // the sake of speed.
      this.#happened(board, { kind: 'failed', failure: ERRORS[outcome], at, chance });
    }
    return this.#next(board, nowMs);
  }

  wake(board: number, nowMs: number): Next {
    const climbed = this.#of(board).phase.kind === 'recovering';
    const kind = climbed ? 'climbed' : 'phaseTimedOut';
    this.#happened(board, { kind, at: this.#at(board, nowMs), chance: this.#chance() });
    return this.#next(board, nowMs);
  }

  #of(board: number): Connection {
    const connection = this.#boards[board];
    if (connection === undefined) throw new Error(`board ${board} has not begun`);
    return connection;
  }

  #at(board: number, nowMs: number) {
    const monotonicMs = nowMs + (this.#offsetMs[board] ?? 0);
    return { monotonicMs, wallMs: monotonicMs };
  }

  #happened(board: number, event: ConnectionEvent): void {
    this.#boards[board] = decide(this.#of(board), event, this.#policy);
  }

  #tellFacts(board: number, state: Modem['state'], bearers: readonly Bearer[], nowMs: number): void {
    // Fifteen digits that count up, as the IMEIs of one delivery do.
    const equipmentIdentifier = `3566110${String(board).padStart(7, '0')}0`;
    const facts = { kind: 'modem', modem: modem({ state, bearers, equipmentIdentifier }) } as const;
    this.#happened(board, { kind: 'factsChanged', facts, at: this.#at(board, nowMs), chance: this.#chance() });
  }

  #applied(board: number, nowMs: number): void {
    this.#happened(board, { kind: 'linkApplied', at: this.#at(board, nowMs), chance: 0 });
  }

  #prove(board: number, nowMs: number): void {
    const at = this.#at(board, nowMs);
    this.#happened(board, { kind: 'linkProven', proof: { by: 'dns', roundTripMs: undefined, at }, at, chance: 0 });
  }

  #next(board: number, nowMs: number): Next {
    const { phase } = this.#of(board);
    const offsetMs = this.#offsetMs[board] ?? 0;
    switch (phase.kind) {
      case 'connecting':
        return { kind: 'attach' };
      case 'waiting':
        return { kind: 'sleep', untilMs: phase.untilMs - offsetMs };
      case 'blocked':
        return { kind: 'sleep', untilMs: (phase.untilMs ?? Number.POSITIVE_INFINITY) - offsetMs };
      case 'recovering':
        return { kind: 'sleep', untilMs: nowMs + RUNG_MS[phase.rung] };
      case 'online':
        return { kind: 'online' };
      case 'absent':
      case 'riding':
      case 'settling':
      case 'unlocking':
      case 'enabling':
      case 'registering':
      case 'roaming-forbidden':
      case 'plan-used-up':
      case 'configuring':
      case 'stopping':
        throw new Error(`a board is ${phase.kind}, which none of the scenarios leads to`);
    }
  }
}
