// Whether the next connect or Enable may go out now, or how long it is waited for. Pure.
import type { Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { textsFingerprint } from '../../state/pins.ts';
import { type Connection, modemOf } from '../connection.ts';
import type { Attach } from '../phase/phase.ts';
import { dropLinkUnlessInSession, enter, stopForPlan } from '../phase/transitions.ts';
import type { Policy, Step } from '../policy.ts';
import { ApnTries } from './apn-tries.ts';
import { countAttempt, HOUR_MS, heldByCeiling, isMoment, TIMER_SLACK_MS, within } from './attempts.ts';
import { askedWithFingerprint } from './fingerprints.ts';
import { heldUntil } from './holds.ts';
import { manyEnds, restedUntil } from './manager-ends.ts';
import { usedUpNow } from './used-up.ts';

/**
 * A power cut takes a whole fleet; boards that booted less than this ago spread their first try.
 */
const BOOT_WINDOW_MS = 120_000;

const CEILING = 'the hourly ceiling of attempts is reached';
const SPREAD = 'boards booting together are spread';

/**
 * The next connect: now, or when a hold after a refusal, the hourly ceiling and the boot's spread
 * admit it. Entering `connecting` is what counts the attempt, so that no path to the carrier goes
 * uncounted, nor past a data plan that is used up.
 */
export function towardsConnecting(connection: Connection, modem: Modem, { at, policy }: Step): Connection {
  const usedUp = usedUpNow(connection);
  if (usedUp !== undefined) return stopForPlan(connection, modem, usedUp, at);
  const now = at.monotonicMs;
  const { memory } = connection;
  // An event that cut the wait after a failure short does not end it at once.
  const isCut = now < connection.rest.scheduledMs - TIMER_SLACK_MS;
  const { untilMs, told } = longestOf([
    managerCalm(connection, now),
    { untilMs: heldByCeiling(memory, policy, now) ?? now, told: CEILING },
    { untilMs: spreadUntil(connection, modem, policy.bootSpreadMs, now), told: SPREAD },
    { untilMs: heldUntil(memory, modem) },
    { untilMs: isCut ? connection.rest.cutMs : now },
  ]);
  if (untilMs - now > TIMER_SLACK_MS) {
    const failure = connection.lastFailure?.failure;
    const reason = told ?? failure?.reason ?? connection.outage?.reason ?? 'the next attempt is not due';
    const waiting = isMoment(untilMs - now) && memory.failures === 0 ? connection : dropLinkUnlessInSession(connection);
    return enter(waiting, { kind: 'waiting', untilMs, failure, reason }, at);
  }
  const settings = { ...policy.connect, ...new ApnTries(policy, connection).current };
  const counted: Connection = {
    ...connection,
    cuts: connection.cuts + (isCut ? 1 : 0),
    memory: countAttempt(memory, now),
  };
  // Without a network ModemManager gives up after 60 s. Cancelled before, it goes on inside, and up
  // to 1.20 takes the modem for enabled again in the middle of a radio cycle.
  const deadlineMs = modem.state === 'registered' ? connectDeadline(memory) : undefined;
  return enter(counted, { kind: 'connecting', modem, settings, deadlineMs }, at);
}

/** What is waited for: until when, and what is told of it, where that is not the last failure. */
interface Wait {
  readonly untilMs: number;
  readonly told?: string | undefined;
}

/** The wait that ends last; of those that end together the first. */
const longestOf = (waits: readonly [Wait, ...Wait[]]): Wait =>
  waits.reduce((longest, wait) => (wait.untilMs > longest.untilMs ? wait : longest));

/** A ModemManager that keeps ending is left alone meanwhile. */
const managerCalm = ({ managerEnds }: Connection, now: number): Wait => ({
  untilMs: restedUntil(managerEnds),
  told: manyEnds(managerEnds, now),
});

/** A connect that takes this many times as long as the longest of late will not end by itself. */
const CONNECT_PATIENCE = 10;
const LEAST_CONNECT_DEADLINE_MS = 45_000;

/**
 * Where no connect has succeeded yet: one answer of a MBIM modem may take 60 s (mm-bearer-mbim.c).
 * Each failed attempt doubles it, so that a modem that only is slow is waited for in the end.
 */
const FIRST_CONNECT_DEADLINE_MS = 60_000;
/** From here on ModemManager's own limit of 180 s comes first. */
const MODEM_MANAGERS_LIMIT_MS = 180_000;

/**
 * When to cancel a connect, by how long those took that succeeded; undefined: ModemManager does.
 */
function connectDeadline({ connectMs = [], failures }: Memory): number | undefined {
  if (connectMs.length === 0) {
    const deadline = FIRST_CONNECT_DEADLINE_MS * 2 ** failures;
    return deadline < MODEM_MANAGERS_LIMIT_MS ? deadline : undefined;
  }
  return Math.max(LEAST_CONNECT_DEADLINE_MS, CONNECT_PATIENCE * Math.max(...connectMs));
}

/** Enable is a call to ModemManager and the modem, not to the carrier; still it has a ceiling. */
const ENABLES_PER_HOUR = 30;

/** The next Enable: now, or when the wait after a failed one and the hourly ceiling admit it. */
export function towardsEnabling(connection: Connection, modem: Modem, { at, policy }: Step): Connection {
  const now = at.monotonicMs;
  const { enables, lastFailure } = connection;
  const sentAt = within(enables.sentAt, HOUR_MS, now);
  const oldestThatCounts = sentAt[sentAt.length - ENABLES_PER_HOUR];
  const { untilMs, told } = longestOf([
    managerCalm(connection, now),
    { untilMs: enables.notBefore },
    { untilMs: oldestThatCounts === undefined ? now : oldestThatCounts + HOUR_MS },
  ]);
  const dropped = dropLinkUnlessInSession(connection);
  if (untilMs - now > TIMER_SLACK_MS) {
    const failure = lastFailure?.failure;
    const reason = told ?? failure?.reason ?? 'the modem was enabled too often within an hour';
    return enter(dropped, { kind: 'waiting', untilMs, failure, reason }, at);
  }
  const attach = attachFor(connection, modem, policy);
  // The network is asked for another attach: that counts like an attempt.
  const memory = attach === undefined ? dropped.memory : countAttempt(dropped.memory, now);
  const counted: Connection = { ...dropped, memory, enables: { ...enables, sentAt: [...sentAt, now] } };
  return enter(counted, { kind: 'enabling', modem, attach }, at);
}

/**
 * A modem that ModemManager has enabled already, or left enabled, attaches with what it had then:
 * it is enabled anew where the config wants something else and no session would be lost.
 */
export function mustAttachAnew(connection: Connection, modem: Modem, { policy }: Step): boolean {
  return connection.sessionSince === undefined && attachFor(connection, modem, policy) !== undefined;
}

/**
 * Until when no session may be given up for another one, which takes a connect, and an attach
 * before it where the config wants another one: without both the session would be lost for an hour.
 * Undefined: no longer.
 */
export function sessionHeldUntil(connection: Connection, { at, policy }: Step): number | undefined {
  const modem = modemOf(connection.facts);
  const attaches = modem !== undefined && attachFor(connection, modem, policy) !== undefined;
  return heldByCeiling(connection.memory, policy, at.monotonicMs, attaches ? 2 : 1);
}

/** What the modem is to attach with, where the config says so and the modem has another APN. */
function attachFor(connection: Connection, modem: Modem, policy: Policy): Attach | undefined {
  const { attachApn, connect } = policy;
  const { memory } = connection;
  const held = modem.initialEpsBearerApn;
  if (attachApn === 'keep' || held === undefined) return undefined;
  const first = new ApnTries(policy, connection).current;
  const wanted = attachApn === 'same' ? first.apn : attachApn === 'none' ? '' : attachApn;
  if (wanted.toLowerCase() === held.toLowerCase()) return undefined;
  // Roaming is about data, and the modem attaches in any case.
  const { user, password, allowedAuth, allowRoaming: _, ...forgotten } = connect;
  forgotten satisfies Record<string, never>;
  const isSame = attachApn === 'same';
  const settings = { apn: wanted, ipType: first.ipType, ...(isSame && { user, password, allowedAuth }) };
  const askedWith = isSame ? askedWithFingerprint(memory, policy) : '';
  const fingerprint = textsFingerprint(memory.salt, [modem.path, held, wanted, first.ipType, askedWith]);
  return fingerprint === memory.attachAsked ? undefined : { settings, fingerprint };
}

/** The connection after an Enable was answered: knows what the modem was asked to attach with. */
export function rememberAttach(connection: Connection): Connection {
  const { memory, phase } = connection;
  if (phase.kind !== 'enabling' || phase.attach === undefined) return connection;
  return { ...connection, memory: { ...memory, attachAsked: phase.attach.fingerprint } };
}

/**
 * When this board's turn is among those that boot together; `now` for all but the first attempt of
 * a boot. A turn that is being waited for already stays where it is.
 */
function spreadUntil({ memory, phase }: Connection, modem: Modem, spreadMs: number, now: number): number {
  const firstOfThisBoot = now < BOOT_WINDOW_MS && !memory.attempts.some((stamp) => stamp > 0);
  if (!firstOfThisBoot) return now;
  const turn = now + spreadMs * fractionOf(modem.equipmentIdentifier);
  return phase.kind === 'waiting' ? Math.min(turn, phase.untilMs) : turn;
}

/**
 * A number in [0, 1) that only depends on `imei`. Its last digits but the check digit count devices
 * up, so neighbours are spread evenly.
 */
function fractionOf(imei: string): number {
  let hash = 0;
  for (const digit of imei) hash = (Math.imul(hash, 31) + digit.charCodeAt(0)) >>> 0;
  return ((Math.imul(hash, 2_654_435_761) >>> 0) % 10_000) / 10_000;
}
