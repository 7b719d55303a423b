// An ethernet that is up and dead: LTE goes before it, and behind it again when it answers.
import { expect } from 'vitest';
import type { Status } from '../../src/status/schema.ts';
import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { eventually } from './daemon.ts';
import { expectJournal } from './expectations.ts';
import { worldTest } from './world-test.ts';

const FAR = '192.0.2.1';

/** The interface by which this host would send to `address` now, from `source` if that is given. */
async function uplink(world: World, address = FAR, source?: string): Promise<string> {
  const from = source === undefined ? [] : ['from', source];
  const { stdout } = await world.run(['ip', '-json', 'route', 'get', address, ...from]);
  return (JSON.parse(stdout) as { dev: string }[])[0]?.dev ?? 'none';
}

const isUplink = (world: World, dev: string, timeoutMs: number, address = FAR) =>
  eventually(
    async () => ((await uplink(world, address)) === dev ? true : undefined),
    timeoutMs,
    () => `${dev} as the uplink`,
  );

/** A connection to the echo service, bound to nothing, which tells when it opens and how it ends. */
async function openConnection(world: World, host = FAR): Promise<WorldProcess> {
  const program = `const s = require('node:net').connect({ host: '${host}', port: 7 });
    s.on('connect', () => console.log('open')); s.on('error', (e) => console.log('ended ' + e.code)); s.on('close', () => process.exit(0));`;
  const client = await world.spawn([process.execPath, '-e', program]);
  await client.waitForOutput(/open/, 10_000);
  return client;
}

/** A container on a bridge, masqueraded, as dockerd leaves it. */
async function startContainer(world: World): Promise<void> {
  const lines = [
    'ip link add docker0 type bridge',
    'ip address add 172.17.0.1/16 dev docker0',
    'ip link set docker0 up',
    'ip netns add box',
    'ip link add veth-box type veth peer name eth0 netns box',
    'ip link set veth-box master docker0',
    'ip link set veth-box up',
    'ip -netns box address add 172.17.0.2/16 dev eth0',
    'ip -netns box link set eth0 up',
    'ip -netns box route add default via 172.17.0.1',
    'sysctl -qw net.ipv4.ip_forward=1',
  ];
  for (const line of lines) expect(await world.run(line.split(' '))).toMatchObject({ code: 0 });
  const chain =
    'chain p { type nat hook postrouting priority 100; ip saddr 172.17.0.0/16 oifname != docker0 masquerade; }';
  expect(await world.run(['nft', `table ip nat { ${chain}; }`])).toMatchObject({ code: 0 });
  expect(await pingInside(world)).toBe(true);
}

async function pingInside(world: World): Promise<boolean> {
  const ping = ['ping', '-n', '-c', '1', '-W', '2', FAR];
  return (await world.run(['ip', 'netns', 'exec', 'box', ...ping])).code === 0;
}

/** Every route that is not ours, of the main table, and every rule. */
async function foreign(world: World): Promise<string> {
  const shown = await Promise.all(
    [4, 6].map((family) => world.run(['ip', `-${family}`, 'route', 'show', 'table', 'all'])),
  );
  const lines = shown.flatMap(({ stdout }) => stdout.split('\n'));
  return lines.filter((line) => line.includes('dev eth0') && !line.includes('proto 77')).join('\n');
}

worldTest('ethernet is up and dead: LTE carries the traffic within 45 s', { ethernet: true }, async (given) => {
  const { world, start } = given;
  const daemon = await start();
  await daemon.online();
  const before = await foreign(world);
  expect(await uplink(world)).toBe('eth0');
  const client = await openConnection(world);
  const local = await openConnection(world, '192.168.77.1');
  await startContainer(world);
  await world.carrier.ethernetLeads('lan');
  await isUplink(world, 'wwan0', 60_000);
  expect(await world.ping(FAR)).toBe(true);
  expectJournal(daemon, /eth0 is connected but nothing answers through it; wwan0 goes before it/);
  // A program with a connection over ethernet hears of it; what containers send goes by LTE.
  await client.waitForOutput(/ended/, 5_000);
  expect(local.stdout).toBe('open\n');
  expect(await pingInside(world)).toBe(true);
  expect(await daemon.why()).toMatch(
    /^online by wwan0; eth0 is connected but nothing answers through it since \d\d:\d\d/,
  );
  // What is in the LAN, and what is bound to ethernet's address, stays there; nobody's route is
  // touched.
  expect(await world.ping('192.168.77.1')).toBe(true);
  expect(await uplink(world, FAR, '192.168.77.2')).toBe('eth0');
  expect(await foreign(world)).toBe(before);
  expect(await world.files.read('/etc/resolv.conf')).toMatch(/^# percept-lte.*\nnameserver 198\.224\.166\.135/);
  // LTE is what is left when the cable is pulled, and ethernet is dead when it is plugged in again.
  await world.ethernet.down();
  expect(await world.ping(FAR)).toBe(true);
  await world.ethernet.up();
  expect(await uplink(world)).toBe('wwan0');
  await daemon.stop();
  expect(await uplink(world)).toBe('eth0');
  const rules = await world.ip.rules();
  expect(rules.filter(({ table }) => table === '7701')).toEqual([]);
});

worldTest('a dead ethernet whose route is as good as the link’s, and older', { ethernet: true }, async (given) => {
  const { world, start } = given;
  for (const route of ['del default', 'add default via 192.168.77.1 dev eth0 metric 700'])
    expect(await world.run(['ip', 'route', ...route.split(' ')])).toMatchObject({ code: 0 });
  const daemon = await start();
  await daemon.online();
  expect(await uplink(world)).toBe('eth0');
  await world.carrier.ethernetLeads('lan');
  await isUplink(world, 'wwan0', 60_000);
  expect(await world.ping(FAR)).toBe(true);
  await daemon.stop();
  expect((await world.run(['ip', 'route', 'show', 'default'])).stdout.trim()).toBe(
    'default via 192.168.77.1 dev eth0 metric 700',
  );
});

worldTest('a program killed, a modem unplugged and a reload during a take-over', { ethernet: true }, async (given) => {
  const { world, start } = given;
  const config = (more = '') => `connect:\n  apn: vzwinternet\n${more}`;
  const ours = async () => {
    const shown = await Promise.all([4, 6].map((f) => world.run(['ip', `-${f}`, 'route', 'show', 'table', 'all'])));
    const rules = await world.run(['ip', 'rule']);
    return [...shown, rules].flatMap(({ stdout }) => stdout.split('\n')).filter((l) => /proto 77|770[01]/.test(l));
  };
  const daemon = await start({ config: config() });
  await daemon.online();
  await world.carrier.ethernetLeads('lan');
  await isUplink(world, 'wwan0', 60_000);
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  await daemon.stop('SIGKILL');
  await daemon.startAgain();
  await daemon.process.waitForOutput(/online on wwan0/);
  await pinger.waitForAnswers(10);
  expect((await pinger.stop()).lost).toEqual([]);
  await world.usb.unplug();
  await eventually(
    async () => ((await ours()).length === 0 ? true : undefined),
    30_000,
    () => 'nothing of ours',
  );
  await world.usb.plug();
  await isUplink(world, 'wwan0', 90_000);
  await daemon.reload(config('network:\n  take-over: off\n'));
  await isUplink(world, 'eth0', 5_000);
  const isTaken = ({ uplinks = [] }: Status) => uplinks.some(({ takenOver }) => takenOver !== undefined);
  await daemon.until('no take-over in the status', (status) => !isTaken(status), 10_000);
});
