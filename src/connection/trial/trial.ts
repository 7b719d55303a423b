// A change on trial: which settings are in force, those of the file or those that carried traffic
// last, and what becomes of a change. Pure; the daemon keeps the value and acts on it.
//
// The file's settings are on trial until a session carries traffic. Refused, they are never asked
// for again. Silent for their turn, the proven ones get one. If traffic passes with those, the
// change gets a short second turn, for the network may have come back just then; silent in that
// too, it is condemned. If nothing passes with either, it is the network, and nobody is condemned:
// both take turns that grow, so that a dead network costs one attempt more a turn.

/** Why settings are not in force although the file has them. */
export interface Condemnation {
  /** Which settings: salted hash. */
  readonly fingerprint: string;
  /** Salted hash of the SIM that they were tried with; another one may like them. */
  readonly sim?: string | undefined;
  /** The network or the carrier said no, or nothing passed while the proven ones did. */
  readonly how: 'refused' | 'silent';
  /** What was refused, for people. */
  readonly class?: string | undefined;
  readonly cause?: number | undefined;
  readonly apn?: string | undefined;
}

/** What is done with the file's settings. */
export type Standing =
  /** They are in force, and nothing is on trial. */
  | { readonly kind: 'settled' }
  /** They are in force, on trial. */
  | Turn<'trying'>
  /** The proven ones are in force, to see whether traffic passes with those. */
  | Turn<'comparing'>
  /** The proven ones are in force for as long as the file has these. */
  | { readonly kind: 'condemned'; readonly by: Condemnation };

/** One of the two sides has its turn. */
interface Turn<K extends string> {
  readonly kind: K;
  /** Milliseconds of it in which traffic could have passed. */
  readonly spentMs: number;
  /** How long it lasts; undefined: the other side was refused, and gets none any more. */
  readonly turnMs: number | undefined;
  /** How often the proven ones carried traffic in a turn of theirs. */
  readonly passes: number;
}

/** What is known of the file's settings, and of those that were condemned before. */
export interface Trials {
  /** The file's settings: salted hash. */
  readonly fingerprint: string;
  readonly standing: Standing;
  /** Oldest first. */
  readonly condemned: readonly Condemnation[];
}

/** The settings of a file that was just read. */
export interface LoadedSettings {
  readonly fingerprint: string;
  /** There are proven ones, and they differ. */
  readonly differs: boolean;
  /** Salted hash of the SIM in use, where it is known. */
  readonly sim: string | undefined;
}

/** What the connection went through under the settings in force. */
export type TrialEvent =
  /** A session carried traffic. */
  | { readonly kind: 'passed'; readonly sim?: string | undefined }
  /** Every APN of the settings in force was refused, or the credentials were. */
  | {
      readonly kind: 'refused';
      readonly class: string;
      readonly cause?: number | undefined;
      readonly apn?: string | undefined;
      readonly sim?: string | undefined;
    }
  /** So many milliseconds went by in which traffic could have passed. */
  | { readonly kind: 'spent'; readonly ms: number }
  /** A SIM is there: salted hash. */
  | { readonly kind: 'simSeen'; readonly sim: string }
  /** A person ends the trial; one that was condemned is tried again. */
  | { readonly kind: 'accepted' };

/** As many changes as somebody tries in vain before one works. */
const KEPT_CONDEMNED = 20;

/** Turns double up to this, or to recovery.trial where that is longer. */
const LONGEST_TURN_MS = 3_600_000;

/** The second turn, which a connect and a probe fit into many times. */
const SECOND_TURN_MS = 120_000;

/**
 * The part of a turn that a start of the program costs: a daemon that is killed again and again
 * would otherwise try for ever.
 */
const START_COST = 1 / 20;

/** Nothing is known, nothing is on trial. */
export const noTrials: Trials = { fingerprint: '', standing: { kind: 'settled' }, condemned: [] };

/** Whether the proven settings are in force, and not those of the file. */
export const isBack = ({ standing }: Trials): boolean => standing.kind === 'comparing' || standing.kind === 'condemned';

/** Whether time is counted. */
export const isRunning = ({ standing }: Trials): boolean => standing.kind === 'trying' || standing.kind === 'comparing';

const fresh = (turnMs: number, passes = 0): Standing => ({ kind: 'trying', spentMs: 0, turnMs, passes });

/**
 * The trials after the file was read. What was under way with the same settings goes on.
 * @param limitMs recovery.trial; 0: nothing is on trial.
 * @param isStart The program has just started.
 */
