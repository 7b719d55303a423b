// The main job: from a disabled modem to online, and back after every ordinary loss.
import { expect } from 'vitest';
import { connectsSent, expectLink, expectNothingLeft } from '../expectations.ts';
import { worldTest } from '../world-test.ts';

const ADDRESS = '100.112.107.46';

worldTest('comes online from a disabled modem', {}, async ({ world, start }) => {
  const daemon = await start();
  const status = await daemon.online();
  expect(status.link).toMatchObject({
    interface: 'wwan0',
    apn: 'vzwinternet',
    addresses: [`${ADDRESS}/24`],
    mtu: 1428,
  });
  await expectLink(world, ADDRESS);
  expect((await world.ip.link())?.mtu).toBe(1428);
  expect(await connectsSent(world)).toBe(1);
});

worldTest('survives five bearer drops in a row', {}, async ({ world, start }) => {
  const daemon = await start();
  let status = await daemon.online();
  for (let drop = 0; drop < 5; drop += 1) {
    await world.modem.dropBearer();
    status = await daemon.onlineAgain(status);
    await expectLink(world, ADDRESS);
  }
  expect(await connectsSent(world)).toBe(6);
  expect(status.incidents).toHaveLength(5);
});

worldTest('waits out six seconds without coverage and wastes no attempt', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  await world.modem.deregister();
  await daemon.until('registering', ({ phase }) => phase === 'registering');
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  expect(await connectsSent(world)).toBe(1);
  await world.modem.register();
  await daemon.onlineAgain(before);
  expect(await connectsSent(world)).toBe(2);
  await expectLink(world, ADDRESS);
});

worldTest('comes back when the modem is plugged in again under a new index', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  await world.usb.unplug();
  await daemon.until('absent', ({ phase }) => phase === 'absent');
  expect(await world.ip.rules()).toEqual([]);
  await world.usb.plug();
  const after = await daemon.onlineAgain(before);
  expect(after.modem?.path).not.toBe(before.modem?.path);
  await expectLink(world, ADDRESS);
});

worldTest('enables a modem that somebody disabled', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  expect((await world.mmcli('-m', 'any', '--disable')).code).toBe(0);
  await daemon.onlineAgain(before);
  await expectLink(world, ADDRESS);
});

worldTest('reconnects a modem that somebody disconnected', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  expect((await world.mmcli('-m', 'any', '--simple-disconnect')).code).toBe(0);
  await daemon.onlineAgain(before);
  await expectLink(world, ADDRESS);
});

worldTest('stops in good order: nothing left, modem disconnected, exit 0', {}, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  expect(await daemon.stop()).toEqual({ code: 0, signal: null });
  await expectNothingLeft(world);
  expect((await world.modem.state()).sessions).toEqual([]);
});
