// The journal's lines about the connection, and the sentence in `systemctl status`: what changed,
// why, and how long it took. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Connection, ConnectionEvent, Facts, Phase } from '../connection.ts';
import { linkInUse } from '../link/link-for.ts';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the journal should say about a change; undefined where it is not worth a line. */
export function narrate(from: Connection, to: Connection, because: ConnectionEvent): Line | undefined {
  if (because.kind === 'linkProven') return narrateProof(from, to, because.proof.roundTripMs);
  if (because.kind === 'pathMtuMeasured') return narratePathMtu(because, to);
  if (to.phase === from.phase) return narrateWithinPhase(from, to);
  const line = narratePhase(to, from);
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

function narratePathMtu({ asked, mtu }: { asked: number; mtu: number }, to: Connection): Line | undefined {
  if (mtu >= asked) return { level: 'debug', message: 'the path carries what the link says', fields: { mtu } };
  const fields = { mtu, linkSays: asked, ...(to.link !== undefined && { apn: to.link.apn }) };
  return { level: 'info', message: 'the path carries smaller packets than the link says; MTU lowered', fields };
}

function narrateWithinPhase(from: Connection, to: Connection): Line | undefined {
  const changed = from.link !== to.link || from.acquired !== to.acquired;
  if (changed && to.link !== undefined && from.link !== undefined && to.phase.kind === 'online') {
    return { level: 'info', message: 'link settings changed', fields: linkFields(to) };
  }
  const [before, after] = [from.facts, to.facts];
  if (to.phase.kind !== 'registering' || before.kind !== 'modem' || after.kind !== 'modem') return undefined;
  const { registrationState, signalPercent, networkRejection, state } = after.modem;
  if (
    before.modem.registrationState === registrationState &&
    before.modem.networkRejection?.text === networkRejection?.text &&
    before.modem.state === state
  )
    return undefined;
  return {
    level: 'info',
    message: 'registering',
    fields: {
      registration: registrationState,
      modemState: state,
      signal: `${signalPercent}%`,
      ...(networkRejection && {
        rejection: networkRejection.text,
        reason: networkRejection.failure.meaning,
        remedy: networkRejection.failure.advice,
      }),
    },
  };
}

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
    ...(failure.cause !== undefined && { cause: failure.cause }),
    ...(failure.text !== '' && { text: failure.text }),
    ...(failure.advice !== '' && { advice: failure.advice }),
  };
}

function narratePhase(to: Connection, from: Connection): Line {
  const { phase } = to;
  const failed = to.lastFailure !== from.lastFailure ? failureFields(to.lastFailure?.failure) : {};
  switch (phase.kind) {
    case 'absent':
      return { level: phase.missing === 'choice' ? 'error' : 'warn', message: describePhase(to), fields: failed };
    case 'blocked':
      return { level: 'error', message: describePhase(to), fields: failureFields(phase.failure) };
    case 'waiting': {
      const waitMs = Math.max(0, Math.round(phase.untilMs - to.phaseSince.monotonicMs));
      return { level: 'warn', message: describePhase(to), fields: { waitMs, attempt: to.memory.failures, ...failed } };
    }
    case 'riding':
    case 'recovering':
    case 'roaming-forbidden':
      return { level: 'warn', message: describePhase(to), fields: failed };
    case 'online':
      return {
        level: 'info',
        message: describePhase(to),
        fields: { ...linkFields(to), ...(phase.adopted && { adopted: true }) },
      };
    case 'connecting':
      return {
        level: 'info',
        message: describePhase(to),
        fields: { attemptsThisHour: to.memory.attempts.length, ...failed },
      };
    case 'settling':
    case 'configuring':
      return { level: 'debug', message: describePhase(to), fields: failed };
    case 'unlocking':
    case 'enabling':
    case 'registering':
    case 'stopping':
      return { level: 'info', message: describePhase(to), fields: failed };
  }
}

const lost = (connection: Connection) => (connection.outage === undefined ? '' : ` (${connection.outage.reason})`);

/** The state in one sentence, for `systemctl status` and the status file. */
export function describePhase(connection: Connection): string {
  const { phase } = connection;
  switch (phase.kind) {
    case 'absent':
      return describeAbsence(phase);
    case 'riding':
      return 'ModemManager is away; the link stays while it carries traffic';
    case 'settling':
      return `ModemManager says the modem is ${phase.modem.state}; waiting for that to end`;
    case 'blocked':
      return `a person is needed: ${phase.failure.meaning}`;
    case 'unlocking':
      return 'sending the PIN to the SIM';
    case 'enabling':
      return 'enabling the modem';
    case 'registering':
      return describeRegistering(connection.facts, phase.modem);
    case 'waiting':
      return `offline: ${phase.reason}`;
    case 'connecting':
      return `connecting to ${phase.settings.apn === '' ? "the subscription's default APN" : `APN ${phase.settings.apn}`}${lost(connection)}`;
    case 'roaming-forbidden':
      return `roaming is switched off in the configuration, and the modem is in the network of ${operatorOf(phase.modem)}`;
    case 'configuring':
      return 'configuring the link';
    case 'online':
      return `online${connection.link === undefined ? '' : ` on ${connection.link.wanted.interface}`}`;
    case 'recovering':
      return `recovering: ${phase.rung} (${phase.reason})`;
    case 'stopping':
      return phase.disconnect ? 'stopping: disconnecting' : 'stopping: the link stays up';
  }
}

/** A denial that ModemManager tells is told; before 1.24 it may only show as not searching. */
function describeRegistering(facts: Facts, before: Modem): string {
  const { networkRejection, registrationState, state } = facts.kind === 'modem' ? facts.modem : before;
  if (networkRejection !== undefined) {
    const { cause, meaning } = networkRejection.failure;
    return `the network refuses to register this SIM: ${meaning} (cause ${cause})`;
  }
  if (registrationState === 'denied')
    return 'the network refuses to register this SIM, and ModemManager does not say why';
  const waiting = 'waiting for the modem to register with a network';
  return state === 'enabled' && registrationState === 'idle'
    ? `${waiting}; it is not searching, as after a refusal`
    : waiting;
}

function operatorOf({ operatorName, operatorCode }: Modem): string {
  return operatorName === '' ? operatorCode || 'another operator' : `${operatorName} (${operatorCode})`;
}

function describeAbsence(phase: Extract<Phase, { kind: 'absent' }>): string {
  switch (phase.missing) {
    case 'modemmanager':
      return 'ModemManager is not on the system bus; waiting for it';
    case 'modem':
      return phase.detail === '' ? 'no modem; waiting for one to be plugged in' : `no modem: ${phase.detail}`;
    case 'choice':
      return `several modems fit; choose one with modem.match in /etc/percept-lte.yaml: ${phase.detail}`;
  }
}
