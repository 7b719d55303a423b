// ModemManager itself goes away, comes back, hangs; and the daemon itself dies and is started
// again.
import { expect } from 'vitest';
import { connectsSent, expectLink, expectNothingLeft } from '../expectations.ts';
import { worldTest } from '../world-test.ts';

const ADDRESS = '100.112.107.46';

worldTest('comes back after ModemManager was killed', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  await world.modemManager.kill('SIGKILL');
  await daemon.until('riding', ({ phase }) => phase === 'riding');
  expect(await world.ping()).toBe(true);
  await world.modemManager.start();
  await daemon.onlineAgain(before, 60_000);
  await expectLink(world, ADDRESS);
});

worldTest(
  'waits for ModemManager and finds it when it starts',
  { startModemManager: false },
  async ({ world, start }) => {
    const daemon = await start();
    await daemon.until('absent', ({ phase, modemManager }) => phase === 'absent' && !modemManager.onBus);
    await world.modemManager.start();
    await daemon.online(60_000);
    await expectLink(world, ADDRESS);
  },
);

worldTest(
  'starts ModemManager by D-Bus activation',
  { startModemManager: false, activatable: true },
  async ({ world, start }) => {
    const daemon = await start();
    await daemon.online(60_000);
    await expectLink(world, ADDRESS);
  },
);

worldTest(
  'recovers when ModemManager hung for three seconds and the session was lost meanwhile',
  {},
  async ({ world, start }) => {
    const daemon = await start();
    const before = await daemon.online();
    await world.modemManager.stop();
    await world.modem.dropBearer();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await world.modemManager.continue();
    await daemon.onlineAgain(before, 60_000);
    await expectLink(world, ADDRESS);
  },
);

worldTest(
  'adopts the live link after SIGKILL without a reconnect and without a lost ping',
  {},
  async ({ world, start }) => {
    const daemon = await start();
    await daemon.online();
    const pinger = await world.pinger();
    await daemon.stop('SIGKILL');
    await daemon.startAgain();
    const status = await daemon.until(
      'online again',
      (s) => s.phase === 'online' && s.pid === daemon.process.pid && s.link?.lastProof !== undefined,
    );
    expect(status.link?.addresses).toEqual([`${ADDRESS}/24`]);
    const { lost, complaints, received } = await pinger.stop();
    expect({ lost, complaints }).toEqual({ lost: [], complaints: [] });
    expect(received).toBeGreaterThan(3);
    expect(await connectsSent(world)).toBe(1);
  },
);

worldTest('stops within ten seconds while ModemManager hangs', {}, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  await world.modemManager.stop();
  expect((await daemon.stop()).code).toBe(0);
  await expectNothingLeft(world);
});
