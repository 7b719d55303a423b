// The connection as the published status (status/schema.ts). Pure; leaves out whatever is secret.
import { type Found, found } from '../../codes/codes.ts';
import { incidentBeganWallMs } from '../../state/rebase.ts';
import type { Status } from '../../status/schema.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import { isKeptOut, linkInUse } from '../link/link-for.ts';
import { PHASE_DEADLINES_MS } from '../phase/deadlines.ts';
import type { Outage } from '../phase/outage.ts';
import { KEPT_INCIDENTS } from '../phase/transitions.ts';
import type { Policy } from '../policy.ts';
import { HOUR_MS, within } from '../schedule/attempts.ts';
import { manyEnds } from '../schedule/manager-ends.ts';
import { judgementOf } from '../uplinks/better-ways.ts';
import { explain } from './explain.ts';
import { NOT_THROUGH } from './loss.ts';
import { reachNow } from './reach-words.ts';
import { settingsWait } from './settings-wait.ts';

/** What the status tells beside the connection. */
export interface Surroundings {
  readonly pid: number;
  /** Since when there has been no link that works; undefined while online. */
  readonly offlineSince: Moment | undefined;
  readonly daemonVersion: string;
  readonly modemManager: Status['modemManager'];
  readonly counters: { readonly rxBytes: number; readonly txBytes: number };
  readonly warnings: readonly (Found & { readonly since: Moment })[];
  readonly trial?: Status['trial'];
  readonly data?: Status['data'];
  /** The name of the profile in use; '' without one. */
  readonly profile?: string;
}

const iso = (wallMs: number) => new Date(wallMs).toISOString();

/**
 * The date of a stamp of this boot by the wall clock as it goes now, whatever it said then: boards
 * find the time late.
 */
const wallOf = (at: Moment) => (monotonicMs: number) => iso(at.wallMs - (at.monotonicMs - monotonicMs));

/** The status at `at`. */
export function reportOf(connection: Connection, policy: Policy, around: Surroundings, at: Moment): Status {
  const { phase, memory, outage } = connection;
  const wall = wallOf(at);
  const starting = connection.facts.kind === 'unknown';
  return {
    version: 1,
    updatedAt: iso(at.wallMs),
    pid: around.pid,
    daemonVersion: around.daemonVersion,
    phase: starting ? 'starting' : phase.kind,
    ...explained(connection, at),
    since: wall(connection.phaseSince.monotonicMs),
    ...(around.offlineSince && { offlineSince: wall(around.offlineSince.monotonicMs) }),
    modemManager: around.modemManager,
    ...modemPart(connection),
    ...(around.profile && { profile: around.profile }),
    ...linkPart(connection, around, at),
    ...uplinksPart(connection, at),
    attempts: {
      usedThisHour: within(memory.attempts, HOUR_MS, at.monotonicMs).length,
      limitPerHour: policy.attemptsPerHour,
      ...(phase.kind === 'waiting' && { nextAt: wall(phase.untilMs) }),
      ...(phase.kind === 'online' && phase.renewal !== undefined && { nextAt: wall(phase.renewal.dueMs) }),
      ...(phase.kind === 'registering' && {
        nextAt: wall(connection.phaseSince.monotonicMs + PHASE_DEADLINES_MS.registering),
      }),
      ...(phase.kind === 'blocked' && phase.untilMs !== undefined && { nextAt: wall(phase.untilMs) }),
      consecutiveFailures: memory.failures,
    },
    ...failurePart(connection, at),
    ...(around.data && { data: around.data }),
    ...(around.trial && { trial: around.trial }),
    ladder: { ...(phase.kind === 'recovering' && { rung: phase.rung }), rungsTried: [...(outage?.climbed ?? [])] },
    incidents: incidentsPart(connection, at),
    warnings: [
      ...around.warnings.map((one) => ({ ...one, since: wall(one.since.monotonicMs) })),
      ...endsWarning(connection, at),
      ...waitWarning(connection, at),
    ],
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
      ...(connection.signal && { signal: connection.signal }),
    },
    sim: { state: modem.stateFailedReason.startsWith('sim-') ? modem.stateFailedReason : lock },
  };
}

