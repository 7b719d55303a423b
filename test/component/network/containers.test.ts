// Containers from before LTE: docs/containers.md's `DNSStubListenerExtra=` on a real
// systemd-resolved. The one for hosts with an older one is in test/scenario/docker.test.ts.
import { afterEach, expect, test } from 'vitest';
import { eventually } from './namespace.ts';
import { openSystem, type System } from './system.ts';

let system: System | undefined;
afterEach(() => system?.end());

/** docker0 as dockerd leaves it, and a container on it. */
const DOCKER = [
  'link add docker0 type bridge',
  'address add 172.17.0.1/16 dev docker0',
  'link set docker0 up',
  'netns add box',
  'link add veth0 type veth peer name eth0 netns box',
  'link set veth0 master docker0',
  'link set veth0 up',
  '-netns box address add 172.17.0.2/16 dev eth0',
  '-netns box link set eth0 up',
];

const RESOLVE = `const { Resolver } = require('node:dns').promises; const r = new Resolver({ timeout: 500, tries: 1 });
  r.setServers(['172.17.0.1']); r.resolve4('carrier.example').then(([a]) => console.log(a), (e) => console.log(e.code));`;

const inBox = (on: System) => on.device.output('ip', 'netns', 'exec', 'box', process.execPath, '-e', RESOLVE);

async function startResolved(on: System, address: string): Promise<void> {
  await on.shell(
    'grep -q systemd-resolve /etc/passwd || echo systemd-resolve:x:990:990::/run:/usr/sbin/nologin >> /etc/passwd',
  );
  await on.shell('grep -q systemd-resolve /etc/group || echo systemd-resolve:x:990: >> /etc/group');
  await on.shell('mkdir -p /run/systemd; install -d -o systemd-resolve -g systemd-resolve /run/systemd/resolve');
  await on.shell('mkdir -p /etc/systemd/resolved.conf.d');
  // The file of docs/containers.md, word for word.
  await on.shell(
    "printf '[Resolve]\\nDNSStubListenerExtra=172.17.0.1\\n' > /etc/systemd/resolved.conf.d/containers.conf",
  );
  on.device.start('env', `DBUS_SYSTEM_BUS_ADDRESS=${address}`, '/lib/systemd/systemd-resolved');
  await eventually(
    async () => (await on.shell('ls /run/systemd/resolve')).includes('stub-resolv.conf'),
    'resolved',
    10_000,
  );
  await on.shell('ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf');
}

test('a container from before LTE resolves names through systemd-resolved as soon as the link has servers', async () => {
  const on = await openSystem(['systemd-resolved']);
  system = on;
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
  // At boot resolved comes before dockerd makes its bridge, and both before the link.
  await startResolved(on, address);
  for (const line of DOCKER) await on.device.output('ip', ...line.split(' '));
  expect(await inBox(on)).not.toBe('192.0.2.7');
  await on.device.ip(
    'link set wwan0 up',
    'address add 100.112.107.46/24 dev wwan0',
    'route add default dev wwan0 metric 700',
  );
  const apply = { interface: 'wwan0', servers: ['198.51.100.53'], preferred: true };
  expect(await on.inside('dns-inside.ts', { apply, address })).toMatchObject({ mode: 'systemd-resolved' });
  await eventually(async () => (await inBox(on)) === '192.0.2.7', 'an answer inside the container', 10_000);
}, 60_000);
