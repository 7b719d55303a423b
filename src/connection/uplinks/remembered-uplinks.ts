// A take-over across a restart of the program: without it LTE would step behind the dead uplink
// until that is found dead anew. Pure.
import { type Family, familyOf } from '../../ip/address.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import type { Memory } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import { type BetterWays, NO_BETTER_WAYS, type Uplinks } from './better-ways.ts';

type Remembered = NonNullable<Memory['takenOver']>[number];

/** The memory with the take-overs as they are; unchanged where it has them so. */
export function rememberTakeOvers(memory: Memory, uplinks: Uplinks): Memory {
  const takenOver = ([4, 6] as const).flatMap((family): Remembered[] => {
    const { taken } = uplinks[family];
    if (taken === undefined) return [];
    const { from, since, bytes, counted } = taken;
    const before = memory.takenOver?.find((one) => one.family === family && one.sinceMs === since.monotonicMs);
    // Once written it stands: what is carried is counted from there.
    const countedFrom = before?.countedFrom ?? Math.max(0, counted - bytes);
    return [{ ...from, family, sinceMs: since.monotonicMs, countedFrom }];
  });
  if (JSON.stringify(takenOver) === JSON.stringify(memory.takenOver ?? [])) return memory;
  const { takenOver: _, ...rest } = memory;
  return takenOver.length === 0 ? rest : { ...rest, takenOver };
}

/** The memory for when the link is taken down: the next start finds out anew. */
export const forgetTakeOvers = (memory: Memory): Memory =>
  rememberTakeOvers(memory, { 4: NO_BETTER_WAYS, 6: NO_BETTER_WAYS });

/**
 * The uplinks of a program that has just started, by what an earlier life of this boot remembered,
 * however long ago that was written: nothing is while a take-over lasts.
 */
export function recallUplinks(memory: Memory, at: Moment): Uplinks {
  const of = (family: Family): BetterWays => {
    const found = memory.takenOver?.find((one) => one.family === family && isSound(one));
    return found !== undefined ? recalled(found, at) : NO_BETTER_WAYS;
  };
  return { 4: of(4), 6: of(6) };
}

/** It goes to `ip`. */
function isSound({ interface: name, family, gateway, source }: Remembered): boolean {
  const isAddress = (address: string | undefined) => address === undefined || familyOf(address) === family;
  return isInterfaceName(name) && isAddress(gateway) && isAddress(source);
}

function recalled({ sinceMs, countedFrom, ...from }: Remembered, at: Moment): BetterWays {
  const since = { monotonicMs: sinceMs, wallMs: at.wallMs - (at.monotonicMs - sinceMs) };
  const judgement = { interface: from.interface, metric: from.metric, verdict: 'silent', since } as const;
  const taken = { since, from, bytes: 0, counted: countedFrom };
  return { ways: [from], judged: [judgement], taken, takenAt: [sinceMs] };
}
