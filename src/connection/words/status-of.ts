// The connection as the published status (status/schema.ts). Pure; leaves out whatever is secret.
import type { Status } from '../../status/schema.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import { linkInUse } from '../link/link-for.ts';
import type { Policy } from '../policy.ts';
import { HOUR_MS, within } from '../schedule/attempts.ts';
import { describePhase } from './narrate.ts';

/** What the status tells beside the connection. */
export interface Surroundings {
  readonly pid: number;
  readonly daemonVersion: string;
  readonly modemManager: Status['modemManager'];
  readonly counters: { readonly rxBytes: number; readonly txBytes: number };
  readonly warnings: readonly string[];
}

const iso = (wallMs: number) => new Date(wallMs).toISOString();

/** The status at `at`. */
export function reportOf(connection: Connection, policy: Policy, around: Surroundings, at: Moment): Status {
  const { phase, memory, outage, sessionSince } = connection;
  const wall = (monotonicMs: number) => iso(at.wallMs + (monotonicMs - at.monotonicMs));
  const starting = connection.facts.kind === 'unknown';
  const online = phase.kind === 'online' || phase.kind === 'riding';
  return {
    version: 1,
    updatedAt: iso(at.wallMs),
    pid: around.pid,
    daemonVersion: around.daemonVersion,
    phase: starting ? 'starting' : phase.kind,
    sentence: starting ? 'starting' : describePhase(connection),
    since: iso(connection.phaseSince.wallMs),
    ...(!online && { offlineSince: iso((outage?.since ?? connection.phaseSince).wallMs) }),
    modemManager: around.modemManager,
    ...modemPart(connection),
    ...linkPart(connection, around, sessionSince),
    attempts: {
      usedThisHour: within(memory.attempts, HOUR_MS, at.monotonicMs).length,
      limitPerHour: policy.attemptsPerHour,
      ...(phase.kind === 'waiting' && { nextAt: wall(phase.untilMs) }),
      ...(phase.kind === 'blocked' && phase.untilMs !== undefined && { nextAt: wall(phase.untilMs) }),
      consecutiveFailures: memory.failures,
    },
    ...failurePart(connection),
    ladder: { ...(phase.kind === 'recovering' && { rung: phase.rung }), rungsTried: [...(outage?.climbed ?? [])] },
    incidents: incidentsPart(connection, at),
    warnings: [...around.warnings],
  };
}

function modemPart(connection: Connection): Pick<Status, 'modem' | 'sim'> {
  if (connection.facts.kind !== 'modem') return {};
  const { modem } = connection.facts;
  const lock = modem.unlockRequired === 'none' ? 'ready' : modem.unlockRequired;
  return {
    modem: {
      manufacturer: modem.manufacturer,
      model: modem.model,
      plugin: modem.plugin,
      path: modem.path,
      device: modem.device,
      state: modem.state,
      imeiTail: modem.equipmentIdentifier.slice(-4),
      accessTechnologies: [...modem.accessTechnologies],
      signalPercent: modem.signalPercent,
      registration: modem.registrationState,
      operatorCode: modem.operatorCode,
      operatorName: modem.operatorName,
    },
    sim: { state: modem.stateFailedReason.startsWith('sim-') ? modem.stateFailedReason : lock },
  };
}

function linkPart(connection: Connection, around: Surroundings, since: Moment | undefined): Pick<Status, 'link'> {
  const { proof } = connection;
  const link = linkInUse(connection);
  if (link === undefined) return {};
  const { wanted } = link;
  const gateway = wanted.gateway4 ?? wanted.gateway6;
  return {
    link: {
      interface: wanted.interface,
      apn: link.apn,
      addresses: wanted.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      ...(gateway !== undefined && { gateway }),
      dns: [...link.dns],
      ...(wanted.mtu !== undefined && { mtu: wanted.mtu }),
      metric: wanted.metric,
      since: iso((since ?? connection.phaseSince).wallMs),
      ...around.counters,
      ...(proof && {
        lastProof: {
          by: proof.by,
          at: iso(proof.at.wallMs),
          ...(proof.roundTripMs !== undefined && { roundTripMs: proof.roundTripMs }),
        },
      }),
    },
  };
}

function failurePart({ lastFailure }: Connection): Pick<Status, 'lastFailure'> {
  if (lastFailure === undefined) return {};
  const { cause, ...failure } = lastFailure.failure;
  return { lastFailure: { ...failure, ...(cause !== undefined && { cause }), at: iso(lastFailure.at.wallMs) } };
}

function incidentsPart({ memory, outage }: Connection, at: Moment): Status['incidents'] {
  const past = memory.incidents.map(({ beganWallMs, seconds, cause, endedBy }) => ({
    begin: iso(beganWallMs),
    end: iso(beganWallMs + seconds * 1000),
    cause,
    endedBy,
    seconds,
  }));
  if (outage === undefined) return past.slice(-20);
  const seconds = Math.round((at.monotonicMs - outage.since.monotonicMs) / 1000);
  return [...past, { begin: iso(outage.since.wallMs), cause: outage.reason, seconds }].slice(-20);
}