export function afterLoading(
  trials: Trials,
  loaded: LoadedSettings,
  { limitMs, isStart }: { readonly limitMs: number; readonly isStart: boolean },
): Trials {
  const { fingerprint, differs, sim } = loaded;
  const { condemned } = trials;
  if (limitMs === 0 || !differs) return { fingerprint, condemned, standing: { kind: 'settled' } };
  const by = condemned.find((one) => one.fingerprint === fingerprint && isOf(one, sim));
  if (by !== undefined) return { fingerprint, condemned, standing: { kind: 'condemned', by } };
  if (trials.fingerprint !== fingerprint || !isRunning(trials))
    return { fingerprint, condemned, standing: fresh(limitMs) };
  return isStart ? spend(trials, START_COST * limitMs, limitMs) : trials;
}

/** Whether what was condemned with one SIM holds for `sim`; it does where either is not known. */
const isOf = (by: Condemnation, sim: string | undefined): boolean =>
  by.sim === undefined || sim === undefined || by.sim === sim;

/** The trials after `event`; the same object where it changes nothing. */
export function afterTrialEvent(trials: Trials, event: TrialEvent, limitMs: number): Trials {
  switch (event.kind) {
    case 'passed':
      return afterTraffic(trials, event.sim, limitMs);
    case 'refused':
      return afterRefusedSettings(trials, event);
    case 'spent':
      return spend(trials, event.ms, limitMs);
    case 'simSeen':
      return trials.standing.kind === 'condemned' && !isOf(trials.standing.by, event.sim)
        ? { ...trials, standing: fresh(limitMs) }
        : trials;
    case 'accepted':
      return afterAccepting(trials, limitMs);
  }
}

function afterTraffic(trials: Trials, sim: string | undefined, limitMs: number): Trials {
  const { fingerprint, standing } = trials;
  if (standing.kind === 'trying') return { ...trials, standing: { kind: 'settled' } };
  if (standing.kind !== 'comparing') return trials;
  if (standing.passes > 0) return condemn(trials, { fingerprint, how: 'silent', ...(sim !== undefined && { sim }) });
  return { ...trials, standing: fresh(Math.min(limitMs, SECOND_TURN_MS), standing.passes + 1) };
}

/** Whoever was refused gets no other turn by itself. */
function afterRefusedSettings(trials: Trials, event: Extract<TrialEvent, { kind: 'refused' }>): Trials {
  const { standing, fingerprint } = trials;
  const { kind: _, ...what } = event;
  if (standing.kind === 'trying' && standing.turnMs !== undefined)
    return condemn(trials, { fingerprint, how: 'refused', ...what });
  if (standing.kind === 'comparing')
    return { ...trials, standing: { ...standing, kind: 'trying', spentMs: 0, turnMs: undefined } };
  return trials;
}

function condemn(trials: Trials, by: Condemnation): Trials {
  const others = trials.condemned.filter((one) => one.fingerprint !== by.fingerprint || one.sim !== by.sim);
  const condemned = [...others, by].slice(-KEPT_CONDEMNED);
  return { ...trials, condemned, standing: { kind: 'condemned', by } };
}

function spend(trials: Trials, ms: number, limitMs: number): Trials {
  const { standing } = trials;
  if (standing.kind !== 'trying' && standing.kind !== 'comparing') return trials;
  const { turnMs, passes } = standing;
  const spentMs = standing.spentMs + ms;
  if (turnMs === undefined) return trials;
  if (spentMs < turnMs) return ms === 0 ? trials : { ...trials, standing: { ...standing, spentMs } };
  const isOver = standing.kind === 'comparing';
  const longest = Math.max(LONGEST_TURN_MS, limitMs);
  const next = isOver ? Math.min(2 * turnMs, longest) : turnMs;
  const kind = isOver ? 'trying' : 'comparing';
  return { ...trials, standing: { kind, spentMs: 0, turnMs: next, passes } };
}

function afterAccepting(trials: Trials, limitMs: number): Trials {
  const { fingerprint, standing } = trials;
  if (standing.kind === 'settled') return trials;
  if (standing.kind !== 'condemned') return { ...trials, standing: { kind: 'settled' } };
  const condemned = trials.condemned.filter((one) => one.fingerprint !== fingerprint);
  return { ...trials, condemned, standing: fresh(limitMs) };
}
