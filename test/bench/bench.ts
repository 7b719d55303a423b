// `npm run bench`: this daemon and Debian's NetworkManager side by side, in turns, in worlds of the
// same kind. Times are taken from outside, by pings through wwan0. Nothing here passes or fails on
// a time.

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { networkManager, perceptLte, perceptLteOnQmi } from './contenders.ts';
import { monotonicMs } from './echoes.ts';
import { floodCost } from './flood.ts';
import { idleCost } from './idle.ts';
import { kernelReport } from './kernel.ts';
import { type RoundResult, round } from './measure.ts';
import { asMarkdown, asText, figuresOf, type Report, type Row } from './report.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    idle: { type: 'string', default: '30' },
    flood: { type: 'string' },
    kernel: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench -- [--runs N] [--idle SECONDS] [--json | --markdown], or npm run bench -- --flood SECONDS, or npm run bench -- --kernel
  --runs N        cold starts of each (default 5), with two drops each, and a replug in three of five
  --idle SECONDS  idle time before memory and processor time are read (default 30, 0 leaves it out)
  --flood SECONDS only this: what a stranger on the bus costs that sends the daemon 10,000 signals a second for so long
  --kernel        only this: what a large and a busy routing table of the host costs, measured for the seconds of --idle`;

const contenders = [perceptLte, networkManager, perceptLteOnQmi] as const;
const runs = Math.max(1, Number.parseInt(options.runs, 10) || 5);
const idleMs = Math.max(0, Number.parseFloat(options.idle) || 0) * 1000;

/**
 * What a Node.js program cannot be faster than: from the start of `node -e 0` to its end, in ms.
 */
function bareNode(): number {
  const began = monotonicMs();
  spawnSync(process.execPath, ['-e', '0'], { env: {} });
  return monotonicMs() - began;
}

async function rounds(): Promise<{ results: readonly RoundResult[][]; floor: readonly number[] }> {
  const results: RoundResult[][] = contenders.map(() => []);
  const floor: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    // In turns, and each first in every third run: what the machine does besides meets all.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (run + turn) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const result = await round(contender, { drops: 2, replug: run % 5 < 3 });
      results[index]?.push(result);
      progress(
        `run ${run + 1} of ${runs}: ${contender.name} cold ${Math.round(result.cold)} ms, drops ${inMs(result.drops)}, replug ${inMs(result.replugs)}`,
      );
      floor.push(bareNode());
    }
  }
  return { results, floor };
}

async function measure(): Promise<Report> {
  const { results, floor } = await rounds();
  const row = (what: string, of: (result: RoundResult) => readonly number[]): Row => {
    const [ours, theirs] = results.map((list) => figuresOf(list.flatMap(of)));
    return { what, unit: 'ms', ours: ours ?? figuresOf([]), theirs };
  };
  const onQmi = (of: (result: RoundResult) => readonly number[]): Row => {
    const [ours, , qmi] = results.map((list) => figuresOf(list.flatMap(of)));
    const ratio = ((qmi?.median ?? Number.NaN) / (ours?.median ?? Number.NaN)).toFixed(2);
    return {
      what: `bearer dropped to online on QMI (× ${ratio})`,
      unit: 'ms',
      ours: qmi ?? figuresOf([]),
      theirs: undefined,
    };
  };
  return {
    machine: `${process.platform} ${process.arch}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})`,
    versions: [`Node.js ${process.versions.node}`, version('ModemManager'), version('NetworkManager')].join(', '),
    rows: [
      row('cold start to online', ({ cold }) => [cold]),
      { what: '  `node -e 0` for comparison', unit: 'ms', ours: figuresOf(floor), theirs: undefined },
      row('bearer dropped to online', ({ drops }) => drops),
      row('  of it until the modem is told to connect', ({ reactions }) => reactions),
      onQmi(({ drops }) => drops),
      row('plugged in to online', ({ replugs }) => replugs),
      ...(idleMs > 0 ? await idleRows() : []),
    ],
  };
}

async function idleRows(): Promise<Row[]> {
  progress(`both online and idle for ${idleMs / 1000} s`);
  const [ours, theirs] = await Promise.all([idleCost(perceptLte, idleMs), idleCost(networkManager, idleMs)]);
  const row = (what: string, unit: Row['unit'], of: (cost: typeof ours) => number): Row => ({
    what,
    unit,
    ours: figuresOf([of(ours)]),
    theirs: figuresOf([of(theirs)]),
  });
  return [
    row('memory, proportional (PSS)', 'MiB', ({ pss }) => pss / 1024),
    row('memory, anonymous', 'MiB', ({ anonymous }) => anonymous / 1024),
    row('processor time to come online', 'ms', ({ startCpu }) => startCpu),
    row(`processor time in ${idleMs / 1000} s of idling`, 'ms', ({ idleCpu }) => idleCpu),
  ];
}

/** The daemon alone, quiet and flooded, as lines of text. */
async function flood(seconds: number): Promise<string> {
  const { rate, quiet, flood: flooded } = await floodCost(seconds * 1000);
  const line = (what: string, left: string, right: string) =>
    `${what.padEnd(30)}${left.padStart(16)}${right.padStart(16)}`;
  const drops = (list: readonly number[]) => `${figuresOf(list).median.toFixed(0)} ms`;
  return [
    line('', 'quiet', `${Math.round(rate)} signals/s`),
    line('memory, anonymous', mib(quiet.anonymous), mib(flooded.anonymous)),
    line('processor, of one core', `${(quiet.core * 100).toFixed(1)} %`, `${(flooded.core * 100).toFixed(1)} %`),
    line('dropped to online, median', drops(quiet.drops), drops(flooded.drops)),
    '',
  ].join('\n');
}

const mib = (kib: number): string => `${(kib / 1024).toFixed(1)} MiB`;

/** The first line of `program --version`, with the program's name. */
function version(program: string): string {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const [line = 'unknown'] = (stdout ?? '').split('\n');
  return line.startsWith(program) ? line : `${program} ${line}`;
}

function inMs(values: readonly number[]): string {
  return values.length === 0 ? '-' : `${values.map((value) => Math.round(value)).join(' ')} ms`;
}

function progress(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (options.help) {
  process.stdout.write(`${usage}\n`);
} else if (options.flood !== undefined) {
  process.stdout.write(await flood(Number.parseFloat(options.flood) || 30));
} else if (options.kernel) {
  process.stdout.write(await kernelReport(Math.max(1_000, idleMs)));
} else {
  const report = await measure();
  const text = options.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : options.markdown
      ? asMarkdown(report)
      : asText(report);
  process.stdout.write(text);
}
