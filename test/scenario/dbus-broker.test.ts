// The main job where dbus-broker is the system bus, as on Fedora, RHEL and Arch.
import { expect } from 'vitest';
import { eventually } from './daemon.ts';
import { connectsSent, expectLink, expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const broker = { bus: 'dbus-broker' } as const;

worldTest('dbus-broker: comes online, survives a drop, and stops in good order', broker, async ({ world, start }) => {
  expect((await world.run(['pgrep', '-x', 'dbus-broker'])).code).toBe(0);
  const daemon = await start();
  const before = await daemon.online();
  await expectLink(world, ADDRESS);
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  await expectLink(world, ADDRESS);
  expect(await connectsSent(world)).toBe(2);
  expect((await daemon.stop()).code).toBe(0);
  await expectNothingLeft(world);
});

worldTest('dbus-broker: comes back after ModemManager was killed', broker, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  await world.modemManager.kill('SIGKILL');
  await daemon.until('ModemManager gone', ({ modemManager }) => !modemManager.onBus);
  await world.modemManager.start();
  await daemon.onlineAgain(before, 60_000);
  await expectLink(world, ADDRESS);
});

worldTest(
  'dbus-broker: a bus that is lost ends the daemon with 1, and it comes back',
  broker,
  async ({ world, start }) => {
    const daemon = await start();
    await daemon.online();
    await world.bus.restart();
    const ended = () => Promise.resolve(daemon.process.exit);
    expect(await eventually(ended, 10_000, () => 'the end of the daemon')).toMatchObject({ code: 1 });
    await world.modemManager.kill('SIGKILL').catch(() => {});
    await world.modemManager.start();
    await daemon.startAgain();
    await daemon.online(60_000);
    // ModemManager was started anew, and its modem with it: the session that it left may end once more.
    await eventually(
      async () => (await world.ping()) || undefined,
      30_000,
      () => 'a ping that passes',
    );
    await expectLink(world, ADDRESS);
  },
);
