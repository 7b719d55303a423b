// The journal's lines about the host's other ways out: which is dead, and when LTE goes before it.
// Pure.
import type { Family } from '../../ip/address.ts';
import type { Connection } from '../connection.ts';
import { type BetterWays, frontOf, type Judgement } from '../uplinks/better-ways.ts';
import type { Line } from './line.ts';

/** What to say of a change of the other ways out; undefined where it is not worth a line. */
export function narrateUplinks(from: Connection, to: Connection): Line | undefined {
  const families = [4, 6] as const;
  const lines = families.map((family) => narrateFamily(family, from.uplinks[family], to.uplinks[family], to));
  return lines.find((line) => line !== undefined);
}

function narrateFamily(family: Family, from: BetterWays, to: BetterWays, { link }: Connection): Line | undefined {
  const own = link?.wanted.interface ?? 'LTE';
  if (from.taken === undefined && to.taken !== undefined) {
    const { interface: name, metric } = to.taken.from;
    const message = `${name} is connected but nothing answers through it; ${own} goes before it`;
    const { since } = to.judged.find((one) => one.interface === name) ?? to.taken;
    const silentMs = Math.round(to.taken.since.monotonicMs - since.monotonicMs);
    return { level: 'warn', message, fields: { ...fieldsOf(family, metric), silentMs } };
  }
  if (from.taken !== undefined && to.taken === undefined) {
    const { interface: name, metric } = from.taken.from;
    const [front] = frontOf(to);
    const message =
      front === undefined
        ? `${name} is gone; ${own} goes before nobody`
        : `${front.interface} goes before ${own} again`;
    return { level: 'info', message, fields: { ...fieldsOf(family, metric), bytes: from.taken.bytes } };
  }
  const judged = to.judged.find((one) => !from.judged.includes(one));
  return judged && narrateJudgement(family, judged, from, own);
}

function narrateJudgement(family: Family, judged: Judgement, from: BetterWays, own: string): Line | undefined {
  const before = from.judged.find((one) => one.interface === judged.interface);
  if (before?.verdict === judged.verdict) return undefined;
  const fields = fieldsOf(family, judged.metric);
  const name = judged.interface;
  if (judged.verdict === 'silent')
    return { level: 'warn', message: `${name} goes before ${own}, and nothing answers through it`, fields };
  if (judged.verdict === 'unclear')
    return { level: 'debug', message: `it cannot be told whether ${name} leads to the internet`, fields };
  if (before?.verdict !== 'silent') return { level: 'debug', message: `${name} leads to the internet`, fields };
  return { level: 'info', message: `${name} answers again; it goes first when it has for a while`, fields };
}

const fieldsOf = (family: Family, metric: number) => ({ family: `IPv${family}`, metric });
