// Others on the same board who would manage the modem as well: kept off by the files that are
// shipped, or found and named with the remedy.

import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import * as releases from '../prepare/releases.mjs';
import { rootOf } from '../prepare/unpack.mjs';
import { type NetworkManagerInWorld, startNetworkManager } from '../world/network-manager.ts';
import { startNetworkd } from '../world/networkd.ts';
import { eventually } from './daemon.ts';
import { connectsSent, expectJournal, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const shipped = (name: string) => readFile(new URL(`../../systemd/${name}`, import.meta.url), 'utf8');

/** Waits until it says such a state of the modem: it has looked at it and decided. */
async function saysOfModem(networkManager: NetworkManagerInWorld, state: RegExp): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await networkManager.nmcli('--terse', '--fields', 'DEVICE,STATE', 'device');
      const said = /^cdc-wdm0:(.*)$/m.exec(stdout)?.[1];
      return said !== undefined && state.test(said) ? true : undefined;
    },
    30_000,
    () => `${state} of NetworkManager; it wrote:\n${networkManager.journal}`,
  );
}

worldTest(
  'NetworkManager with a profile for the modem, and the shipped drop-in: no fight and no lost packet',
  {},
  async ({ world, start }) => {
    const dropIn = await shipped('50-percept-lte-networkmanager.conf');
    const networkManager = await startNetworkManager(world, { configuration: dropIn });
    await saysOfModem(networkManager, /^unmanaged$/);
    const daemon = await start();
    await daemon.online();
    const pinger = await world.pinger();
    await pinger.waitForAnswers(20);
    // It comes back while the link is up, as after an upgrade, and looks at everything anew.
    await networkManager.stop();
    await networkManager.startAgain();
    await saysOfModem(networkManager, /^unmanaged$/);
    await pinger.waitForAnswers(40);
    const { stdout } = await networkManager.nmcli('--terse', '--fields', 'DEVICE,STATE', 'device');
    expect(stdout).toMatch(/^cdc-wdm0:unmanaged$/m);
    expect(stdout).not.toMatch(/^wwan0:(?!unmanaged)/m);
    const { lost, complaints } = await pinger.stop();
    expect({ lost, complaints }).toEqual({ lost: [], complaints: [] });
    expect(await connectsSent(world)).toBe(1);
    expect((await daemon.status())?.warnings).toEqual([]);
    await expectLink(world, ADDRESS);
  },
);

worldTest('NetworkManager without the drop-in is found and named with the remedy', {}, async ({ world, start }) => {
  const networkManager = await startNetworkManager(world);
  await saysOfModem(networkManager, /^(?!unmanaged|unavailable)/);
  const daemon = await start();
  const { warnings } = await daemon.until('the warning', (s) => s.warnings.length > 0, 60_000);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/^NetworkManager manages cdc-wdm0.* Remedy: .*managed=0.*systemctl restart NetworkManager$/),
  ]);
  expectJournal(daemon, /NetworkManager manages cdc-wdm0/);
});

worldTest('NetworkManager that comes later and takes the modem is named when it does', {}, async ({ world, start }) => {
  const daemon = await start();
  expect((await daemon.online()).warnings).toEqual([]);
  await startNetworkManager(world);
  const { warnings } = await daemon.until('the warning', (s) => s.warnings.length > 0, 60_000);
  expect(warnings.map(warningSentence)).toEqual([expect.stringMatching(/^NetworkManager manages cdc-wdm0/)]);
});

