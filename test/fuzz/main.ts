// npm run fuzz [-- --runs N] [--only NAME] [--seed N]: each parser of what comes from outside with
// N inputs (default 100,000). Not part of npm test; a failure prints its smallest input and the
// seed that finds it again.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { targets } from './targets.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    seed: { type: 'string' },
  },
});

const numRuns = Number.parseInt(options.runs, 10);
const seed = options.seed === undefined ? Date.now() & 0x7fff_ffff : Number.parseInt(options.seed, 10);

for (const { name, property } of targets.filter((one) => one.name.includes(options.only))) {
  const began = performance.now();
  const result = await fc.check(property, { numRuns, seed });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${name}: ${result.numRuns} inputs in ${seconds} s${result.failed ? ', FAILED' : ''}\n`);
  if (!result.failed) continue;
  process.stdout.write(`${fc.defaultReportMessage(result) ?? ''}\n`);
  process.exitCode = 1;
}
process.stdout.write(`seed ${seed}\n`);
