// Why the connection is as it is, and what a person can do: one sentence for the journal,
// `systemctl status`, the status file and `percept-lte why`. A failure brings its own reason and
// remedy. Pure.
import { found } from '../../codes/codes.ts';
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import { notRegistered } from '../../modem/registration.ts';
import type { Moment } from '../../system/clock.ts';
import { type Connection, modemOf } from '../connection.ts';
import { isKeptOut } from '../link/link-for.ts';
import type { Phase } from '../phase/phase.ts';
import { isUnknownSession } from '../phase/up.ts';
import { manyEnds } from '../schedule/manager-ends.ts';
import { settingsWait } from './settings-wait.ts';

export interface Explanation {
  /** The state in one sentence, as `systemctl status` shows it. */
  readonly sentence: string;
  /** What keeps the board offline, or what is being done about it. */
  readonly reason: string;
  /** What a person can do; undefined where there is nothing to do but wait. */
  readonly remedy: string | undefined;
}

/** A failure in words: what it means, the network's number for it, and what the peer said. */
export function failureWords({
  reason,
  networkCause,
  text,
}: Pick<Failure, 'reason' | 'networkCause' | 'text'>): string {
  const number = networkCause === undefined ? '' : ` (cause ${networkCause})`;
  return `${reason}${number}${text === '' || text === reason ? '' : `: ${text}`}`;
}

/** Phases in which a ModemManager that keeps ending is not what a person has to see to. */
const ENDS_NOT_TOLD: ReadonlySet<Phase['kind']> = new Set([
  'online',
  'blocked',
  'roaming-forbidden',
  'plan-used-up',
  'stopping',
]);

/** The explanation of the phase that `connection` is in at `at`. */
export function explain(connection: Connection, at: Moment): Explanation {
  if (connection.facts.kind === 'unknown') return plain('starting');
  const explained = explainPhase(connection, at);
  const ends = manyEnds(connection.managerEnds, at.monotonicMs);
  if (ends === undefined || ENDS_NOT_TOLD.has(connection.phase.kind)) return explained;
  const told = (text: string) => (text.includes(ends) ? text : `${ends}; ${text}`);
  return {
    sentence: told(explained.sentence),
    reason: told(explained.reason),
    remedy: found('modem-manager-ends').remedy,
  };
}

function explainPhase(connection: Connection, at: Moment): Explanation {
  const { phase, lastFailure, facts } = connection;
  const failed = lastFailure?.failure;
  switch (phase.kind) {
    case 'absent':
      return explainAbsence(phase);
    case 'riding':
      return plain('ModemManager is away; the link stays while it carries traffic', SEE_MODEMMANAGER);
    case 'settling':
      return plain(`ModemManager says the modem is ${phase.modem.state}; waiting for that to end`);
    case 'blocked':
      return {
        sentence: `a person is needed: ${phase.failure.reason}`,
        reason: failureWords(phase.failure),
        remedy: phase.failure.remedy || undefined,
      };
    case 'unlocking':
      return plain('sending the PIN to the SIM');
    case 'enabling':
      return after('enabling the modem', failed);
    case 'registering':
      return explainRegistering(modemOf(facts) ?? phase.modem, failed);
    case 'waiting':
      return isUnknownSession(connection) ? explainUnknownSession(phase) : explainWaiting(phase);
    case 'connecting': {
      const { apn } = phase.settings;
      const lost = connection.outage === undefined ? '' : ` (${connection.outage.reason})`;
      return after(`connecting to ${apn === '' ? "the subscription's default APN" : `APN ${apn}`}${lost}`, failed);
    }
    case 'roaming-forbidden':
      return plain(
        `roaming is switched off in the configuration, and the modem is in the network of ${operatorOf(phase.modem)}`,
        'set connect.allow-roaming: true in /etc/percept-lte.yaml if the plan allows it; else it goes on by itself in the home network',
      );
    case 'plan-used-up':
      return plain(phase.usedUp.reason, phase.usedUp.remedy);
    case 'configuring':
      return after('configuring the link', failed);
    case 'online':
      return explainOnline(connection, phase, at);
    case 'recovering':
      return after(`recovering: ${phase.rung} (${phase.reason})`, failed);
    case 'stopping':
      return plain(phase.disconnect ? 'stopping: disconnecting' : 'stopping: the link stays up');
  }
}

const plain = (sentence: string, remedy?: string): Explanation => ({ sentence, reason: sentence, remedy });

function explainOnline(
  { link, reach, uplinks }: Connection,
  { renewal }: Extract<Phase, { kind: 'online' }>,
  at: Moment,
): Explanation {
  if (link === undefined) return plain('online');
  const name = link.wanted.interface;
  if (reach === undefined || !isKeptOut(reach, link.apn)) {
    const taken = (uplinks[4].taken ?? uplinks[6].taken)?.from.interface;
    const before = taken === undefined ? '' : `, before ${taken}, through which nothing answers`;
    const waits = renewal === undefined ? '' : `; ${settingsWait(renewal, at).text}`;
    return plain(`online on ${name}${before}${waits}`);
  }
  const { reason, remedy } = reach;
  return { sentence: `${name} is alive, traffic does not get through: ${reason}`, reason, remedy: remedy || undefined };
}

/** What is done now, and the failure that came before it, if one did. */
function after(sentence: string, failure: Failure | undefined): Explanation {
  if (failure === undefined) return plain(sentence);
  return { sentence, reason: failureWords(failure), remedy: failure.remedy || undefined };
}

const SEE_MODEMMANAGER = '`systemctl status ModemManager`';

function explainAbsence(phase: Extract<Phase, { kind: 'absent' }>): Explanation {
  switch (phase.missing) {
    case 'modemmanager':
      return plain('ModemManager is not on the system bus; waiting for it', SEE_MODEMMANAGER);
    case 'modem':
      return plain(
        phase.detail === '' ? 'no modem; waiting for one to be plugged in' : `no modem: ${phase.detail}`,
        '`percept-lte doctor` looks for the modem on USB, `mmcli -L` lists what ModemManager knows',
      );
    case 'choice':
      return plain(
        `several modems fit: ${phase.detail}`,
        'choose one with modem.match in /etc/percept-lte.yaml, then: systemctl reload percept-lte',
      );
  }
}

function explainRegistering(modem: Modem, failed: Failure | undefined): Explanation {
  const { reason, remedy, isSearching } = notRegistered(modem);
  // A safety try, which nobody sees else. What another network refused does not bind this one.
  if (!isSearching || failed?.class !== 'coverage') return plain(reason, remedy);
  return {
    sentence: reason,
    reason: `${reason}; the last attempt failed: ${failureWords(failed)}`,
    remedy: failed.remedy || remedy,
  };
}

const explainUnknownSession = ({ reason }: Extract<Phase, { kind: 'waiting' }>): Explanation =>
  plain(
    `ModemManager does not know of the session any more; the link stays while it carries traffic, and is connected anew later: ${reason}`,
  );

function explainWaiting({ failure, reason }: Extract<Phase, { kind: 'waiting' }>): Explanation {
  const sentence = `offline: ${reason}`;
  if (failure === undefined) return { sentence, reason, remedy: undefined };
  const words = failureWords(failure);
  return {
    sentence,
    reason: reason === failure.reason ? words : `${reason}; the last attempt failed: ${words}`,
    remedy: failure.remedy || undefined,
  };
}

function operatorOf({ operatorName, operatorCode }: Modem): string {
  return operatorName === '' ? operatorCode || 'another operator' : `${operatorName} (${operatorCode})`;
}
