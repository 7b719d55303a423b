// The upgrade from 0.1.0 and the way back on a board that runs: the packages' programs in a world
// with the real ModemManager, their memory in the root that the packages are installed into.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { DaemonUnderTest, eventually } from '../scenario/daemon.ts';
import { World } from '../world/world.ts';
import { first, hasFirst, today } from './packages.ts';
import { installers, Root } from './root.ts';

const configWith = (pin: string) => `connect:\n  apn: vzwinternet\nsim:\n  pin: "${pin}"\n`;

/** What of a memory must outlive every version, in the words of 0.1.0. */
interface FileOf01 {
  readonly version: 1;
  readonly attempts: readonly number[];
  readonly holdUntil?: number;
  readonly refusedRounds: number;
  readonly refusedPins: readonly string[];
  readonly incidents: readonly { readonly cause: string; readonly seconds: number }[];
  readonly sim?: string;
  readonly savedMonotonicMs: number;
}

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop();
});

describe.skipIf(!hasFirst).each(['deb', 'rpm'] as const)('%s', (format) => {
  test('an upgrade from 0.1.0 keeps what it knew, and the way back sends no refused PIN', async () => {
    const root = new Root();
    opened.push({ stop: async () => root.remove() });
    const world = await World.start({ sim: { pin: '1234' } });
    opened.push(world);
    const { install, downgrade } = installers[format];
    const memoryFile = root.at('var/lib/percept-lte/memory.json');
    const memory = () => JSON.parse(readFileSync(memoryFile, 'utf8')) as FileOf01;

    install(root, first(format));
    const daemon = await DaemonUnderTest.start(world, {
      config: configWith('1234'),
      node: root.at('usr/lib/percept-lte/node'),
      bundle: root.at('usr/lib/percept-lte/main.js'),
      env: { STATE_DIRECTORY: root.at('var/lib/percept-lte') },
    });
    const before = await daemon.online();
    await world.modem.dropBearer();
    await daemon.onlineAgain(before);
    await daemon.stop();
    await daemon.edit(configWith('0000'));
    await world.usb.restart(300);
    await world.modemManager.waitForModem();
    await daemon.startAgain();
    await eventually(
      async () => ((await daemon.status())?.phase === 'blocked' ? true : undefined),
      60_000,
      () => `the PIN to be refused:\n${daemon.journal}`,
    );
    await daemon.stop();
    expect(await world.sim.status()).toMatchObject({ lock: 'sim-pin', pinRetries: 2 });
    // A carrier's refusal beside it, as 0.1.0 writes one.
    const of01 = { ...memory(), refusedRounds: 1, holdUntil: memory().savedMonotonicMs + 3 * 3_600_000 };
    writeFileSync(memoryFile, JSON.stringify(of01));
    expect(of01).toMatchObject({ refusedPins: [expect.any(String)], incidents: [{ cause: expect.any(String) }] });
    expect(of01.attempts.length).toBeGreaterThanOrEqual(2);

    for (const change of [
      () => install(root, today(format)),
      () => downgrade(root, first(format)),
      () => install(root, today(format)),
    ]) {
      change();
      await daemon.startAgain();
      await eventually(
        async () => (/PIN/.test(daemon.journal) && (await daemon.status())?.phase === 'blocked' ? true : undefined),
        60_000,
        () => `it to be blocked by the refused PIN:\n${daemon.journal}`,
      );
      expect(daemon.journal).not.toMatch(/damaged|makes no sense/);
      await daemon.stop();
      expect(await world.sim.status(), 'no PIN is sent').toMatchObject({ lock: 'sim-pin', pinRetries: 2 });
      const { attempts, holdUntil, refusedRounds, incidents, sim, refusedPins } = memory();
      expect({ attempts, holdUntil, refusedRounds, sim }).toEqual({
        attempts: of01.attempts,
        holdUntil: of01.holdUntil,
        refusedRounds: 1,
        sim: of01.sim,
      });
      expect(refusedPins).toEqual(expect.arrayContaining([...of01.refusedPins]));
      expect(incidents).toMatchObject(of01.incidents);
    }
  });
});
