// A modem that gives no address: ModemManager says method dhcp, and a real DHCP server at the carrier's side is asked by each of the real clients.
import { expect } from 'vitest';
import { unpackDeb } from '../component/network/deb.ts';
import type { World } from '../world/world.ts';
import { type DaemonUnderTest, eventually } from './daemon.ts';
import { expectLink, expectNothingLeft } from './expectations.ts';
import { type Stage, worldTest } from './world-test.ts';

const OFFER = {
  address: '100.112.107.60',
  gateway: '100.112.107.1',
  dns: ['198.51.100.53'],
  mtu: 1400,
};
const TOOLS = '/run/world/tools';

/** Only this client, and beside it the commands that the daemon needs. */
async function withClient(world: World, client: 'udhcpc' | 'dhclient' | 'dhcpcd' | undefined): Promise<string> {
  const wanted = ['ip', 'ss', 'ping', 'sh'];
  await world.run(['mkdir', '-p', TOOLS]);
  for (const name of wanted) {
    const { stdout } = await world.run(['which', name]);
    await world.run(['ln', '-sf', stdout.trim(), `${TOOLS}/${name}`]);
  }
  if (client === undefined) return TOOLS;
  await world.run(['ln', '-sf', await programOf(world, client), `${TOOLS}/${client}`]);
  return TOOLS;
}

async function programOf(world: World, client: 'udhcpc' | 'dhclient' | 'dhcpcd'): Promise<string> {
  if (client === 'udhcpc') return (await world.run(['which', 'busybox'])).stdout.trim();
  if (client === 'dhclient') return `${await unpackDeb('isc-dhcp-client')}/sbin/dhclient`;
  return `${await unpackDeb('dhcpcd-base')}/usr/sbin/dhcpcd`;
}

/** The daemon online over a lease that `client` got. */
async function onlineBy(client: 'udhcpc' | 'dhclient' | 'dhcpcd', { world, start }: Stage): Promise<DaemonUnderTest> {
  await world.modem.setNoAddress();
  await world.carrier.serveAddresses({ dhcp: OFFER });
  const daemon = await start({ env: { PATH: await withClient(world, client) } });
  await daemon.online(60_000);
  return daemon;
}

for (const client of ['udhcpc', 'dhclient', 'dhcpcd'] as const) {
  worldTest(`takes a lease by ${client}, which touches nothing itself`, {}, async (stage) => {
    const { world } = stage;
    const resolvConf = await world.files.read('/etc/resolv.conf');
    const daemon = await onlineBy(client, stage);
    expect((await daemon.status())?.link).toMatchObject({
      addresses: [`${OFFER.address}/24`],
      gateway: OFFER.gateway,
      mtu: OFFER.mtu,
      metric: 700,
    });
    await expectLink(world, OFFER.address, 24);
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
