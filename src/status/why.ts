// Says in one or two sentences why the board is online or offline, what happens next, and what a
// person can do. Pure.
import { spoken, spokenBytes, timeOfDay } from '../system/spoken.ts';
import type { Status } from './schema.ts';
import { barsText, strengthText } from './signal.ts';

const sinceThen = (time: string, now: number) => spoken(now - Date.parse(time));

/** A standing warning with what can be done about it. */
export const warningSentence = ({ text, remedy }: Pick<Status['warnings'][number], 'text' | 'remedy'>): string =>
  remedy === undefined ? text : `${text}. Remedy: ${remedy}`;

/**
 * The answer of `percept-lte why`.
 * @param now Milliseconds since the Unix epoch.
 */
export function whySentence(status: Status, now: number): string {
  if (status.phase === 'online') return online(status, now);
  // While ModemManager is away, the link is left as it is.
  if (status.phase === 'riding' && status.link) {
    return online(status, now, ['ModemManager is away, the link is kept']);
  }
  // Nor is a session that it does not know of any more, until another one is admitted.
  if (status.phase === 'waiting' && status.link && status.offlineSince === undefined) {
    const { reason, attempts } = status;
    const next = attempts.nextAt === undefined ? '' : ` (at ${timeOfDay(attempts.nextAt, now)})`;
    return online(status, now, [`${reason}${next}`]);
  }
  return offline(status, now);
}

function online(
  { since, modem, link, profile, trial, uplinks = [], warnings }: Status,
  now: number,
  more: readonly string[] = [],
): string {
  const technology =
    modem === undefined || modem.accessTechnologies.length === 0 ? 'LTE' : technologyName(modem.accessTechnologies);
  const address = link?.addresses[0]?.replace(/\/\d+$/, '');
  const where = [
    modem?.operatorName || modem?.operatorCode,
    link && (address === undefined ? link.interface : `${address} on ${link.interface}`),
    profile && `profile ${profile}`,
    modem && signalText(modem),
  ].filter(Boolean);
  const proof = link?.lastProof;
  const reach = link?.reach;
  const isShut = reach?.verdict === 'not-through' && reach.isFault;
  const taken = uplinks.find(({ takenOver }) => takenOver !== undefined);
  const but = [...deadUplinks(uplinks, now), ...more, ...warnings.map(warningSentence)];
  const state = isShut ? 'connected' : taken ? 'up' : 'online';
  return [
    taken && `online by ${link?.interface ?? 'LTE'}; ${deadUplink(taken, now)} (${carriedBy(taken)})`,
    `${state} for ${sinceThen(link?.since ?? since, now)} over ${technology}${where.length === 0 ? '' : ` (${where.join(', ')})`}`,
    proof &&
      `last proof ${sinceThen(proof.at, now)} ago: ${proof.by}${proof.roundTripMs === undefined ? '' : ` in ${Math.round(proof.roundTripMs)} ms`}`,
    reach?.verdict === 'through' && `through to ${reach.by} ${sinceThen(reach.at, now)} ago`,
    isShut && `not through since ${timeOfDay(reach.since, now)}`,
    trial?.state === 'trying' && onTrial(trial, now),
    but.length > 0 && `but: ${but.join('; ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}

const signalText = (modem: NonNullable<Status['modem']>) =>
  ['signal', [barsText(modem), strengthText(modem)].filter(Boolean).join(', ')].join(' ');

type Uplink = NonNullable<Status['uplinks']>[number];

const deadUplink = ({ interface: name, since }: Uplink, now: number) =>
  `${name} is connected but nothing answers through it${since === undefined ? '' : ` since ${timeOfDay(since, now)}`}`;

const carriedBy = ({ takenOver }: Uplink) => `LTE has carried ${spokenBytes(takenOver?.bytes ?? 0)} meanwhile`;

/** Those that keep their traffic although they are dead. */
const deadUplinks = (uplinks: readonly Uplink[], now: number) =>
  uplinks
    .filter(({ verdict, family }) => {
      const isTaken = uplinks.some((other) => other.family === family && other.takenOver !== undefined);
      return verdict === 'silent' && !isTaken;
    })
    .map((uplink) => `${deadUplink(uplink, now)}, nor has it by LTE`);

function onTrial({ changed, until }: NonNullable<Status['trial']>, now: number): string {
  return `${changed.join(', ')} on trial${until === undefined ? '' : ` until ${timeOfDay(until, now)}`}`;
}

const notInForce = ({ changed }: NonNullable<Status['trial']>) => `${changed.join(', ')} of the file not in use`;

const technologyName = (technologies: readonly string[]) =>
  technologies.map((name) => (name === '5gnr' ? '5G' : name.toUpperCase())).join(' and ');

function offline(status: Status, now: number): string {
  const { attempts, phase, ladder, offlineSince, since, reason, remedy, profile, trial } = status;
  const length = `offline for ${sinceThen(offlineSince ?? since, now)}`;
  if (phase === 'stopping') return `${length}: percept-lte is being stopped`;
  const parts = [`${length}: ${reason}`];
  if (profile) parts.push(`profile ${profile}`);
  const next = attempts.nextAt;
  if (next !== undefined) {
    parts.push(Date.parse(next) > now ? `next attempt at ${timeOfDay(next, now)}` : 'next attempt now');
  }
  if (attempts.usedThisHour > 0 || attempts.consecutiveFailures > 0) {
    parts.push(`attempts ${attempts.usedThisHour} of ${attempts.limitPerHour} this hour`);
  }
  if (trial !== undefined) parts.push(trial.state === 'trying' ? onTrial(trial, now) : notInForce(trial));
  if (ladder.rung) parts.push(`recovery: ${ladder.rung}`);
  if (remedy) parts.push(`fix: ${remedy}`);
  return parts.join('; ');
}