if (rootOf(releases.networkd) !== undefined) {
  const folder = '/run/world/networkd';

  worldTest(
    'systemd-networkd with [MobileNetwork], and the shipped drop-in: no fight and no lost packet',
    {},
    async ({ world, start }) => {
      // Without udev, networkd knows no link's type.
      const dropIn = (await shipped('10-percept-lte.network')).replace('Type=wwan', 'Name=ww*');
      await world.files.write(`${folder}/network/10-percept-lte.network`, dropIn);
      const other = await startNetworkd(world);
      await world.run(['ln', '-s', `${folder}/run/systemd/netif`, '/run/systemd/netif']);
      await other.process.waitForOutput(/modem found/, 30_000);
      const daemon = await start();
      await daemon.online();
      const pinger = await world.pinger();
      await pinger.waitForAnswers(20);
      await other.stop();
      await other.startAgain();
      await pinger.waitForAnswers(40);
      const { lost, complaints } = await pinger.stop();
      expect({ lost, complaints }).toEqual({ lost: [], complaints: [] });
      expect(await connectsSent(world)).toBe(1);
      expect((await daemon.status())?.warnings).toEqual([]);
      await expectLink(world, ADDRESS);
    },
  );

  worldTest('systemd-networkd without the drop-in is found and named with the remedy', {}, async ({ world, start }) => {
    const other = await startNetworkd(world);
    await world.run(['ln', '-s', `${folder}/run/systemd/netif`, '/run/systemd/netif']);
    await other.process.waitForOutput(/wwan0/, 30_000);
    const daemon = await start();
    const { warnings } = await daemon.until('the warning', (s) => s.warnings.length > 0, 60_000);
    expect(warnings.map(warningSentence)).toEqual([
      expect.stringMatching(/^systemd-networkd manages wwan0 \(.*lte\.network\).* Remedy: .*Unmanaged=yes/),
    ]);
    expectJournal(daemon, /systemd-networkd manages wwan0/);
  });
}

worldTest("a script of ModemManager's connection.d is named", {}, async ({ world, start }) => {
  await world.files.write('/etc/ModemManager/connection.d/10-addresses', '#!/bin/sh\n', 0o755);
  await world.files.write('/etc/ModemManager/connection.d/README', 'not run\n', 0o644);
  const daemon = await start();
  const { warnings } = await daemon.until('the warning', (s) => s.warnings.length > 0, 60_000);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/run \/etc\/ModemManager\/connection\.d\/10-addresses .* Remedy: chmod -x/),
  ]);
});

worldTest("a carrier's name server in Docker's network is named with the remedy", {}, async ({ world, start }) => {
  for (const line of [
    'ip link add docker0 type bridge',
    'ip address add 172.17.0.1/16 brd 172.17.255.255 dev docker0',
    'ip link set docker0 up',
  ])
    expect((await world.run(line.split(' '))).code).toBe(0);
  await world.modem.setNextAddress({
    address: ADDRESS,
    prefix: 24,
    gateway: '100.112.107.1',
    dns: ['172.17.0.53', '198.51.100.53'],
  });
  const daemon = await start();
  await daemon.online();
  const { warnings, link } = await daemon.until('warned', (status) => status.warnings.length > 0);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(
      /^172\.17\.0\.53 of the carrier lies in 172\.17\.0\.0\/16 of docker0.* "bip" .*\/etc\/docker\/daemon\.json/,
    ),
  ]);
  expectJournal(daemon, /172\.17\.0\.53 of the carrier/);
  expect(link?.addresses).toEqual([`${ADDRESS}/24`]);
});

worldTest("an address in Docker's own network works all the same, and is named", {}, async ({ world, start }) => {
  await world.run(['ip', 'link', 'add', 'docker0', 'type', 'bridge']);
  await world.run(['ip', 'address', 'add', '172.17.0.1/16', 'dev', 'docker0']);
  await world.run(['ip', 'link', 'set', 'docker0', 'up']);
  await world.modem.setNextAddress({ address: '172.17.3.4', prefix: 16, gateway: '172.17.0.9' });
  const daemon = await start();
  await daemon.online();
  const { warnings } = await daemon.until('warned', (status) => status.warnings.length > 0);
  expect(warnings.map(warningSentence).join('\n')).toMatch(
    /^172\.17\.3\.4 of the carrier lies in 172\.17\.0\.0\/16 of docker0/m,
  );
  expect(await world.ping('192.0.2.1')).toBe(true);
  const docker = (await world.ip.routes()).filter(({ dev }) => dev === 'docker0');
  expect(docker).toMatchObject([{ dst: '172.17.0.0/16', prefsrc: '172.17.0.1' }]);
});
