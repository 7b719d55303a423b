// `npm run demo`: one modem's life in a minute, before the eyes of whoever typed it. Exit code 0
// only if every step truly happened; otherwise 1, with the step that failed and the whole journal. It
// ends by itself within two minutes, come what may.

import { Echoes } from '../bench/echoes.ts';
import { commandFolder } from '../prepare/needs.mjs';
import { DaemonUnderTest } from '../scenario/daemon.ts';
import { World } from '../world/world.ts';
import { coldStart, disabledModem, droppedBearer, questions, replug, silentDeath, stop } from './steps.ts';
import { Transcript } from './transcript.ts';

/** Preparing has its own share of the two minutes. */
const deadlineMs = 100_000;

const coloured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const transcript = new Transcript((text) => process.stdout.write(text), coloured);
let world: World | undefined;
let daemon: DaemonUnderTest | undefined;
let ending = false;

async function perform(): Promise<void> {
  transcript.say(
    'percept-lte: the real ModemManager, a modem in software, in namespaces of their own. Nothing leaves this machine.',
  );
  world = await World.start();
  const echoes = await Echoes.start(world);
  const onLine = (line: string): void => transcript.journal(line);
  const inWorld = world;
  const parts = { transcript, world, echoes, start: () => DaemonUnderTest.start(inWorld, { onLine }) };
  await disabledModem(parts);
  daemon = await coldStart(parts);
  const running = { ...parts, daemon };
  await droppedBearer(running);
  await silentDeath(running);
  await replug(running);
  await questions(running);
  await stop(running);
  await echoes.stop();
}

async function end(code: number): Promise<never> {
  ending = true;
  await world?.stop().catch(() => {});
  process.exit(code);
}

function giveUp(error: unknown): Promise<never> {
  // After Ctrl-C everything in the world ends by itself, which is no failure worth a word.
  if (ending) return new Promise(() => {});
  transcript.fail(error instanceof Error ? error.message : String(error));
  if (world === undefined && process.getuid?.() !== 0) {
    transcript.say(
      'An ordinary user needs a kernel that gives user namespaces to ordinary users. As root it always runs: sudo npm run demo',
    );
  }
  if (daemon !== undefined) transcript.say(`The whole journal:\n${daemon.journal}`);
  return end(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(130));
setTimeout(() => void giveUp(new Error(`not over after ${deadlineMs / 1000} s`)), deadlineMs).unref();

process.env.PATH = await commandFolder('demo');
const began = performance.now();
await perform().catch(giveUp);
transcript.table();
transcript.say('');
transcript.say(`All of it happened, in ${((performance.now() - began) / 1000).toFixed(0)} s.`);
await end(0);
