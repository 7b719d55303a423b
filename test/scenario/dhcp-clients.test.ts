// Each of the real DHCP clients, what becomes of a lease, and a host that has no client. Which
// ModemManager told the method has no say in it.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { eventually, MINIMAL_CONFIG } from './daemon.ts';
import { OFFER, onlineBy, TOOLS, withClient } from './dhcp.ts';
import { connectsSent, expectLink, expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

for (const client of ['udhcpc', 'dhclient', 'dhcpcd'] as const) {
  worldTest(`takes a lease by ${client}, which touches nothing itself`, {}, async (given) => {
    const { world } = given;
    const resolvConf = await world.files.read('/etc/resolv.conf');
    const daemon = await onlineBy(client, given, 'connect:\n  apn: vzwinternet\nnetwork:\n  dns: off\n');
    expect((await daemon.status())?.link).toMatchObject({
      addresses: [`${OFFER.address}/24`],
      gateway: OFFER.gateway,
      mtu: OFFER.mtu,
      metric: 700,
    });
    await expectLink(world, OFFER.address);
    expect((await world.ip.link())?.mtu).toBe(OFFER.mtu);
    const foreign = (await world.ip.routes()).filter(({ dev, protocol }) => dev === 'wwan0' && protocol === 'dhcp');
    expect(foreign).toEqual([]);
    expect(await world.files.read('/etc/resolv.conf')).toBe(resolvConf);
    await daemon.stop();
    await expectNothingLeft(world);
    await eventually(
      async () => ((await world.run(['pgrep', '-f', `/${client} `])).code === 0 ? undefined : true),
      5_000,
      () => `the end of ${client}`,
    );
  });
}

/**
 * The client's process, which is asked to renew its lease at once: half of it would be a minute.
 */
async function renew(world: World): Promise<void> {
  const { stdout } = await world.run(['pgrep', '-f', `^${TOOLS}/udhcpc `]);
  await world.run(['kill', '-USR1', stdout.trim()]);
}

worldTest('follows the server to another address, with its name servers', {}, async (given) => {
  const { world } = given;
  const daemon = await onlineBy('udhcpc', given);
  expect((await daemon.status())?.link?.dns).toEqual(OFFER.dns);
  expect(await world.files.read('/etc/resolv.conf')).toContain('nameserver 198.51.100.53');
  const next = { ...OFFER, address: '100.112.107.77', dns: ['198.51.100.54'], mtu: 1380 };
  await world.carrier.serveAddresses({ dhcp: next });
  await renew(world);
  await daemon.until('the new address', ({ link }) => link?.addresses[0] === `${next.address}/24`);
  await eventually(
    async () => ((await world.ping('192.0.2.1', { from: next.address })) ? true : undefined),
    10_000,
    () => `traffic from the new address; the journal says:\n${daemon.journal}`,
  );
  await expectLink(world, next.address);
  expect((await world.ip.link())?.mtu).toBe(next.mtu);
  expect((await daemon.status())?.link?.dns).toEqual(next.dns);
  expect((await world.modem.attempts()).filter(({ kind }) => kind === 'activate')).toHaveLength(1);
});

worldTest('restarts and reloads without losing a packet of a lease', {}, async (given) => {
  const { world } = given;
  const daemon = await onlineBy('udhcpc', given);
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  await daemon.stop('SIGKILL');
  await daemon.startAgain();
  await daemon.process.waitForOutput(/traffic passes/);
  await daemon.reload(`${MINIMAL_CONFIG}network:\n  metric: 650\n`);
  await daemon.until('the new metric', ({ link }) => link?.metric === 650);
  await pinger.waitForAnswers(10);
  expect((await pinger.stop()).lost).toEqual([]);
  expect((await daemon.status())?.link?.addresses).toEqual([`${OFFER.address}/24`]);
  expect((await world.modem.attempts()).filter(({ kind }) => kind === 'activate')).toHaveLength(1);
});

worldTest('starts a client again that died, and loses nothing meanwhile', {}, async (given) => {
  const { world } = given;
  const daemon = await onlineBy('udhcpc', given);
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  const { stdout } = await world.run(['pgrep', '-f', `^${TOOLS}/udhcpc `]);
  await world.run(['kill', '-KILL', stdout.trim()]);
  await daemon.process.waitForOutput(/DHCP client ended/);
  await eventually(
    async () => {
      const again = await world.run(['pgrep', '-f', `^${TOOLS}/udhcpc `]);
      return again.code === 0 && again.stdout !== stdout ? true : undefined;
    },
    10_000,
    () => 'another udhcpc',
  );
  await pinger.waitForAnswers(10);
  expect((await pinger.stop()).lost).toEqual([]);
  await expectLink(world, OFFER.address);
});

worldTest(
  'says which package is missing on a host without a client, resets no modem for it, and takes one that is installed',
  {},
  async ({ world, start }) => {
    await world.modem.setNoAddress();
    await world.carrier.serveAddresses({ dhcp: OFFER });
    const daemon = await start({ env: { PATH: await withClient(world, undefined) } });
    const status = await daemon.until('the failure', ({ lastFailure }) => lastFailure?.name === 'DhcpError');
    expect(status.lastFailure?.text).toMatch(/no DHCP client.*apt-get install udhcpc/);
    await new Promise((resolve) => setTimeout(resolve, 35_000));
    expect((await daemon.status())?.ladder.rungsTried).toEqual([]);
    await withClient(world, 'udhcpc');
    await daemon.online(30_000);
    await expectLink(world, OFFER.address);
    expect(await connectsSent(world)).toBe(1);
  },
);

worldTest('says that no server answers, and tries another session', {}, async ({ world, start }) => {
  await world.modem.setNoAddress();
  const daemon = await start({ env: { PATH: await withClient(world, 'udhcpc') } });
  const status = await daemon.until('the failure', ({ lastFailure }) => lastFailure?.name === 'DhcpError', 60_000);
  expect(status.lastFailure?.text).toMatch(/no DHCP server answers on wwan0/);
  await world.carrier.serveAddresses({ dhcp: OFFER });
  await daemon.online(60_000);
  await expectLink(world, OFFER.address);
});
