// Getting back, where no release of ModemManager makes a difference.
import { expect } from 'vitest';
import { connectsSent, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';

worldTest('comes online after three refused connects', {}, async ({ world, start }) => {
  await world.modem.refuseConnect({ status: 2, networkError: 0, times: 3 });
  const daemon = await start();
  await daemon.online(60_000);
  expect(await connectsSent(world)).toBe(4);
  await expectLink(world, ADDRESS);
});

worldTest(
  'takes the new address after reconnecting and leaves nothing of the old one',
  {},
  async ({ world, start }) => {
    const daemon = await start();
    const before = await daemon.online();
    await world.modem.setNextAddress({ address: '100.112.107.77', prefix: 24, gateway: '100.112.107.1' });
    await world.modem.dropBearer();
    await daemon.onlineAgain(before);
    await expectLink(world, '100.112.107.77');
  },
);
