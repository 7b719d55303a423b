// Name servers handed to the real thing: systemd-resolved, Debian's resolvconf, openresolv and a
// plain file, each in namespaces of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './namespace.ts';
import { openSystem, type System } from './system.ts';

let system: System | undefined;
afterEach(() => system?.end());

const servers = ['198.51.100.53', '198.51.100.54'];
const wanted = { interface: 'wwan0', servers, preferred: true };

async function open(...packages: readonly string[]): Promise<System> {
  system = await openSystem(packages);
  await system.device.ip(
    'link set wwan0 up',
    'address add 100.112.107.46/24 dev wwan0',
    'route add default dev wwan0 metric 700',
  );
  return system;
}

const apply = (on: System, more: object = {}, address?: string) =>
  on.inside('dns-inside.ts', { apply: { ...wanted, ...more }, address });
const clear = (on: System, address?: string) => on.inside('dns-inside.ts', { clear: 'wwan0', address });
const resolvConf = (on: System) => on.shell('cat /etc/resolv.conf');

async function startResolved(on: System, address: string): Promise<ChildProcess> {
  await on.shell(
    'grep -q systemd-resolve /etc/passwd || echo systemd-resolve:x:990:990::/run:/usr/sbin/nologin >> /etc/passwd',
  );
  await on.shell('grep -q systemd-resolve /etc/group || echo systemd-resolve:x:990: >> /etc/group');
  await on.shell('mkdir -p /run/systemd; install -d -o systemd-resolve -g systemd-resolve /run/systemd/resolve');
  const resolved = on.device.start('env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, '/lib/systemd/systemd-resolved');
  await on.shell(
    `for i in $(seq 100); do DBUS_SYSTEM_BUS_ADDRESS=${address} timeout 1 resolvectl status >/dev/null 2>&1 && exit 0; sleep 0.05; done; exit 1`,
  );
  await on.shell('ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf');
  return resolved;
}

test('systemd-resolved: servers and the routing domain on the link, the stub file untouched, all back afterwards', async () => {
  const on = await open('systemd-resolved');
  const address = await on.startBus();
  await startResolved(on, address);
  const ctl = (what: string) => on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} resolvectl ${what} wwan0`);
  const before = await resolvConf(on);
  expect(await apply(on, {}, address)).toMatchObject({ mode: 'systemd-resolved' });
  expect(await ctl('dns')).toMatch(/wwan0\): 198\.51\.100\.53 198\.51\.100\.54$/);
  expect(await ctl('domain')).toMatch(/wwan0\): ~\.$/);
  expect(await ctl('default-route')).toMatch(/yes$/);
  await apply(on, { preferred: false, servers: [...servers, '2001:db8::53'] }, address);
  expect(await ctl('dns')).toMatch(/: 198\.51\.100\.53 198\.51\.100\.54 2001:db8::53$/);
  expect(await ctl('domain')).toMatch(/wwan0\):$/);
  expect(await resolvConf(on)).toBe(before);
  await clear(on, address);
  expect(await ctl('dns')).toMatch(/wwan0\):$/);
}, 30_000);

test('systemd-resolved: names resolve through the carrier server', async () => {
  const on = await open('systemd-resolved');
  on.carrier.start(
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--pid-file',
    '--listen-address=198.51.100.53',
    '--bind-interfaces',
    '--address=/carrier.example/192.0.2.7',
    '--user=root',
  );
  const address = await on.startBus();
  await startResolved(on, address);
  await apply(on, {}, address);
  expect(await on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} resolvectl query carrier.example`)).toContain('192.0.2.7');
}, 30_000);

