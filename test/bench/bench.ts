// `npm run bench`: this daemon beside NetworkManager, bare Node and an earlier build, in turns, in
// worlds of the same kind. Times are taken from outside, by pings through wwan0. Nothing here passes
// or fails on a time.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { before, type Contender, networkManager, node, perceptLte, perceptLteOnQmi } from './contenders.ts';
import { curvesReport } from './curves/curves.ts';
import { monotonicMs } from './echoes.ts';
import { floodCost } from './flood.ts';
import { guestReport } from './guest.ts';
import { type IdleCost, idleCost, startCost, warmUp } from './idle.ts';
import { kernelReport } from './kernel.ts';
import { type RoundResult, round } from './measure.ts';
import { countProcesses } from './processes.ts';
import { asMarkdown, asText, figuresOf, type Report, type Row } from './report.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '10' },
    idle: { type: 'string', default: '60' },
    reconnects: { type: 'string', default: '1000' },
    flood: { type: 'string' },
    kernel: { type: 'boolean', default: false },
    curves: { type: 'boolean', default: false },
    guest: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const usage = `npm run bench -- [--runs N] [--idle SECONDS] [--reconnects N] [--json | --markdown], or npm run bench -- --flood SECONDS, or npm run bench -- --kernel, or npm run bench -- --curves [NAME ...], or npm run bench -- --guest
  --runs N        cold starts of each (default 10), with two drops and an adoption each, and a replug in three of five
  --idle SECONDS  idle time in which processor time and context switches are read (default 60, 0 leaves it out)
  --reconnects N  work before that, with 40 signals each; N > 0 waits 11 minutes for what is tidied up (default 1000)
  --flood SECONDS only this: what a stranger on the bus costs that sends the daemon 10,000 signals a second for so long
  --kernel        only this: what a large and a busy routing table of the host costs, measured for the seconds of --idle
  --curves        only this: how the cost grows with signals, routes and so on; draws docs/performance/*.svg, or those of NAME
  --guest         only this: a start and the memory in the emulated arm64 guest beside bare Node there, after npm run package`;

const runs = Math.max(1, Number.parseInt(options.runs, 10) || 10);
const idleMs = Math.max(0, Number.parseFloat(options.idle) || 0) * 1000;
const reconnects = Math.max(0, Number.parseInt(options.reconnects, 10) || 0);
/** By then the daemon has tidied up what the work left (src/daemon/housekeeping.ts). */
const TIDY_MS = 11 * 60_000;
const work = { signals: 40 * reconnects, reconnects, tidyMs: reconnects > 0 ? TIDY_MS : 0 };

const contenders = [perceptLte, networkManager, perceptLteOnQmi] as const;

/**
 * What a Node.js program cannot be faster than: from the start of `node -e 0` to its end, in ms.
 */
function bareNode(): number {
  const began = monotonicMs();
  spawnSync(node, ['-e', '0'], { env: {} });
  return monotonicMs() - began;
}

async function rounds(): Promise<{ results: readonly RoundResult[][]; floor: readonly number[] }> {
  const results: RoundResult[][] = contenders.map(() => []);
  const floor: number[] = [];
  await warmUp(perceptLte);
  for (let run = 0; run < runs; run += 1) {
    // In turns, and each first in every third run: what the machine does besides meets all.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (run + turn) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const result = await round(contender, { drops: 2, replug: run % 5 < 3, adopt: contender === perceptLte });
      results[index]?.push(result);
      progress(
        `run ${run + 1} of ${runs}: ${contender.name} cold ${Math.round(result.cold)} ms, drops ${inMs(result.drops)}, replug ${inMs(result.replugs)}, adopted ${inMs(result.adopted)}`,
      );
      floor.push(bareNode());
    }
  }
  return { results, floor };
}

