// A modem that gives no address: ModemManager says method dhcp, and a real DHCP server at the
// carrier's side is asked by a real client.

import { existsSync } from 'node:fs';
import { unpackedDeb } from '../prepare/debs.mjs';
import type { World } from '../world/world.ts';
import { type DaemonUnderTest, MINIMAL_CONFIG } from './daemon.ts';
import { needs } from './needs.mjs';
import type { DaemonInWorld } from './world-test.ts';

/** What the carrier's server gives. */
export const OFFER = {
  address: '100.112.107.60',
  gateway: '100.112.107.1',
  dns: ['198.51.100.53'],
  mtu: 1400,
};
/** The daemon's PATH. */
export const TOOLS = '/run/world/tools';

/** Only this client, and beside it the commands that the daemon needs. */
export async function withClient(world: World, client: 'udhcpc' | 'dhclient' | 'dhcpcd' | undefined): Promise<string> {
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
  const folder = unpackedDeb(client === 'dhclient' ? 'isc-dhcp-client' : 'dhcpcd-base', needs);
  const places = ['sbin', 'usr/sbin'].map((place) => `${folder}/${place}/${client}`);
  return places.find((path) => existsSync(path)) ?? `${client}, which no package brought`;
}

/** The daemon online over a lease that `client` got. */
export async function onlineBy(
  client: 'udhcpc' | 'dhclient' | 'dhcpcd',
  { world, start }: DaemonInWorld,
  config = MINIMAL_CONFIG,
): Promise<DaemonUnderTest> {
  await world.modem.setNoAddress();
  await world.carrier.serveAddresses({ dhcp: OFFER });
  const daemon = await start({ config, env: { PATH: await withClient(world, client) } });
  await daemon.online(60_000);
  return daemon;
}
