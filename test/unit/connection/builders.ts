// Connections, events and policies as literals, for tests of what is pure.
import { type Connection, type Facts, freshConnection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../src/connection/events/event.ts';
import type { Policy } from '../../../src/connection/policy.ts';
import { classifyName, type Failure, type FailureClass } from '../../../src/modem/errors/failure.ts';
import type { Bearer, Modem } from '../../../src/modem/objects.ts';
import type { Judged } from '../../../src/network/reachability/reach/judge-reach.ts';
import { emptyMemory, type Memory, rungs } from '../../../src/state/memory.ts';
import type { Moment } from '../../../src/system/clock.ts';
import { modem } from '../modem/builders.ts';

/** Monday, long after any boot. */
export const WALL_MS = Date.UTC(2026, 0, 5);
export const START_MS = 1_000_000;

/** `seconds` after START_MS, on both clocks. */
export const at = (seconds = 0): Moment => ({
  monotonicMs: START_MS + seconds * 1000,
  wallMs: WALL_MS + seconds * 1000,
});

export const policy = (changes: Partial<Policy> = {}): Policy => ({
  apns: ['internet'],
  ipType: 'ipv4',
  connect: { allowRoaming: true },
  attachApn: 'keep',
  pin: undefined,
  metric: 700,
  defaultRoute: true,
  takeOver: true,
  mtu: 'auto',
  dns: 'auto',
  scheduleMs: [0, 1_000, 3_000, 10_000, 30_000, 60_000, 120_000],
  attemptsPerHour: 30,
  bootSpreadMs: 5_000,
  probeIntervalMs: 300_000,
  allowedRungs: new Set(rungs.filter((rung) => rung !== 'reboot')),
  onStop: 'disconnect',
  ...changes,
});

export const memory = (changes: Partial<Memory> = {}): Memory => ({
  ...emptyMemory('boot', 'salt', at()),
  ...changes,
});

export const bearer = (changes: Partial<Bearer> = {}): Bearer => ({
  path: '/org/freedesktop/ModemManager1/Bearer/1',
  connected: true,
  suspended: false,
  interface: 'wwan0',
  ip4Config: {
    method: 'static',
    address: '10.64.0.2',
    prefix: 30,
    gateway: '10.64.0.1',
    dns: ['10.0.0.53'],
    mtu: 1500,
  },
  ip6Config: { method: 'unknown', dns: [] },
  properties: { apn: 'internet', ipType: 'ipv4' },
  ...changes,
});

export const sim = (iccid = '8943…1') => ({
  path: '/org/freedesktop/ModemManager1/SIM/0',
  identifier: iccid,
  imsi: '',
  operatorIdentifier: '',
  operatorName: '',
});

/** The facts of one modem. */
export const having = (changes: Partial<Modem> = {}): Facts => ({ kind: 'modem', modem: modem(changes) });
export const connected = (...bearers: Bearer[]): Facts => having({ state: 'connected', bearers });
export const away: Facts = { kind: 'no-modemmanager' };
export const unplugged: Facts = { kind: 'no-modem' };

/** A failure of the class, as an error of that class would be told. */
export const failureOf = (kind: FailureClass, networkCause?: number): Failure => ({
  ...classifyName('org.freedesktop.ModemManager1.Error.Core.Failed', ''),
  class: kind,
  reason: `${kind} failure`,
  ...(networkCause !== undefined && { networkCause }),
});

export type Happening = ConnectionEvent extends infer T
  ? T extends unknown
    ? Omit<T, 'at' | 'chance'>
    : never
  : never;

/**
 * `now` after each happening in turn, one a second from `from` on, with a chance that jitters
 * nothing.
 */
export function following(now: Connection, happenings: readonly Happening[], by = policy(), from = 0): Connection {
  return happenings.reduce<Connection>(
    (connection, what, index) =>
      decide(connection, { ...what, at: at(from + index), chance: 0.5 } as ConnectionEvent, by),
    now,
  );
}

export const facts = (value: Facts): Happening => ({ kind: 'factsChanged', facts: value });
export const failed = (kind: FailureClass, cause?: number): Happening => ({
  kind: 'failed',
  failure: failureOf(kind, cause),
});
export const proven = (seconds = 0): Happening => ({
  kind: 'linkProven',
  proof: { by: 'dns', roundTripMs: 30, at: at(seconds) },
});
/** What is found of how far traffic gets, where no destination is named. */
export const reachJudged = (verdict: Judged['verdict'], changes: Partial<Judged> = {}): Happening => ({
  kind: 'reachJudged',
  judged: {
    verdict,
    destination: '',
    by: verdict === 'through' ? 'tcp 1.1.1.1:443' : '',
    roundTripMs: undefined,
    reason: verdict === 'not-through' ? 'the carrier answers, nothing beyond it does' : '',
    remedy: verdict === 'not-through' ? 'ask the carrier' : '',
    mayHeal: verdict === 'not-through',
    ...changes,
  },
});
export const bearerConnected = (value = bearer()): Happening => ({
  kind: 'bearerConnected',
  bearer: value,
  apn: 'internet',
});

/** A daemon that has just started. */
export const started = (changes: Partial<Memory> = {}): Connection => freshConnection(memory(changes), at());
export const connecting = (by = policy()): Connection => following(started(), [facts(having())], by);
/** Online since second 2, proven, with ModemManager's facts saying so. */
export const online = (by = policy()): Connection =>
  following(connecting(by), [bearerConnected(), facts(connected(bearer())), { kind: 'linkApplied' }, proven()], by, -3);
