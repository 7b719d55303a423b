// What a daemon that was killed left on the host is taken away, also when the modem or ModemManager
// does not come back.
import { expect } from 'vitest';
import { type DaemonUnderTest, eventually } from './daemon.ts';
import { expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

/** Puts the link up and kills the daemon as the kernel's out-of-memory killer would. */
async function left(daemon: DaemonUnderTest): Promise<void> {
  await daemon.online();
  await daemon.stop('SIGKILL');
}

worldTest('a link that was left is removed when the modem is gone', {}, async ({ world, start }) => {
  await world.files.write('/etc/resolv.conf', 'nameserver 192.168.7.1\n');
  const daemon = await start();
  await left(daemon);
  expect(await world.ip.rules()).not.toEqual([]);
  expect(await world.files.read('/etc/resolv.conf')).toMatch(/percept-lte: begin/);
  await world.usb.unplug();
  await world.modemManager.waitForNoModem();
  await daemon.startAgain();
  await eventually(
    async () => ((await world.ip.rules()).length === 0 ? true : undefined),
    10_000,
    () => `the rule is gone; the journal says:\n${daemon.journal}`,
  );
  expect(await world.files.read('/etc/resolv.conf')).toBe('nameserver 192.168.7.1\n');
});

worldTest('a link that was left is removed on stop although ModemManager never came', {}, async ({ world, start }) => {
  const daemon = await start();
  await left(daemon);
  await world.modemManager.kill();
  await daemon.startAgain();
  await daemon.process.waitForOutput(/ModemManager/);
  expect(await world.ip.rules()).not.toEqual([]);
  await daemon.stop();
  await expectNothingLeft(world);
});