function linkPart(connection: Connection, around: Surroundings, at: Moment): Pick<Status, 'link'> {
  const { proof, sessionSince = connection.phaseSince } = connection;
  const wall = wallOf(at);
  const link = linkInUse(connection);
  if (link === undefined) return {};
  const { wanted } = link;
  const { rxBytes, txBytes } = around.counters;
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
      since: wall(sessionSince.monotonicMs),
      rxBytes,
      txBytes,
      ...(proof && {
        lastProof: {
          by: proof.by,
          at: wall(proof.at.monotonicMs),
          ...(proof.roundTripMs !== undefined && { roundTripMs: proof.roundTripMs }),
        },
      }),
      ...reachPart(connection, at),
    },
  };
}

function reachPart(connection: Connection, at: Moment): Pick<NonNullable<Status['link']>, 'reach'> {
  const reach = reachNow(connection);
  if (reach === undefined) return {};
  const { verdict, by, roundTripMs, isFault, reason, remedy, since, at: asked } = reach;
  const wall = wallOf(at);
  return {
    reach: {
      verdict,
      ...(by !== '' && { by }),
      ...(roundTripMs !== undefined && { roundTripMs }),
      isFault,
      ...(reason !== '' && { reason, remedy }),
      since: wall(since.monotonicMs),
      at: wall(asked.monotonicMs),
    },
  };
}

function uplinksPart({ uplinks }: Connection, at: Moment): Pick<Status, 'uplinks'> {
  const wall = wallOf(at);
  const told = ([4, 6] as const).flatMap((family) =>
    uplinks[family].ways.map((way) => {
      const { taken } = uplinks[family];
      const known = judgementOf(uplinks[family], way.interface);
      return {
        interface: way.interface,
        family: `IPv${family}` as const,
        metric: way.metric,
        ...(known && { verdict: known.verdict, since: wall(known.since.monotonicMs) }),
        ...(taken?.from.interface === way.interface && {
          takenOver: { since: wall(taken.since.monotonicMs), bytes: taken.bytes },
        }),
      };
    }),
  );
  return told.length === 0 ? {} : { uplinks: told };
}

function failurePart({ lastFailure }: Connection, at: Moment): Pick<Status, 'lastFailure'> {
  if (lastFailure === undefined) return {};
  const { failure, at: then } = lastFailure;
  return { lastFailure: { ...failure, at: wallOf(at)(then.monotonicMs) } };
}

function explained(connection: Connection, at: Moment): Pick<Status, 'sentence' | 'reason' | 'remedy'> {
  const { remedy, ...explanation } = explain(connection, at);
  return { ...explanation, ...(remedy !== undefined && { remedy }) };
}

/** Said also while the link lives on without ModemManager. */
function endsWarning({ managerEnds }: Connection, at: Moment): Status['warnings'] {
  const text = manyEnds(managerEnds, at.monotonicMs);
  if (text === undefined) return [];
  return [{ ...found('modem-manager-ends', { text }), since: wallOf(at)(managerEnds.firstMs) }];
}

function waitWarning({ phase }: Connection, at: Moment): Status['warnings'] {
  if (phase.kind !== 'online' || phase.renewal === undefined) return [];
  return [{ ...settingsWait(phase.renewal, at), since: wallOf(at)(phase.renewal.since.monotonicMs) }];
}

function incidentsPart(connection: Connection, at: Moment): Status['incidents'] {
  const { memory } = connection;
  const open = connection.outage ?? openReach(connection);
  const past = memory.incidents.map((incident) => {
    const { seconds, reason, endedBy, loss } = incident;
    const beganWallMs = incidentBeganWallMs(incident, at);
    return { begin: iso(beganWallMs), end: iso(beganWallMs + seconds * 1000), reason, ...loss, endedBy, seconds };
  });
  if (open === undefined) return past.slice(-KEPT_INCIDENTS);
  const { since, reason, loss } = open;
  const seconds = Math.round((at.monotonicMs - since.monotonicMs) / 1000);
  return [...past, { begin: wallOf(at)(since.monotonicMs), reason, ...loss, seconds }].slice(-KEPT_INCIDENTS);
}

/** A link that is alive and not through is an incident as well. */
function openReach({ reach, link }: Connection): Pick<Outage, 'since' | 'reason' | 'loss'> | undefined {
  if (reach === undefined || link === undefined || !isKeptOut(reach, link.apn)) return undefined;
  return { since: reach.since, reason: reach.reason, loss: NOT_THROUGH };
}
