// The carrier's name servers in /etc/resolv.conf while the link is up, as the daemon itself brings
// and takes them.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { worldTest } from './world-test.ts';

const CONFIG = 'connect:\n  apn: vzwinternet\n';

const resolvConf = (world: World) => world.files.read('/etc/resolv.conf');

async function prepare(world: World): Promise<string> {
  await world.run(['rm', '-f', '/etc/resolv.conf']);
  await world.files.write('/etc/resolv.conf', 'nameserver 192.168.77.1\n');
  return await resolvConf(world);
}

worldTest(
  'the name servers come with the link and go with it; what was there before stays',
  {},
  async ({ world, start }) => {
    const before = await prepare(world);
    const daemon = await start({ config: CONFIG });
    await daemon.online();
    await daemon.process.waitForOutput(/name servers handed over mode=file/);
    expect((await resolvConf(world)).match(/^nameserver .*/gm)?.at(-1)).toBe('nameserver 192.168.77.1');
    expect((await resolvConf(world)).match(/^nameserver .*/gm)?.length).toBeGreaterThan(1);
    await daemon.process.end('SIGTERM', 10_000);
    expect(await resolvConf(world)).toBe(before);
  },
);

worldTest('with `dns: off` nobody touches the file', {}, async ({ world, start }) => {
  const before = await prepare(world);
  const daemon = await start({ config: `${CONFIG}network:\n  dns: off\n` });
  await daemon.online();
  expect(await resolvConf(world)).toBe(before);
});

worldTest('killed, and /etc/resolv.conf led elsewhere before the next start: both files are clean', {}, async (t) => {
  const { world, start } = t;
  const [a, b] = ['/run/world/a.conf', '/run/world/b.conf'];
  const lead = (to: string) => world.run(['ln', '-sfn', to, '/etc/resolv.conf']);
  const text = 'nameserver 192.168.77.1\n';
  for (const file of [a, b]) await world.files.write(file, text);
  await lead(a);
  const daemon = await start({ config: CONFIG });
  await daemon.online();
  await daemon.process.waitForOutput(/name servers handed over mode=file/);
  expect(await world.files.read(a)).not.toBe(text);
  await daemon.process.end('SIGKILL', 10_000);
  await lead(b);
  await daemon.startAgain();
  await daemon.process.waitForOutput(/name servers handed over mode=file/);
  expect(await world.files.read(a)).toBe(text);
  expect(await world.files.read(b)).not.toBe(text);
  await daemon.process.end('SIGTERM', 10_000);
  expect(await world.files.read(b)).toBe(text);
});
