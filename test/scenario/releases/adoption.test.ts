// A bearer that is connected already, and a stop that leaves it.
import { expect } from 'vitest';
import { connectsSent, expectLink } from '../expectations.ts';
import { worldTest } from '../world-test.ts';

const ADDRESS = '100.112.107.46';
const WITH = (extra: string) => `connect:\n  apn: vzwinternet\n${extra}`;

worldTest('adopts a bearer that somebody connected with the same APN', {}, async ({ world, start }) => {
  expect((await world.mmcli('-m', 'any', '--enable')).code).toBe(0);
  expect((await world.mmcli('-m', 'any', '--simple-connect=apn=vzwinternet,ip-type=ipv4')).code).toBe(0);
  const daemon = await start();
  await daemon.online();
  await expectLink(world, ADDRESS);
  expect(await connectsSent(world)).toBe(1);
});

worldTest('replaces a bearer that somebody connected with another APN', {}, async ({ world, start }) => {
  expect((await world.mmcli('-m', 'any', '--enable')).code).toBe(0);
  expect((await world.mmcli('-m', 'any', '--simple-connect=apn=other.example')).code).toBe(0);
  const daemon = await start();
  await daemon.online();
  await expectLink(world, ADDRESS);
  expect((await world.modem.state()).sessions.map(({ apn }) => apn)).toEqual(['vzwinternet']);
});

worldTest('on-stop: keep: a stop ends at once and well, and the link goes on', {}, async ({ world, start }) => {
  const daemon = await start({ config: WITH('on-stop: keep\n') });
  await daemon.online();
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  expect(await daemon.stop()).toMatchObject({ code: 0 });
  expect(daemon.journal).not.toMatch(/took too long/);
  await expectLink(world, ADDRESS);
  await daemon.startAgain();
  await daemon.process.waitForOutput(/online on wwan0/);
  expect((await pinger.stop()).lost).toEqual([]);
  expect(await connectsSent(world)).toBe(1);
});
