// The world itself: its carrier's faults, its bus, its files; worlds do not meet, and nothing is
// left of one whose test died.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { comeOnline, linesOf, startWorld } from './steps.ts';

describe.concurrent('the carrier', () => {
  test('lets an old address go dark when it moves the session', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    await world.modem.changeAddress({ address: '100.112.107.99' }, { indicate: false });
    expect(await world.ping()).toBe(false);
    await world.run(['ip', 'address', 'add', '100.112.107.99/24', 'dev', 'wwan0']);
    expect(await world.ping('192.0.2.1', { from: '100.112.107.99' })).toBe(true);
  });

  test('swallows, blocks, shrinks and stays silent, one after the other', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    await world.carrier.swallow();
    expect(await world.ping()).toBe(false);
    await world.carrier.swallow(false);
    await world.carrier.blockIcmp();
    expect(await world.ping()).toBe(false);
    await world.carrier.blockIcmp(false);
    await world.carrier.smallMtu(1000);
    expect(await world.ping()).toBe(true);
    expect((await world.run(['ping', '-c', '1', '-W', '1', '-s', '1200', '192.0.2.1'])).code).toBe(1);
    await world.carrier.smallMtu();
    await world.carrier.down();
    expect((await world.ip.link())?.flags).toContain('NO-CARRIER');
    await world.carrier.up();
    expect(await world.ping()).toBe(true);
  });

  test('answers names over UDP and TCP, web requests, and counts them', async (context) => {
    const world = await startWorld(context, {});
    await comeOnline(world, 'multitech');
    const program = `
      const { Resolver } = require('node:dns').promises;
      const resolver = new Resolver({ timeout: 500, tries: 1 });
      resolver.setServers(['198.224.166.135']);
      resolver.resolve4('example.com').then(async (addresses) => {
        const { status } = await fetch('http://' + addresses[0] + '/');
        process.stdout.write(addresses[0] + ' ' + status);
      }, (error) => process.stdout.write(error.code));`;
    const ask = async (): Promise<string> => (await world.run([process.execPath, '-e', program])).stdout;
    expect(await ask()).toBe('192.0.2.1 204');
    await world.carrier.silentDns();
    expect(await ask()).toBe('ETIMEOUT');
    expect(await world.carrier.counters()).toMatchObject({ dnsQueries: 2, tcpConnections: 1 });
  });

  test('gives IPv6 beside IPv4', async (context) => {
    const world = await startWorld(context, {});
    await world.modem.setIpv6(true);
    await world.mmcli('-m', 'any', '--enable');
    await world.mmcli('-m', 'any', '--simple-connect=apn=vzwinternet,ip-type=ipv4v6');
    const bearer = linesOf((await world.mmcli('-b', '0')).stdout);
    expect(bearer).toEqual(expect.arrayContaining(['address: 2001:db8:6b::2e', 'gateway: 2001:db8:6b::1']));
    await world.run(['ip', 'link', 'set', 'dev', 'wwan0', 'up']);
    await world.run(['ip', 'address', 'add', '2001:db8:6b::2e/64', 'dev', 'wwan0', 'nodad']);
    await world.run(['ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:6b::1', 'dev', 'wwan0']);
    expect(await world.ping('2001:db8:2::1')).toBe(true);
  });

  test('leaves the other way out alone', async (context) => {
    const world = await startWorld(context, { ethernet: true, startModemManager: false });
    expect(await world.ping('192.0.2.1', { from: 'eth0' })).toBe(true);
    expect(await world.ip.routes()).toContainEqual(
      expect.objectContaining({ dst: 'default', dev: 'eth0', metric: 100 }),
    );
    await world.ethernet.down();
    expect(await world.ping()).toBe(false);
  });
});

describe.concurrent('a world', () => {
  test('has a bus that dies and comes back at the same address', async (context) => {
    const world = await startWorld(context, {});
    await world.bus.restart();
    expect(await world.modemManager.modems()).toBeUndefined();
    await world.modemManager.restart();
    await world.modemManager.waitForModem();
  });

  test('has files that reach no disk', async (context) => {
    const world = await startWorld(context, { startModemManager: false });
    await world.files.write('/etc/percept-lte-test.yaml', 'a: 1\n', 0o600);
    await world.files.write('/var/lib/percept-lte-test/x', 'b');
    expect((await world.run(['cat', '/etc/percept-lte-test.yaml'])).stdout).toBe('a: 1\n');
    expect(await readdir('/etc')).not.toContain('percept-lte-test.yaml');
    expect(await readdir('/var/lib')).not.toContain('percept-lte-test');
  });

  test('stands beside another without meeting it', async (context) => {
    const [one, two] = await Promise.all([startWorld(context, {}), startWorld(context, { profile: 'vodafone' })]);
    await Promise.all([comeOnline(one, 'multitech'), comeOnline(two, 'vodafone')]);
    await one.modem.dropBearer();
    expect(await Promise.all([one.ping(), two.ping()])).toEqual([false, true]);
  });

  test('leaves no process and no mount behind when its test process is killed', async ({ expect }) => {
    const program = `
      import { World } from ${JSON.stringify(new URL('./world.ts', import.meta.url).href)};
      const world = await World.start();
      await world.spawn(['sleep', '1000']);
      process.stdout.write('pid ' + (await world.pid()) + '\\n');`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const namespace = await readlink(`/proc/${/pid (\d+)/.exec(String(line))?.[1]}/ns/pid`);
    expect((await processesIn(namespace)).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    await expect.poll(() => processesIn(namespace), { timeout: 10_000 }).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain('/run/world');
  });
});

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const source = new URL('./world.ts', import.meta.url);
const asRoot = process.getuid?.() === 0;
const nobodyMayRead = asRoot && spawnSync('setpriv', [...nobody.slice(1), 'test', '-r', source.pathname]).status === 0;

// Only root can become somebody else; an ordinary user's own run of this file shows the same.
if (nobodyMayRead) {
  test('is to be had without being root', async () => {
    const program = `
      import { World } from ${JSON.stringify(source.href)};
      const world = await World.start({ modemManager: 'host' });
      await world.mmcli('-m', 'any', '--simple-connect=apn=vzwinternet');
      await world.run(['ip', 'link', 'set', 'dev', 'wwan0', 'up']);
      await world.run(['ip', 'address', 'add', '100.112.107.46/24', 'dev', 'wwan0']);
      await world.run(['ip', 'route', 'add', 'default', 'dev', 'wwan0']);
      process.stdout.write('ping ' + (await world.ping()));
      await world.stop();`;
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const [command = '', ...flags] = nobody;
    const args = [...flags, process.execPath, '--import', tsx, '--input-type=module', '-e', program];
    const child = spawn(command, args, { env: { ...process.env, TMPDIR: '/tmp' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    await once(child, 'close');
    expect(output).toBe('ping true');
  });
}

/** Pids of the processes in a PID namespace. */
async function processesIn(namespace: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids.map(async (pid) => (await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === namespace),
  );
  return pids.filter((_, index) => inside[index]);
}
