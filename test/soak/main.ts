// `npm run soak -- --seed N --minutes M`: runs one soak, prints its figures, and fails when
// something was not as it must be.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { commandFolder } from '../prepare/needs.mjs';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' }, journal: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes ?? 10);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`seed ${seed}, ${minutes} minutes`);
process.env.PATH = await commandFolder('faults');
const result = await soak({ seed, minutes, say });
const { begin, end } = result;
say(
  `faults ${result.faults}, attempts ${result.attempts}, reachable ${(result.reachable * 100).toFixed(1)} % of the time`,
);
say(`online and right ${result.recoveredAfter.toFixed(1)} s after the last fault had healed`);
say(
  `RSS ${begin.rssKb} kB at first, ${end.rssKb} kB at the end; last third ${result.rssGrowth} kB above the middle one`,
);
say(`slope of the second half ${result.rssSlope.toFixed(0)} kB a minute`);
for (const what of ['openFiles', 'matchRules', 'children'] as const) say(`${what}: ${begin[what]} → ${end[what]}`);
say(result.wrong.length === 0 ? 'all as it must be' : `WRONG: ${result.wrong.join('; ')}`);
if (values.journal !== undefined) await writeFile(values.journal, result.journal);
process.exitCode = result.wrong.length === 0 ? 0 : 1;