async function measure(): Promise<Report> {
  const { results, floor } = await rounds();
  const [ours = [], theirs = [], qmi = []] = results;
  const row = (what: string, of: (result: RoundResult) => readonly number[], target?: number): Row => ({
    what,
    unit: 'ms',
    ours: figuresOf(ours.flatMap(of)),
    beside: { name: networkManager.name, figures: figuresOf(theirs.flatMap(of)) },
    ...(target !== undefined && { target }),
  });
  const nodeItself = { name: 'node -e 0', figures: figuresOf(floor) };
  const drops = { name: 'on MBIM', figures: figuresOf(ours.flatMap((result) => result.drops)) };
  return {
    machine: `${process.platform} ${process.arch}, ${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'})`,
    versions: [version(node, 'Node.js'), version('ModemManager'), networkManager.name].join(', '),
    rows: [
      row('cold start to online', ({ cold }) => [cold], 1),
      {
        what: 'adopting a live link, start to in charge',
        unit: 'ms',
        ours: figuresOf(ours.flatMap(({ adopted }) => adopted)),
        beside: nodeItself,
        target: 4,
      },
      row('bearer dropped to online', (result) => result.drops, 0.6),
      row('  of it until the modem is told to connect', ({ reactions }) => reactions),
      { what: '  on QMI', unit: 'ms', ours: figuresOf(qmi.flatMap((result) => result.drops)), beside: drops },
      row('plugged in to online', ({ replugs }) => replugs),
      ...(await startRows()),
      ...(idleMs > 0 ? await idleRows() : []),
      ...(await processRows()),
      ...packageRows(),
    ],
  };
}

/** Ours, beside the earlier build where there is one. */
const sinceThen = (
  what: string,
  unit: Row['unit'],
  ours: readonly number[],
  then: readonly number[] | undefined,
  target?: number,
): Row => ({
  what,
  unit,
  ours: figuresOf(ours),
  beside: before && then && { name: before.name, figures: figuresOf(then) },
  ...(target !== undefined && { target }),
});

async function startRows(): Promise<Row[]> {
  const spent = new Map<Contender, number[]>();
  for (let run = 0; run < runs; run += 1)
    for (const contender of [perceptLte, ...(before ? [before] : [])])
      spent.set(contender, [...(spent.get(contender) ?? []), await startCost(contender)]);
  const then = before && spent.get(before);
  return [sinceThen('processor time to come online', 'ms', spent.get(perceptLte) ?? [], then, 0.5)];
}

async function idleRows(): Promise<Row[]> {
  progress(`${work.signals} signals and ${work.reconnects} reconnects, then idle for ${idleMs / 1000} s`);
  const [ours, then] = await Promise.all([
    idleCost(perceptLte, work, idleMs),
    before && idleCost(before, work, idleMs),
  ]);
  const row = (what: string, unit: Row['unit'], of: (cost: IdleCost) => number, target?: number): Row =>
    sinceThen(what, unit, [of(ours)], then && [of(then)], target);
  const switches = figuresOf([ours.switchesAMinute]);
  return [
    row(`memory, anonymous, after ${work.reconnects} reconnects`, 'MiB', ({ anonymous }) => anonymous / 1024, 0.67),
    row('memory, proportional (PSS)', 'MiB', ({ pss }) => pss / 1024),
    row('processor time of an idle hour', 's', ({ cpuAnHour }) => cpuAnHour / 1000, 0.25),
    { what: 'context switches a minute, idle', unit: '', ours: switches, beside: undefined, target: 20 },
  ];
}

async function processRows(): Promise<Row[]> {
  const { recovery, foreignEvent } = await countProcesses(perceptLte, 5);
  const row = (what: string, ours: readonly number[], target: number): Row => ({
    what,
    unit: '',
    ours: figuresOf(ours),
    beside: undefined,
    target,
  });
  return [
    row('`ip` processes of a recovery', recovery, 2),
    row('`ip` processes of a foreign change of the kernel', [foreignEvent], 0.1),
  ];
}

/** What `npm run package` has left, if it has run. */
function packageRows(): Row[] {
  const folder = fileURLToPath(new URL('../../build/packages', import.meta.url));
  const deb = existsSync(folder) ? readdirSync(folder).find((name) => name.endsWith('_arm64.deb')) : undefined;
  if (deb === undefined) return [];
  const { size } = statSync(join(folder, deb));
  return [{ what: 'arm64 package', unit: 'MB', ours: figuresOf([size / 1e6]), beside: undefined }];
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
function version(program: string, name = program): string {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const [line = 'unknown'] = (stdout ?? '').split('\n');
  return line.startsWith(program) ? line : `${name} ${line}`;
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
} else if (options.guest) {
  process.stdout.write(await guestReport(Math.min(runs, 5)));
} else if (options.curves) {
  process.stdout.write(await curvesReport(positionals, progress));
} else {
  const report = await measure();
  const text = options.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : options.markdown
      ? asMarkdown(report)
      : asText(report);
  process.stdout.write(text);
}
