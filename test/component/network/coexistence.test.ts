// The real NetworkManager on wwan0, with and without the drop-in that is shipped; the others by the
// files that they leave.
import { afterEach, expect, test } from 'vitest';
import { eventually } from './namespace.ts';
import { openSystem, type System } from './system.ts';

let system: System | undefined;
afterEach(() => system?.end());

async function open(...packages: readonly string[]): Promise<System> {
  system = await openSystem(packages);
  return system;
}

const rivals = async (on: System, address?: string) =>
  await on.inside('coexistence-inside.ts', { address: address ?? (await on.startBus()) });

async function startNetworkManager(on: System, address: string, prepare = ':'): Promise<void> {
  await on.device.ip('link set wwan0 up');
  await on.shell(
    'mkdir -p /run/udev /run/NetworkManager /etc/NetworkManager/conf.d; rm -rf /etc/NetworkManager/system-connections/*',
  );
  await on.shell(
    "mount -t tmpfs tmpfs /var/lib/NetworkManager; printf '[main]\\ndns=none\\nplugins=keyfile\\n' > /run/nm.conf",
  );
  // A read-only sysfs tells it that there is no udev to wait for (a container).
  await on.shell(`mount -o remount,ro /sys; ${prepare}`);
  on.device.start('env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, 'NetworkManager', '-n', '--config=/run/nm.conf');
  const state = () => on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} nmcli -t -f DEVICE,STATE device`).catch(() => '');
  await eventually(async () => /^wwan0:/m.test(await state()), 'NetworkManager has seen wwan0', 15_000);
}

test('NetworkManager at work on wwan0 is named with its remedy', async () => {
  const on = await open();
  const address = await on.startBus();
  const keyfile =
    '[connection]\\nid=lte\\ntype=ethernet\\ninterface-name=wwan0\\n[ipv4]\\nmethod=manual\\naddress1=10.1.1.1/24\\n';
  const file = '/etc/NetworkManager/system-connections/lte.nmconnection';
  await startNetworkManager(on, address, `printf '${keyfile}' > ${file}; chmod 600 ${file}`);
  const state = () => on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} nmcli -t -f DEVICE,STATE device`);
  await eventually(async () => /^wwan0:connected/m.test(await state()), 'NetworkManager has configured wwan0', 15_000);
  expect(await rivals(on, address)).toMatchObject([
    { name: 'NetworkManager', remedy: expect.stringContaining('managed=0') },
  ]);
}, 60_000);

test('NetworkManager with the shipped drop-in leaves wwan0 alone', async () => {
  const on = await open();
  const address = await on.startBus();
  await on.shell(`cp systemd/50-percept-lte-networkmanager.conf /etc/NetworkManager/conf.d/`);
  await startNetworkManager(on, address);
  expect(await rivals(on, address)).toEqual([]);
}, 60_000);

test('nobody else: nothing to name', async () => {
  const on = await open();
  expect(await rivals(on, await on.startBus())).toEqual([]);
}, 30_000);

test('systemd-networkd is named by what it says of the link', async () => {
  const on = await open();
  await on.shell(
    'mkdir -p /run/systemd/netif/links; echo ADMIN_STATE=configured > /run/systemd/netif/links/$(cat /sys/class/net/wwan0/ifindex)',
  );
  expect(await rivals(on)).toMatchObject([
    { name: 'systemd-networkd', remedy: expect.stringContaining('Unmanaged=yes') },
  ]);
  await on.shell('echo ADMIN_STATE=unmanaged > /run/systemd/netif/links/$(cat /sys/class/net/wwan0/ifindex)');
  expect(await rivals(on)).toEqual([]);
}, 30_000);

test('dhcpcd that runs on the host is named until it is told to keep away', async () => {
  const on = await open('dhcpcd-base');
  on.device.start('dhcpcd', '-B', '-M');
  await eventually(async () => ((await rivals(on)) as unknown[]).length > 0, 'dhcpcd is noticed', 10_000);
  expect(await rivals(on)).toMatchObject([{ name: 'dhcpcd' }]);
  await on.shell('echo "denyinterfaces wlan0 wwan*" >> /etc/dhcpcd.conf');
  expect(await rivals(on)).toEqual([]);
}, 60_000);

test("a script in ModemManager's connection.d is named", async () => {
  const on = await open();
  await on.shell(
    'mkdir -p /etc/ModemManager/connection.d; touch /etc/ModemManager/connection.d/README; printf "#!/bin/sh\\n" > /etc/ModemManager/connection.d/10-up; chmod +x /etc/ModemManager/connection.d/10-up',
  );
  expect(await rivals(on)).toMatchObject([
    { name: 'connection.d', reason: expect.stringContaining('/etc/ModemManager/connection.d/10-up') },
  ]);
}, 30_000);
