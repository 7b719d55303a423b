// The journal's lines about the connection: what changed, why, and how long it took. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import type { ConnectionEvent } from '../events/event.ts';
import { linkInUse } from '../link/link-for.ts';
import { explain } from './explain.ts';
import type { Line } from './line.ts';
import { narrateUplinks } from './narrate-uplinks.ts';

/** What the journal should say about a change; undefined where it is not worth a line. */
export function narrate(from: Connection, to: Connection, because: ConnectionEvent): Line | undefined {
  if (because.kind === 'linkProven') return narrateProof(from, to, because.proof.roundTripMs);
  if (because.kind === 'pathMtuMeasured') return narratePathMtu(because, to);
  if (because.kind === 'uplinksRead' || because.kind === 'uplinkAsked') return narrateUplinks(from, to);
  const reached = because.kind === 'reachJudged' && narrateReach(from, to);
  if (reached) return reached;
  if (to.phase === from.phase) return narrateWithinPhase(from, to, because.at);
  if (to.phase.kind === 'online' && from.phase.kind === 'online') return narrateWait(from, to, because.at);
  const line = narratePhase(to, from, because.at);
  const tookMs = Math.round(to.phaseSince.monotonicMs - from.phaseSince.monotonicMs);
  return {
    ...line,
    fields: { ...line.fields, ...(from.facts.kind !== 'unknown' && { after: from.phase.kind, tookMs }) },
  };
}

function narrateProof(from: Connection, to: Connection, roundTripMs: number | undefined): Line | undefined {
  const proof = to.proof;
  if (proof === undefined) return undefined;
  const fields = { by: proof.by, ...(roundTripMs !== undefined && { roundTripMs: Math.round(roundTripMs) }) };
  const incident = to.memory.incidents.at(-1);
  if (from.outage !== undefined && to.outage === undefined && incident !== undefined) {
    const offlineMs = Math.round(incident.seconds * 1000);
    return {
      level: 'info',
      message: 'traffic passes again',
      fields: { ...fields, offlineMs, reason: incident.reason, endedBy: incident.endedBy },
    };
  }
  if (from.proof === undefined) return { level: 'info', message: 'traffic passes', fields };
  return { level: 'debug', message: 'traffic passes', fields };
}

/** That it gets through. That it does not is a warning, which says so itself (reach-words.ts). */
function narrateReach({ reach: was }: Connection, { reach: is }: Connection): Line | undefined {
  if (is?.verdict !== 'through') return undefined;
  const roundTrip = is.roundTripMs !== undefined && { roundTripMs: Math.round(is.roundTripMs) };
  const fields = { by: is.by, ...roundTrip };
  if (was?.verdict === 'not-through' && was.isFault) {
    const notThroughMs = Math.round(is.at.monotonicMs - was.since.monotonicMs);
    return { level: 'info', message: 'traffic gets through again', fields: { ...fields, notThroughMs } };
  }
  const isNews = was?.verdict !== 'through' || was.session !== is.session || was.by !== is.by;
  return { level: isNews ? 'info' : 'debug', message: 'traffic gets through', fields };
}

function narratePathMtu({ asked, mtu }: { asked: number; mtu: number }, to: Connection): Line | undefined {
  if (mtu >= asked) return { level: 'debug', message: 'the path carries what the link says', fields: { mtu } };
  const fields = { mtu, linkSays: asked, ...(to.link !== undefined && { apn: to.link.apn }) };
  return { level: 'info', message: 'the path carries smaller packets than the link says; MTU lowered', fields };
}

/** The settings wait for the ceiling, or no longer. */
function narrateWait(from: Connection, to: Connection, at: Moment): Line | undefined {
  const message = explain(to, at).sentence;
  return message === explain(from, at).sentence ? undefined : { level: 'info', message, fields: {} };
}

function narrateWithinPhase(from: Connection, to: Connection, at: Moment): Line | undefined {
  const changed = from.link !== to.link || from.acquired !== to.acquired;
  if (changed && to.link !== undefined && from.link !== undefined && to.phase.kind === 'online') {
    return { level: 'info', message: 'link settings changed', fields: linkFields(to) };
  }
  const [before, after] = [from.facts, to.facts];
  if (to.phase.kind !== 'registering' || before.kind !== 'modem' || after.kind !== 'modem') return undefined;
  const [was, is] = [before.modem, after.modem];
  const isSame =
    was.registrationState === is.registrationState &&
    was.networkRejection?.text === is.networkRejection?.text &&
    was.state === is.state;
  return isSame ? undefined : { level: 'info', message: explain(to, at).sentence, fields: registrationFields(is) };
}

const registrationFields = ({ registrationState, state, signalPercent, networkRejection }: Modem) => ({
  registration: registrationState,
  modemState: state,
  signal: `${signalPercent}%`,
  ...(networkRejection && {
    rejection: networkRejection.text,
    reason: networkRejection.failure.reason,
    remedy: networkRejection.failure.remedy,
  }),
});

function linkFields(connection: Connection): Record<string, unknown> {
  const link = linkInUse(connection);
  if (link === undefined) return {};
  const { wanted } = link;
  return {
    interface: wanted.interface,
    address: wanted.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(','),
    ...(wanted.gateway4 !== undefined && { gateway: wanted.gateway4 }),
    ...(wanted.gateway6 !== undefined && { gateway6: wanted.gateway6 }),
    ...(wanted.mtu !== undefined && { mtu: wanted.mtu }),
    metric: wanted.metric,
  };
}

function failureFields(failure: Failure | undefined): Record<string, unknown> {
  if (failure === undefined) return {};
  return {
    error: failure.name,
    ...(failure.networkCause !== undefined && { networkCause: failure.networkCause }),
    ...(failure.text !== '' && { text: failure.text }),
    ...(failure.remedy !== '' && { remedy: failure.remedy }),
  };
}

function narratePhase(to: Connection, from: Connection, at: Moment): Line {
  const { phase } = to;
  const { sentence: message, remedy } = explain(to, at);
  const failed = to.lastFailure !== from.lastFailure ? failureFields(to.lastFailure?.failure) : {};
  const standing = remedy === undefined ? {} : { remedy };
  const isSame = from.phase.kind === phase.kind && explain(from, at).sentence === message;
  switch (phase.kind) {
    case 'absent':
      return { level: phase.missing === 'choice' ? 'error' : 'warn', message, fields: { ...failed, ...standing } };
    case 'blocked':
      return { level: 'error', message, fields: failureFields(phase.failure) };
    case 'waiting': {
      const waitMs = Math.max(0, Math.round(phase.untilMs - to.phaseSince.monotonicMs));
      return { level: 'warn', message, fields: { waitMs, attempt: to.memory.failures, ...failed, ...standing } };
    }
    case 'riding':
      // It comes without its modem at first, which is no news.
      return { level: isSame ? 'debug' : 'warn', message, fields: { ...failed, ...standing } };
    case 'recovering':
    case 'roaming-forbidden':
    case 'plan-used-up':
      return { level: 'warn', message, fields: failed };
    case 'online':
      return { level: 'info', message, fields: { ...linkFields(to), ...(phase.adopted && { adopted: true }) } };
    case 'connecting':
      return { level: 'info', message, fields: { attemptsThisHour: to.memory.attempts.length, ...failed } };
    case 'settling':
    case 'configuring':
      return { level: 'debug', message, fields: failed };
    case 'registering':
      return { level: 'info', message, fields: { ...registrationFields(phase.modem), ...failed } };
    case 'unlocking':
    case 'enabling':
    case 'stopping':
      return { level: 'info', message, fields: failed };
  }
}
