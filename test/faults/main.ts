// `npm run faults`: plays the table of faults and prints it row by row as the rows finish, two
// worlds at a time.

import { rmSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { commandFolder } from '../prepare/needs.mjs';
import { bundleAgent } from '../world/agent/bundle.ts';
import { defaultModem } from '../world/profiles.ts';
import { type ManagerName, managers } from './managers.ts';
import { type Outcome, play } from './play.ts';
import { markdownOf, rowOf, totalsOf } from './report.ts';
import { faults } from './table.ts';

const usage = `npm run faults -- [--only TEXT] [--fast] [--modem mbim|qmi|PROFILE] [--vs networkmanager|networkd] [--json FILE] [--worlds N]
npm run faults -- --markdown OURS.json NETWORKMANAGER.json NETWORKD.json
`;

const options = {
  only: { type: 'string', multiple: true },
  fast: { type: 'boolean' },
  modem: { type: 'string' },
  vs: { type: 'string' },
  json: { type: 'string' },
  worlds: { type: 'string' },
  journal: { type: 'boolean' },
  markdown: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

interface Results {
  readonly manager: ManagerName;
  readonly outcomes: readonly Outcome[];
}

async function keepBundle(): Promise<void> {
  const build = new URL('../../build/', import.meta.url).pathname;
  await mkdir(build, { recursive: true });
  const copy = `${build}faults-${process.pid}`;
  await cp(new URL('../../dist', import.meta.url).pathname, copy, { recursive: true });
  process.env.PERCEPT_LTE_BUNDLE = `${copy}/main.js`;
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
}

async function markdown(files: readonly string[]): Promise<void> {
  const results = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Results));
  const columns = results.map(({ manager, outcomes }) => ({ title: managers[manager].title, outcomes }));
  process.stdout.write(markdownOf(columns));
}

async function campaign(values: ReturnType<typeof parse>['values']): Promise<number> {
  const name = (values.vs ?? 'percept-lte') as ManagerName;
  const manager = managers[name];
  if (manager === undefined) throw new Error(`--vs ${name}: known are networkmanager and networkd`);
  if (values.modem !== undefined) process.env.WORLD_MODEM = values.modem;
  const modem = defaultModem();
  const wanted = faults.filter(
    (fault) =>
      (values.only?.some((text) => fault.name.includes(text)) ?? true) &&
      !(values.fast === true && fault.slow === true),
  );
  const rest = [...wanted];
  const outcomes = new Map<string, Outcome>();
  const work = async (): Promise<void> => {
    for (let fault = rest.shift(); fault !== undefined; fault = rest.shift()) {
      const outcome = await play(fault, manager, modem).catch((error: unknown) => broken(fault?.name ?? '', error));
      outcomes.set(outcome.name, outcome);
      process.stdout.write(`${rowOf(outcome)}\n`);
      if (values.journal === true) process.stdout.write(`${outcome.journal}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.worlds ?? 2) }, work));
  const ordered = wanted.flatMap(({ name: row }) => outcomes.get(row) ?? []);
  process.stdout.write(`\n${totalsOf(ordered)}\n`);
  const results: Results = { manager: name, outcomes: ordered };
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, undefined, 1)}\n`);
  return ordered.every(({ survived, tooMany }) => survived && !tooMany) ? 0 : 1;
}

/** A row whose world or script broke is not survived, and says why. */
function broken(name: string, error: unknown): Outcome {
  const limit = faults.find((fault) => fault.name === name)?.limit ?? 45;
  const reasons = [error instanceof Error ? error.message : String(error)];
  const nothing = { attempts: 0, refused: 0, tooMany: false, rungs: undefined, gentle: false };
  return { name, survived: false, seconds: limit, ...nothing, reasons, journal: '' };
}

function parse() {
  return parseArgs({ options, allowPositionals: true });
}

const { values, positionals } = parse();
if (values.help === true) process.stdout.write(usage);
else if (values.markdown === true) await markdown(positionals);
else {
  process.env.PATH = await commandFolder('faults');
  await Promise.all([keepBundle(), bundleAgent()]);
  process.exitCode = await campaign(values);
}
