// Sockets bound to an address that is gone: programs hear of it at once instead of after TCP's own
// quarter of an hour.
import { expect } from 'vitest';
import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const DEBUG = 'connect:\n  apn: vzwinternet\nlog:\n  level: debug\n';

/**
 * A TCP connection from `ADDRESS` to the carrier's echo service, which tells when it opens and how
 * it ends.
 */
async function openConnection(world: World): Promise<WorldProcess> {
  const program = `const s = require('node:net').connect({ host: '192.0.2.1', port: 7, localAddress: '${ADDRESS}' });
    s.on('connect', () => console.log('open')); s.on('error', (e) => console.log('ended ' + e.code)); s.on('close', () => process.exit(0));`;
  const client = await world.spawn([process.execPath, '-e', program]);
  await client.waitForOutput(/open/, 10_000);
  return client;
}

worldTest(
  'a connection from the old address is reset as soon as the new one is there',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: DEBUG });
    const before = await daemon.online();
    const client = await openConnection(world);
    await world.modem.setNextAddress({ address: '100.112.107.77', prefix: 24, gateway: '100.112.107.1' });
    await world.modem.dropBearer();
    await daemon.onlineAgain(before);
    await client.waitForOutput(/ended E(CONNABORTED|CONNRESET|TIMEDOUT)/, 5_000);
    await daemon.process.waitForOutput(/closed the sockets of an address that is gone address=100\.112\.107\.46/);
  },
);

worldTest('a connection goes on when the bearer comes back with its address', {}, async ({ world, start }) => {
  const daemon = await start({ config: DEBUG });
  const before = await daemon.online();
  const client = await openConnection(world);
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  expect(await world.ping()).toBe(true);
  expect(client.stdout).toBe('open\n');
});

worldTest('says once that `ss` cannot close sockets, and works on without', {}, async ({ world, start }) => {
  // A tool of the same name that fails as an `ss` of a host without it would.
  await world.files.write('/run/world/bin/ss', '#!/bin/sh\nexit 255\n', 0o755);
  const daemon = await start({ config: DEBUG, env: { PATH: `/run/world/bin:${process.env.PATH}` } });
  let status = await daemon.online();
  for (const last of [77, 78]) {
    await world.modem.setNextAddress({ address: `100.112.107.${last}`, prefix: 24, gateway: '100.112.107.1' });
    await world.modem.dropBearer();
    status = await daemon.onlineAgain(status);
  }
  expect(daemon.journal.match(/cannot be closed/g)).toHaveLength(1);
});
