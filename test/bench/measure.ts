// One round in one fresh world: a cold start, bearer drops, a replug. The same steps and the same
// yardstick for every contender.

import type { WorldProcess } from '../world/process.ts';
import { World } from '../world/world.ts';
import type { Contender } from './contenders.ts';
import { Echoes, monotonicMs } from './echoes.ts';

export interface RoundPlan {
  readonly drops: number;
  readonly replug: boolean;
  /** Whether it is killed at the end, and started again beside the link that it left. */
  readonly adopt?: boolean;
}

/** All in ms. */
export interface RoundResult {
  readonly cold: number;
  readonly drops: readonly number[];
  /**
   * From each drop to the moment at which the modem was told to connect; the rest is ModemManager's
   * work and the link's configuration.
   */
  readonly reactions: readonly number[];
  readonly replugs: readonly number[];
  /** From the start beside a live link until it says that it has adopted it. */
  readonly adopted: readonly number[];
}

/** Between two events, so that whatever follows the one is over before the other. */
const restMs = 1_000;

/** Beyond this a contender has failed, not merely lost. */
const timeoutMs = 60_000;

/** Carries out `plan`. @throws with the contender's output when it does not come online */
export async function round(contender: Contender, plan: RoundPlan): Promise<RoundResult> {
  const world = await World.start({ profile: contender.modem });
  try {
    const echoes = await Echoes.start(world);
    const { at, process } = await contender.start(world);
    try {
      const cold = (await echoes.backAfter(at, timeoutMs)).to - at;
      const drops: Drop[] = [];
      for (let number = 0; number < plan.drops; number += 1) drops.push(await drop(world, echoes));
      const replugs = plan.replug ? [await replug(world, echoes)] : [];
      const adopted = plan.adopt ? [await adopt(contender, world, process)] : [];
      return { cold, drops: drops.map(({ back }) => back), reactions: drops.map(({ told }) => told), replugs, adopted };
    } catch (error) {
      throw new Error(`${contender.name}: ${String(error)}\n${process.stdout}${process.stderr}`, { cause: error });
    }
  } finally {
    await world.stop();
  }
}

interface Drop {
  readonly told: number;
  readonly back: number;
}

async function drop(world: World, echoes: Echoes): Promise<Drop> {
  await rest();
  await world.modem.clearAttempts();
  await world.modem.dropBearer();
  const [dropped, droppedWall] = [monotonicMs(), Date.now()];
  const { to } = await echoes.backAfter(dropped, timeoutMs);
  const activation = (await world.modem.attempts()).find(({ kind }) => kind === 'activate');
  return { told: (activation?.at ?? Number.NaN) - droppedWall, back: to - dropped };
}

async function replug(world: World, echoes: Echoes): Promise<number> {
  await rest();
  await world.usb.unplug();
  await world.modemManager.waitForNoModem();
  await rest();
  const plugged = monotonicMs();
  await world.usb.plug();
  return (await echoes.backAfter(plugged, timeoutMs)).to - plugged;
}

async function adopt(contender: Contender, world: World, before: WorldProcess): Promise<number> {
  await rest();
  await before.end('SIGKILL');
  const { at, process } = await contender.start(world);
  await process.waitForOutput(/adopted=true/);
  return monotonicMs() - at;
}

export function rest(ms = restMs): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
