// How the program's start ends where it cannot go on, on a real bus. Nothing of it touches the
// host: there is no modem, and none of these is a stop that a person asked for.
import { setMaxListeners } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError } from '../../../src/config/problems.ts';
import { runDaemon } from '../../../src/daemon/run-daemon.ts';
import { openProvenStore } from '../../../src/state/proven.ts';
import { holderOf, instancePath } from '../../../src/system/single-instance.ts';
import { startPrivateBus } from '../dbus/private-bus.ts';

setMaxListeners(64); // as program.ts does

/** A board whose log has errors alone. */
async function openBoard(config: string) {
  const folder = mkdtempSync(join(tmpdir(), 'percept-lte-run-'));
  const bus = await startPrivateBus();
  onTestFinished(async () => {
    await bus.stop();
    rmSync(folder, { recursive: true });
  });
  const configPath = join(folder, 'percept-lte.yaml');
  writeFileSync(configPath, `${config}\nlog: { level: error }\n`, { mode: 0o600 });
  const env = {
    RUNTIME_DIRECTORY: join(folder, 'run'),
    STATE_DIRECTORY: folder,
    DBUS_SYSTEM_BUS_ADDRESS: bus.address,
  };
  return {
    folder,
    bus,
    run: (more: NodeJS.ProcessEnv = {}) => runDaemon({ configPath, env: { ...env, ...more }, onSignal: () => {} }),
    isRunning: async () => (await holderOf(instancePath(env.RUNTIME_DIRECTORY))) !== undefined,
  };
}

const GOOD = 'connect: { apn: internet }';
const BAD = 'connect: { apm: internet }';

test('a second daemon on the same /run ends at once; the first goes on until its bus is gone, and is started again', async () => {
  const board = await openBoard(GOOD);
  const first = board.run();
  await vi.waitFor(async () => expect(await board.isRunning()).toBe(true), 10_000);
  expect(await board.run()).toBe(1);
  board.bus.daemon.kill();
  expect(await first).toBe(1);
});

test('where there is no bus, systemd starts it again', async () => {
  const board = await openBoard(GOOD);
  expect(await board.run({ DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${board.folder}/nobody` })).toBe(1);
});

test('a bad file on a board that never was online ends it for a person to mend', async () => {
  const board = await openBoard(BAD);
  await expect(board.run()).rejects.toThrow(ConfigError);
});

test('a bad file on a board that was online: it runs on what carried traffic last', async () => {
  const board = await openBoard(BAD);
  const written = { connect: { apn: 'internet' } };
  await openProvenStore(board.folder).save({ salt: 'salt', proven: { written, wallMs: 1 } });
  const ended = board.run();
  await vi.waitFor(async () => expect(await board.isRunning()).toBe(true), 10_000);
  board.bus.daemon.kill();
  expect(await ended).toBe(1);
});

test('/run cannot be written: whether another one runs cannot be told, and it runs all the same', async () => {
  const board = await openBoard(GOOD);
  writeFileSync(join(board.folder, 'file'), '');
  const ended = board.run({ RUNTIME_DIRECTORY: join(board.folder, 'file/run') });
  // What is remembered is written once the daemon runs.
  await vi.waitFor(() => expect(existsSync(join(board.folder, 'memory.json'))).toBe(true), 10_000);
  board.bus.daemon.kill();
  expect(await ended).toBe(1);
});
