// A /run that takes no file: what the daemon is asked then is told truly, or not at all.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { RUNTIME_DIRECTORY } from './daemon.ts';
import { worldTest } from './world-test.ts';

/** A folder of 200 kB. */
async function mountSmall(world: World): Promise<void> {
  expect((await world.run(['mkdir', '-p', RUNTIME_DIRECTORY])).code).toBe(0);
  const options = ['-o', 'size=200k,mode=755'];
  expect((await world.run(['mount', '-t', 'tmpfs', ...options, 'small', RUNTIME_DIRECTORY])).code).toBe(0);
}

/** Takes all the space that is left, and what becomes free. */
async function fill(world: World): Promise<void> {
  const taking = `while :; do cat /dev/zero >> ${RUNTIME_DIRECTORY}/of-somebody-else; echo full; sleep 0.05; done`;
  const somebody = await world.spawn(['sh', '-c', `(${taking}) 2>/dev/null`]);
  await somebody.waitForOutput(/full\n(?:.*\n)*full/);
}

worldTest('/run is full when the modem goes: nothing says online any more', {}, async ({ world, start }) => {
  await mountSmall(world);
  const daemon = await start();
  await daemon.online();
  await fill(world);
  await world.usb.unplug();
  await expect.poll(() => daemon.why(), { timeout: 20_000 }).not.toMatch(/^online/);
  expect(await daemon.why()).not.toMatch(/not running/);
  expect((await world.run(['cat', `${RUNTIME_DIRECTORY}/metrics.prom`])).stdout).not.toMatch(/^percept_lte_online 1/m);
});

worldTest('/run is full at the start: a service that runs is not called stopped', {}, async ({ world, start }) => {
  await mountSmall(world);
  await fill(world);
  const daemon = await start();
  await daemon.process.waitForOutput(/traffic passes/, 30_000);
  expect(daemon.journal).toContain('status file cannot be written');
  expect(await daemon.why()).toContain(
    `percept-lte runs (process ${daemon.process.pid}), but how it is cannot be told`,
  );
  expect(await daemon.doctor()).toMatch(/^warn +percept-lte +percept-lte runs .*df \S+; journalctl -u percept-lte$/m);
  expect(await daemon.doctor()).not.toContain('systemctl enable --now percept-lte');
});

worldTest('/run is read-only at a restart: a service that runs is not called stopped', {}, async ({ world, start }) => {
  await mountSmall(world);
  const daemon = await start();
  const { pid } = await daemon.online();
  await daemon.process.end('SIGKILL');
  expect((await world.run(['mount', '-o', 'remount,ro', RUNTIME_DIRECTORY])).code).toBe(0);
  await daemon.startAgain();
  await daemon.process.waitForOutput(/adopted=true/);
  expect(daemon.process.pid).not.toBe(pid);
  expect(await daemon.why()).toMatch(/^whether percept-lte runs cannot be told \(its last status .* is read-only; /);
});

worldTest('/run becomes read-only when the modem goes: nothing says online any more', {}, async ({ world, start }) => {
  await mountSmall(world);
  const daemon = await start();
  await daemon.online();
  expect(await daemon.why()).toMatch(/^online/);
  expect((await world.run(['mount', '-o', 'remount,ro', RUNTIME_DIRECTORY])).code).toBe(0);
  await world.usb.unplug();
  expect(await daemon.why()).toMatch(/^how it is cannot be told: .* is as it was at .* is read-only; /);
  expect(await daemon.doctor()).toMatch(/^warn +percept-lte +how it is cannot be told/m);
});
