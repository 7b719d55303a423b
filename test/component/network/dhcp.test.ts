// A real DHCP server at the carrier's side, and each of the clients that a board may have.
import { spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './namespace.ts';
import { openSystem, type System } from './system.ts';

/** No more powers than systemd/percept-lte.service leaves. */
const AS_THE_SERVICE = ['setpriv', '--bounding-set=-all,+net_admin,+net_raw,+net_bind_service', '--no-new-privs'];

let system: System | undefined;
afterEach(() => system?.end());

test.each([
  ['udhcpc', ['busybox', 'udhcpc']],
  ['dhclient', ['isc-dhcp-client']],
  ['dhcpcd', ['dhcpcd-base']],
])(
  '%s gets a lease, which is applied by us alone',
  async (client, packages) => {
    const on = await openSystem(packages);
    system = on;
    await on.device.ip('link set wwan0 up');
    on.carrier.start(
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--port=0',
      '--pid-file',
      '--interface=carrier0',
      '--bind-interfaces',
      '--dhcp-range=100.112.107.46,100.112.107.46,255.255.255.0,2m',
      '--dhcp-option=option:router,100.112.107.1',
      '--dhcp-option=option:dns-server,198.51.100.53',
      '--dhcp-option=option:mtu,1428',
      '--dhcp-leasefile=/dev/null',
      '--user=root',
      '--log-facility=-',
    );
    const before = await on.shell('cat /etc/resolv.conf');
    // Only the one client and the tools that are needed beside it.
    await on.shell(`mkdir -p /run/only && ln -sf $(which ${client}) /run/only/`);
    const argv = on.device.inside([
      ...AS_THE_SERVICE,
      process.execPath,
      '--import',
      'tsx',
      `${import.meta.dirname}/lease-inside.ts`,
      '/run/only',
      '/run/percept-lte',
    ]);
    const follower = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    follower.stdout.on('data', (text: Buffer) => {
      printed += text.toString();
    });
    const ended = new Promise((resolve) => follower.once('exit', resolve));
    try {
      await eventually(() => /"changed":[1-9]/.test(printed), `a lease by ${client}; it printed: ${printed}`, 25_000);
      expect(printed).toContain(
        '{"lease":{"address":"100.112.107.46","prefixLength":24,"gateway":"100.112.107.1","dns":["198.51.100.53"],"mtu":1428,"seconds":120}}',
      );
      expect(await on.device.output('ip', '-4', '-o', 'address', 'show', 'dev', 'wwan0')).toMatch(
        /100\.112\.107\.46\/32 /,
      );
      const defaults = await on.device.output('ip', 'route', 'show', 'default');
      expect(defaults).toBe('default via 100.112.107.1 dev wwan0 proto 77 src 100.112.107.46 metric 700 onlink');
      expect(await on.shell('cat /etc/resolv.conf')).toBe(before);
    } finally {
      follower.stdin.end();
      await ended;
    }
    expect(await on.device.output('ip', '-4', 'address', 'show', 'dev', 'wwan0')).toBe('');
  },
  60_000,
);

test('a host without a client is told what to install', async () => {
  const on = await openSystem([]);
  system = on;
  const script = `${import.meta.dirname}/lease-inside.ts`;
  const argv = [process.execPath, '--import', 'tsx', script, '/run/nowhere', '/run/percept-lte'];
  const printed = await on.device.runner.run(argv, { timeoutMs: 20_000 });
  expect(printed).toMatch(/DhcpError: the modem gives no address for wwan0 .* apt-get install udhcpc/);
});