test('systemd-resolved: what it forgets when it restarts, it is told again; a better uplink is asked first', async () => {
  const on = await open('systemd-resolved');
  const address = await on.startBus();
  const resolved = await startResolved(on, address);
  const script = `${import.meta.dirname}/name-servers-inside.ts`;
  const argv = on.device.inside([process.execPath, '--import', 'tsx', script, address]);
  const keeper = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  let log = '';
  keeper.stdout.on('data', (text: Buffer) => {
    log += text.toString();
  });
  const ended = new Promise((resolve) => keeper.once('exit', resolve));
  const dns = () => on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} resolvectl dns wwan0`).catch(() => '');
  try {
    await eventually(async () => (await dns()).endsWith(': 198.51.100.53'), 'the servers are handed over', 40_000);
    const gone = new Promise((resolve) => resolved.once('exit', resolve));
    resolved.kill();
    await gone;
    await startResolved(on, address);
    await eventually(
      async () => (await dns()).endsWith(': 198.51.100.53'),
      'the servers are handed over again',
      40_000,
    );
    const domain = () => on.shell(`DBUS_SYSTEM_BUS_ADDRESS=${address} resolvectl domain wwan0`);
    await eventually(async () => (await domain()).endsWith('~.'), 'wwan0 is asked for everything', 40_000);
    await on.device.ip('link add eth0 type veth peer name lan', 'link set eth0 up', 'link set lan up');
    await on.device.ip('address add 192.168.7.2/24 dev eth0', 'route add default via 192.168.7.1 dev eth0 metric 100');
    await eventually(async () => !(await domain()).endsWith('~.'), 'Ethernet is asked first', 40_000);
  } finally {
    keeper.stdin.end();
    await ended;
  }
  expect(await dns()).toMatch(/wwan0\):$/);
  const decisions = log.match(/name servers handed over.*/g);
  expect(decisions?.at(-1)).toContain('mode=systemd-resolved');
}, 180_000);

test("Debian's resolvconf: a record of our own, which goes again", async () => {
  const on = await open('resolvconf');
  await on.shell(
    'mkdir -p /run/resolvconf/interface; : > /run/resolvconf/enable-updates; ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf; rm -rf /etc/resolvconf/run; ln -s /run/resolvconf /etc/resolvconf/run; resolvconf -u',
  );
  await on.shell('echo nameserver 192.168.7.1 | resolvconf -a eth0.dhclient');
  expect(await apply(on)).toMatchObject({ mode: 'resolvconf', seen: { resolvconf: 'debian' } });
  expect(await resolvConf(on)).toMatch(/nameserver 198\.51\.100\.53/);
  expect(await resolvConf(on)).toMatch(/nameserver 192\.168\.7\.1/);
  expect(await on.shell('ls /run/resolvconf/interface')).toContain('wwan0.percept-lte');
  await clear(on);
  expect(await resolvConf(on)).not.toMatch(/198\.51\.100/);
  expect(await resolvConf(on)).toMatch(/nameserver 192\.168\.7\.1/);
}, 30_000);

test("Debian's resolvconf beside a plain file is not asked: nobody reads what it writes", async () => {
  const on = await open('resolvconf');
  expect(await apply(on)).toMatchObject({ mode: 'file', seen: { resolvconf: 'debian' } });
}, 30_000);

test('openresolv: a record of our own, which goes again', async () => {
  const on = await open('openresolv');
  await on.shell('echo nameserver 192.168.7.1 | resolvconf -a eth0.dhcp');
  expect(await apply(on)).toMatchObject({ mode: 'resolvconf', seen: { resolvconf: 'openresolv' } });
  expect(await resolvConf(on)).toMatch(/nameserver 198\.51\.100\.53/);
  await apply(on, { preferred: false });
  expect((await resolvConf(on)).indexOf('192.168.7.1')).toBeLessThan((await resolvConf(on)).indexOf('198.51.100.53'));
  await clear(on);
  expect(await resolvConf(on)).not.toMatch(/198\.51\.100/);
  expect(await resolvConf(on)).toMatch(/nameserver 192\.168\.7\.1/);
}, 30_000);

/** The unit's ReadWritePaths= over a read-only /run; what begins with - and is missing is ignored. */
async function confineRun(on: System): Promise<void> {
  const unit = readFileSync(new URL('../../../systemd/percept-lte.service', import.meta.url), 'utf8');
  const values = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  for (const command of values('ExecStartPre')) await on.shell(command.replace(/^[-+]+/, ''));
  const paths = values('ReadWritePaths').flatMap((line) => line.split(' '));
  for (const path of paths.map((word) => word.replace('-', '')).filter((word) => word.startsWith('/run/')))
    await on.shell(`[ ! -d ${path} ] || mount --bind ${path} ${path}`);
  await on.shell('mount -o remount,bind,ro /run');
}

test('openresolv, never used before, in a /run that the unit keeps read-only: it takes the name servers', async () => {
  const on = await open('openresolv');
  await expect(on.shell('ls -d /run/resolvconf')).rejects.toThrow();
  await confineRun(on);
  await expect(on.shell('mkdir /run/other')).rejects.toThrow(/Read-only/);
  expect(await apply(on)).toMatchObject({ mode: 'resolvconf', seen: { resolvconf: 'openresolv' } });
  expect(await resolvConf(on)).toMatch(/nameserver 198\.51\.100\.53/);
  await clear(on);
  expect(await resolvConf(on)).not.toMatch(/198\.51\.100/);
}, 30_000);

test('a plain file: our block, others beside it, restored to the byte', async () => {
  const on = await open();
  await on.shell("printf 'search lan\\nnameserver 192.168.7.1' > /etc/resolv.conf; chmod 640 /etc/resolv.conf");
  const before = await on.shell('od -c /etc/resolv.conf; stat -c %a /etc/resolv.conf');
  expect(await apply(on)).toMatchObject({
    mode: 'file',
    trace: expect.stringContaining('rc=file owner=nobody resolved=no'),
  });
  await apply(on);
  expect((await resolvConf(on)).match(/^nameserver .*/gm)).toEqual([
    'nameserver 198.51.100.53',
    'nameserver 198.51.100.54',
    'nameserver 192.168.7.1',
  ]);
  // No longer the best way out: behind the others.
  await apply(on, { preferred: false });
  expect((await resolvConf(on)).match(/^nameserver .*/gm)?.[0]).toBe('nameserver 192.168.7.1');
  await apply(on);
  await clear(on);
  expect(await on.shell('od -c /etc/resolv.conf; stat -c %a /etc/resolv.conf')).toBe(before);
}, 30_000);

test("a plain file: somebody else's rewrite is respected", async () => {
  const on = await open();
  await apply(on);
  await on.shell('echo nameserver 192.168.9.9 > /etc/resolv.conf');
  await clear(on);
  expect(await resolvConf(on)).toBe('nameserver 192.168.9.9');
}, 30_000);

test('a plain file that is a bind mount, as in containers, is written in place', async () => {
  const on = await open();
  await on.shell('echo nameserver 192.168.7.1 > /run/other; mount --bind /run/other /etc/resolv.conf');
  await apply(on);
  expect(await on.shell('cat /run/other')).toMatch(/198\.51\.100\.53/);
  await clear(on);
  expect(await on.shell('cat /run/other')).toBe('nameserver 192.168.7.1');
}, 30_000);

test.each([
  ['no file', 'rm /etc/resolv.conf', '[ ! -e /etc/resolv.conf ] && echo gone'],
  ['a dangling link', 'ln -sf ../run/nowhere/resolv.conf /etc/resolv.conf', 'readlink /etc/resolv.conf'],
])(
  '%s is there again afterwards',
  async (_, prepare, look) => {
    const on = await open();
    await on.shell(prepare);
    const before = await on.shell(look);
    expect(await apply(on)).toMatchObject({ mode: 'file' });
    expect(await resolvConf(on)).toMatch(/nameserver 198\.51\.100\.53/);
    await clear(on);
    expect(await on.shell(look)).toBe(before);
  },
  30_000,
);

test.each([
  ['/run/NetworkManager/resolv.conf', 'NetworkManager'],
  ['/run/other/resolv.conf', 'nobody'],
])(
  'a link to %s, where the unit cannot write, is replaced by a file, and put back',
  async (target, owner) => {
    const on = await open();
    const folder = target.replace('/resolv.conf', '');
    await on.shell(
      `mkdir -p ${folder}; echo nameserver 192.168.7.1 > ${target}; ln -sf ${target} /etc/resolv.conf; ` +
        `mount --bind ${folder} ${folder}; mount -o remount,ro,bind ${folder}`,
    );
    expect(await apply(on)).toMatchObject({ mode: 'file', trace: expect.stringContaining(`owner=${owner}`) });
    expect((await resolvConf(on)).match(/^nameserver .*/gm)).toEqual([
      'nameserver 198.51.100.53',
      'nameserver 198.51.100.54',
      'nameserver 192.168.7.1',
    ]);
    // Doing it again changes nothing, and what the other program writes meanwhile is taken over.
    expect(await apply(on)).toMatchObject({ changed: false });
    await on.shell(`mount -o remount,rw,bind ${folder}; echo nameserver 192.168.9.9 > ${target}`);
    await apply(on);
    expect((await resolvConf(on)).match(/^nameserver .*/gm)?.at(-1)).toBe('nameserver 192.168.9.9');
    await clear(on);
    expect(await on.shell('readlink /etc/resolv.conf; cat /etc/resolv.conf')).toBe(`${target}\nnameserver 192.168.9.9`);
  },
  30_000,
);

test('an immutable file is named as one', async () => {
  const on = await open();
  // The world's /etc is on a tmpfs, which knows no chattr: a file system that does is put in its
  // place.
  const image = 'truncate -s 4M /run/image; mkfs.ext4 -q /run/image; mkdir /run/ext; mount -o loop /run/image /run/ext';
  const immutable = 'echo nameserver 192.168.7.1 > /run/ext/resolv.conf; chattr +i /run/ext/resolv.conf';
  await on.shell(`${image}; ${immutable}; mount --bind /run/ext/resolv.conf /etc/resolv.conf`);
  const decision = await apply(on);
  await on.shell('chattr -i /run/ext/resolv.conf');
  expect(decision).toMatchObject({
    mode: 'none',
    warning: { text: expect.stringContaining('chattr -i /etc/resolv.conf') },
  });
}, 30_000);

test('a read-only file is left alone, and said', async () => {
  const on = await open();
  await on.shell('mount --bind /etc/resolv.conf /etc/resolv.conf; mount -o remount,ro,bind /etc/resolv.conf');
  expect(await apply(on)).toMatchObject({
    mode: 'none',
    warning: { text: expect.stringContaining('read-only for this program') },
  });
  await clear(on);
}, 30_000);

test('no servers take back what earlier ones brought', async () => {
  const on = await open();
  await apply(on);
  await apply(on, { servers: [] });
  expect(await resolvConf(on)).toBe('nameserver 192.168.7.1');
}, 30_000);
