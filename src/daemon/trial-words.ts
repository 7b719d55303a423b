// A change on trial, in words: for the journal, the warnings, the status and `why`. Pure.
import { type Found, found } from '../codes/codes.ts';
import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { Condemnation, Standing, Trials } from '../connection/trial/trial.ts';
import type { Status } from '../status/schema.ts';
import { spoken, timeOfDay } from '../system/spoken.ts';

/** What the words are about. */
export interface Told {
  readonly trials: Trials;
  /** The configuration as the file has it. */
  readonly file: Config;
  readonly proven: Settings;
  /** When the proven settings carried traffic last, as far as that was written down. */
  readonly provenWallMs: number;
  /** The keys that differ, each with the names that lead to it. */
  readonly changed: readonly (readonly string[])[];
  readonly placeOf: (path: readonly string[]) => string;
  readonly limitMs: number;
}

/** The APNs of a configuration, as a person would write them. */
export const apnsText = ({ apn }: Config['connect']): string =>
  apn.kind === 'auto' ? 'auto' : apn.apns.map((one) => one || '""').join(', ');

/** `connect.apn (line 3)`, for each key that differs. */
export const changedText = ({ changed, placeOf }: Pick<Told, 'changed' | 'placeOf'>): string =>
  changed.map((path) => `${path.join('.')} (${placeOf(path)})`).join(', ');

/** The standing warning while the file's settings are not in force; undefined while they are. */
export function trialWarning(told: Told, nowWallMs: number): Found | undefined {
  const { standing } = told.trials;
  if (standing.kind === 'comparing') {
    const text = `nothing passed with ${changedText(told)}: ${instead(told, nowWallMs)} for now, to see whether it is the network`;
    return found('trial-comparing', { text });
  }
  if (standing.kind !== 'condemned') return undefined;
  return found('trial-refused', { text: `${condemnedText(standing.by, told)}: ${instead(told, nowWallMs)}` });
}

function condemnedText({ how, apn, cause, class: kind }: Condemnation, told: Told): string {
  if (how === 'silent') return `nothing passed within ${spoken(told.limitMs)} with ${changedText(told)}`;
  const number = cause === undefined ? '' : `, cause ${cause}`;
  const name = apn === '' ? "the subscription's default APN" : `APN ${apn ?? apnsText(told.file.connect)}`;
  const place = (path: readonly string[]) => `(${told.placeOf(path)})`;
  const credentials = told.changed.find(([section, key = '']) => section === 'connect' && CREDENTIALS.has(key));
  if (kind === 'auth' && credentials !== undefined)
    return `the credentials ${place(credentials)} for ${name} were refused${number}`;
  const isApn = told.changed.some((path) => path.join('.') === 'connect.apn');
  return isApn
    ? `${name} ${place(['connect', 'apn'])} was refused${number}`
    : `${name} was refused${number}, with ${changedText(told)}`;
}

/** Whether a network that refuses who we are may mean this key: its line is named then. */
const IS_CREDENTIAL: Readonly<Record<keyof Config['connect'], boolean>> = {
  apn: false,
  'ip-type': false,
  user: true,
  password: true,
  'password-file': true,
  'allowed-auth': true,
  'attach-apn': false,
  'allow-roaming': false,
};

/** The keys of `connect` that say who we are. */
export const CREDENTIALS: ReadonlySet<string> = new Set(
  Object.entries(IS_CREDENTIAL).flatMap(([key, isOne]) => (isOne ? [key] : [])),
);

/** `running on vzwinternet, proven until 14:02`. */
function instead({ file, proven, provenWallMs }: Told, nowWallMs: number): string {
  const [now, before] = [apnsText(file.connect), apnsText(proven.connect)];
  const what = now === before ? 'the settings before' : before;
  return `running on ${what}, proven until ${timeOfDay(provenWallMs, nowWallMs)}`;
}

/** How a trial ended, for the hooks. */
export interface TrialEnd extends Readonly<Record<string, string>> {
  readonly result: 'kept' | 'taken-back';
  readonly reason: string;
}

/**
 * How the trial that stood as `before` ended; undefined where none did. `why` it is over is '' when
 * the file was read again.
 */
export function trialEnd({ kind }: Standing, told: Told, why: string): TrialEnd | undefined {
  if (kind !== 'trying' && kind !== 'comparing') return undefined;
  const { standing } = told.trials;
  if (standing.kind === 'condemned') return { result: 'taken-back', reason: condemnedText(standing.by, told) };
  if (standing.kind !== 'settled') return undefined;
  if (why !== '') return { result: 'kept', reason: why };
  return told.changed.length === 0
    ? { result: 'taken-back', reason: 'the file has the settings before again' }
    : { result: 'kept', reason: 'recovery.trial is off' };
}

/** What the status tells of a trial; undefined where there is none. */
export function trialStatus(told: Told, nowWallMs: number): Status['trial'] {
  const { standing } = told.trials;
  const changed = told.changed.map((path) => path.join('.'));
  const provenUntil = new Date(told.provenWallMs).toISOString();
  switch (standing.kind) {
    case 'settled':
      return undefined;
    case 'condemned':
      return { state: standing.by.how, changed, provenUntil };
    case 'trying':
    case 'comparing': {
      const { kind: state, turnMs, spentMs } = standing;
      const until = turnMs === undefined ? {} : { until: new Date(nowWallMs + turnMs - spentMs).toISOString() };
      return { state, changed, provenUntil, ...until };
    }
  }
}
