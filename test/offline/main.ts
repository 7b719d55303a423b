// `npm run offline:write`: brings each cause about, asks `why` and `doctor` and reads the metrics as a
// technician and a dashboard would, and writes docs/offline.md. With `-- --only TEXT` those
// alone whose names contain it; what the page says of the others stays.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandFolder } from '../prepare/needs.mjs';
import { perceptLte } from '../scenario/command-line.ts';
import { DaemonUnderTest, RUNTIME_DIRECTORY } from '../scenario/daemon.ts';
import { bundleAgent } from '../world/agent/bundle.ts';
import { World } from '../world/world.ts';
import { alertsOf } from './alerts.ts';
import { type Cause, causes } from './causes.ts';
import { type Captured, pageOf, sectionIn, sectionOf } from './page.ts';

const PAGE = new URL('../../docs/offline.md', import.meta.url);
const PATIENCE_MS = 150_000;
/** What follows within seconds from what was said first. */
const SETTLE_MS = 6_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function capture(cause: Cause): Promise<Captured> {
  const world = await World.start(cause.world);
  try {
    await cause.before?.(world);
    const daemon = await DaemonUnderTest.start(world, { ...(cause.config !== undefined && { config: cause.config }) });
    if (cause.later !== undefined) {
      await daemon.online(90_000);
      await cause.later(world);
    }
    const first = await said(daemon, cause.until);
    await sleep(SETTLE_MS);
    // It may be at the next try by now.
    const settled = await daemon.why();
    const why = (cause.until.test(settled) ? settled : first).trim();
    const doctor = (await perceptLte(world, 'doctor')).stdout;
    const metrics = `${RUNTIME_DIRECTORY}/metrics.prom`;
    const isTold = daemon.process.exit === undefined && (await world.files.exists(metrics));
    const alerts = isTold ? alertsOf(await world.files.read(metrics)) : ['PerceptLteUnreachable after 15m'];
    return { cause, why, doctor, alerts };
  } finally {
    await world.stop();
  }
}

async function said(daemon: DaemonUnderTest, words: RegExp): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  let why = '';
  while (performance.now() < deadline) {
    why = await daemon.why();
    if (words.test(why)) return why;
    await sleep(500);
  }
  throw new Error(`${words} was never said, but: ${why}\n${daemon.journal}`);
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
process.env.PATH = await commandFolder('offline');
await bundleAgent();
const wanted = causes.filter(({ name }) => values.only === undefined || name.includes(values.only));
const rest = [...wanted];
const captured = new Map<Cause, Captured>();
const work = async (): Promise<void> => {
  for (let cause = rest.shift(); cause !== undefined; cause = rest.shift()) {
    const one = await capture(cause).catch((error: unknown) => {
      process.exitCode = 1;
      process.stderr.write(`${cause?.name}: ${String(error)}\n`);
    });
    if (one === undefined) continue;
    captured.set(cause, one);
    process.stdout.write(`${sectionOf(one)}\n`);
  }
};
await Promise.all([work(), work(), work()]);
const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
const sections = causes.flatMap((cause) => {
  const one = captured.get(cause);
  return (one === undefined ? sectionIn(page, cause.name) : sectionOf(one)) ?? [];
});
if (sections.length === causes.length) writeFileSync(PAGE, pageOf(sections));
