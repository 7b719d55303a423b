// Plays one row of the table on one manager in a world of its own, and says how it went.

import { defaultModem, type ModemName } from '../world/profiles.ts';
import { World } from '../world/world.ts';
import { bearerFaults, type Condition, differences, readCondition } from './condition.ts';
import { apn, type Fault, type Settings, type Situation } from './fault.ts';
import type { ManagerKind } from './managers.ts';
import { Reachability } from './reachability.ts';
import { heavyOf, type Rungs, readRungs, rungsSince } from './rungs.ts';

export interface Outcome {
  readonly name: string;
  readonly survived: boolean;
  /**
   * Seconds without an answer since the fault; the row's limit when it was not back and right by
   * then.
   */
  readonly seconds: number;
  /** Activations that the carrier saw since the fault. */
  readonly attempts: number;
  /** Of these, refused. */
  readonly refused: number;
  /** More activations than the policy admits. */
  readonly tooMany: boolean;
  /** What else was done to the modem; undefined when the row broke. */
  readonly rungs: Rungs | undefined;
  /** Whether the row counts rungs: faults that no rung mends. */
  readonly gentle: boolean;
  /** Why it was not survived, or what else was wrong. */
  readonly reasons: readonly string[];
  readonly journal: string;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const onlineDeadlineMs = 30_000;
const graceMs = 2_500;
const defaultLimit = 45;

/**
 * Plays `fault` on `manager`, with the modem that the environment names when none is given. @throws
 * when the world itself breaks, never for what the manager does
 */
export async function play(fault: Fault, manager: ManagerKind, modem: ModemName = defaultModem()): Promise<Outcome> {
  const world = await World.start({ activatable: true, profile: modem, ...fault.world });
  try {
    return await playIn(world, fault, manager);
  } finally {
    await world.stop();
  }
}

async function playIn(world: World, fault: Fault, kind: ManagerKind): Promise<Outcome> {
  const settings: Settings = { apn, ...fault.settings };
  const reachability = new Reachability(world, fault);
  const setup = { world, settings, stateDirectory: kind.stateDirectory, until, sleep };
  await fault.before?.(setup);
  const began = Date.now();
  const manager = await kind.start(world, settings);
  const situation: Situation = { ...setup, manager, reachability };
  try {
    const reference = fault.fresh === true ? undefined : await settled(situation, fault);
    const from = fault.fresh === true ? began : Date.now();
    if (fault.fresh !== true) await world.modem.clearAttempts();
    const before = await readRungs(world);
    if (fault.fresh === true) await reachability.start();
    const verdict = await breakAndWait(situation, fault, from, reference);
    const rungs = rungsSince(before, await readRungs(world));
    return await outcomeOf(situation, fault, from, { ...verdict, rungs });
  } finally {
    manager.release();
  }
}

/** Online for the first time; what is then there is what must be there again. */
async function settled(situation: Situation, fault: Fault): Promise<Condition> {
  const { reachability, world } = situation;
  await reachability.start();
  const online = (): boolean => reachability.answersSince !== undefined;
  await until('being online for the first time', online, onlineDeadlineMs).catch((error: unknown) => {
    throw new Error(`${String(error)}; its journal:\n${situation.manager.journal}`);
  });
  // What is not bound may have gone by another way.
  const linked = () => world.ping(fault.target, { from: 'wwan0' });
  if (fault.unbound === true) await until('being online by wwan0 for the first time', linked, onlineDeadlineMs);
  await sleep(700);
  const reference = await readCondition(world);
  if (fault.quiet === true) await reachability.stop();
  return reference;
}

interface Verdict {
  /** What went wrong on the way, although it may have come back. */
  readonly said: readonly string[];
  /** What still was wrong at the limit; empty when it was reachable and right again. */
  readonly wrong: readonly string[];
}

/** Plays the fault and waits until all is well, or the limit has passed. */
async function breakAndWait(
  situation: Situation,
  fault: Fault,
  from: number,
  reference: Condition | undefined,
): Promise<Verdict> {
  const limitMs = watchedOf(fault) * 1000;
  const said = await fault.break(situation).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
  const broken = Date.now();
  const deadline = Math.max(from + limitMs, broken + graceMs);
  if (fault.quiet === true) await connectedAnew(situation, deadline);
  let wrong: readonly string[] = ['it never answered again'];
  while (Date.now() < deadline + (fault.settleMs ?? 1500)) {
    await sleep(50);
    const since = situation.reachability.answersSince;
    if (since === undefined || since > deadline) continue;
    const steadyMs = Date.now() - Math.max(since, broken);
    if (steadyMs < (fault.settleMs ?? 1500)) continue;
    wrong = await faultsOf(situation, fault, reference);
    if (wrong.length === 0) return { said, wrong };
  }
  return { said, wrong };
}

async function faultsOf(
  situation: Situation,
  fault: Fault,
  reference: Condition | undefined,
): Promise<readonly string[]> {
  const now = await readCondition(situation.world);
  return [
    ...(reference === undefined || fault.unbound === true ? [] : differences(reference, now)),
    ...(now.lines.filter((line) => /^address [^:]+$/.test(line)).length === 1 ? [] : ['not exactly one IPv4 address']),
    ...(await bearerFaults(situation.world)),
    ...(await situation.manager.managed.complaints()),
    ...((await fault.holds?.(situation)) ?? []),
  ];
}

async function connectedAnew(situation: Situation, deadline: number): Promise<void> {
  const accepted = async (): Promise<boolean> =>
    (await situation.world.modem.attempts()).some((attempt) => attempt.kind === 'activate' && attempt.accepted);
  await until('a new connection', accepted, deadline - Date.now()).catch(() => {});
  await situation.reachability.start();
}

async function outcomeOf(
  { world, manager, reachability }: Situation,
  fault: Fault,
  from: number,
  { said, wrong, rungs }: Verdict & { readonly rungs: Rungs },
): Promise<Outcome> {
  const activations = (await world.modem.attempts()).filter(({ kind }) => kind === 'activate');
  const limit = fault.limit ?? defaultLimit;
  const watched = watchedOf(fault);
  const first = fault.quiet === true ? reachability.samples.find(({ at }) => at >= from)?.at : undefined;
  const seconds = first === undefined ? reachability.offlineMs(from) / 1000 : (first - from) / 1000;
  const allowed = fault.attempts ?? (fault.lossless === true ? 0 : 1);
  const lost = fault.lossless === true ? reachability.lost(from) : 0;
  const tooMany = activations.length > allowed;
  const failures = [
    ...said,
    ...wrong,
    ...(wrong.length === 0 && limit < watched && seconds > limit
      ? [`back after ${Math.round(seconds)} s, ${limit} s admitted`]
      : []),
    ...(lost > 0 ? [`${lost} pings lost`] : []),
    ...rungFaults(fault, rungs),
    ...(manager.ends > (fault.ends ?? 0) ? [`it ended unasked ${manager.ends} times`] : []),
  ];
  return {
    name: fault.name,
    survived: failures.length === 0,
    seconds: wrong.length > 0 ? watched : Math.min(watched, seconds),
    attempts: activations.length,
    refused: activations.filter(({ accepted }) => !accepted).length,
    tooMany,
    rungs,
    gentle: fault.heavyRungs === 0,
    reasons: [...failures, ...(tooMany ? [`${activations.length} attempts, the policy admits ${allowed}`] : [])],
    journal: manager.journal,
  };
}

/** How long a row is looked at, in seconds. */
const watchedOf = ({ limit = defaultLimit, watched = 0 }: Fault): number => Math.max(limit, watched);

/** What was done to the modem that the row does not admit. */
function rungFaults({ heavyRungs, radioCycles }: Fault, rungs: Rungs): readonly string[] {
  const heavy = heavyOf(rungs);
  return [
    ...(heavy > (heavyRungs ?? heavy) ? [`${heavy} rungs above the radio cycle, ${heavyRungs} admitted`] : []),
    ...(rungs.radioCycles > (radioCycles ?? rungs.radioCycles)
      ? [`${rungs.radioCycles} radio cycles, ${radioCycles} admitted`]
      : []),
  ];
}

async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(20);
  }
}
