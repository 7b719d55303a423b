// Probes over a real link: a real DNS server, TCP and ICMP at the carrier's side, an Ethernet with the better route, strict rp_filter.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { applyLink } from '../../../src/network/link/apply.ts';
import type { ProbeTarget } from '../../../src/network/reachability/probe/attempt.ts';
import type { ProbeResult } from '../../../src/network/reachability/probe/probe.ts';
import { eventually, openPair, type Pair } from './namespace.ts';

const signal = new AbortController().signal;
const ADDRESS = '100.112.107.46';
const dns: ProbeTarget = { kind: 'dns' };
const tcp: ProbeTarget = { kind: 'tcp', address: '192.0.2.1', port: 443 };
const icmp: ProbeTarget = { kind: 'icmp', address: '192.0.2.1' };

let pair: Pair;

beforeAll(async () => {
  pair = await openPair();
  const { device, carrier } = pair;
  await device.output(
    'sysctl',
    '-w',
    'net.ipv4.conf.all.rp_filter=1',
    'net.ipv4.conf.default.rp_filter=1',
    'net.ipv4.conf.wwan0.rp_filter=1',
  );
  await device.ip('link add eth0 type veth peer name lan', 'link set eth0 up', 'link set lan up');
  await device.ip('address add 192.168.7.2/24 dev eth0', 'route add default via 192.168.7.1 dev eth0 metric 100');
  carrier.start(
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--no-daemon',
    '--pid-file',
    '--listen-address=198.51.100.53',
    '--bind-interfaces',
    '--address=/a.root-servers.net/198.41.0.4',
    '--user=root',
  );
  await eventually(async () => (await carrier.output('ss', '-Hlun')).includes('198.51.100.53:53'), 'dnsmasq listens');
}, 20_000);
afterAll(() => pair.end());

beforeEach(async () => {
  const wanted = {
    interface: 'wwan0',
    addresses: [{ address: ADDRESS, prefixLength: 24 }],
    gateway4: '100.112.107.1',
    defaultRoute: true,
    metric: 700,
  };
  await pair.carrier.output('nft', 'flush', 'ruleset');
  await applyLink({ runner: pair.device.runner, wanted, signal });
});

async function ask(targets: readonly ProbeTarget[], more: object = {}): Promise<ProbeResult> {
  const options = { addresses: [ADDRESS], dnsServers: ['198.51.100.53'], targets, ...more };
  const argv = [process.execPath, '--import', 'tsx', `${import.meta.dirname}/ask-inside.ts`];
  return JSON.parse(await pair.device.runner.run(argv, { timeoutMs: 20_000, input: JSON.stringify(options) }));
}

async function drop(what: string): Promise<void> {
  await pair.carrier.output('nft', `table inet t { chain c { type filter hook prerouting priority 0; ${what}; }; }`);
}

test.each<readonly [string, ProbeTarget]>([
  ['dns 198.51.100.53', dns],
  ['tcp 192.0.2.1:443', tcp],
  ['icmp 192.0.2.1', icmp],
])('%s answers through wwan0, although Ethernet has the better route, under strict rp_filter', async (by, target) => {
  const result = await ask([target]);
  expect(result).toMatchObject({ alive: true, by, memory: { answered: [by] } });
});

test('a server that refuses or knows nothing is alive: its answer came back', async () => {
  // 192.0.2.1:443 has no listener: the connection is refused, and that is an answer too.
  expect(await ask([tcp])).toMatchObject({ alive: true, by: 'tcp 192.0.2.1:443' });
});

test('with DNS filtered, the next target proves the link and DNS is remembered as contradicted', async () => {
  await drop('udp dport 53 drop');
  expect(await ask([dns, tcp, icmp])).toMatchObject({
    alive: true,
    by: 'tcp 192.0.2.1:443',
    memory: { contradicted: { 'dns 198.51.100.53': 1 } },
  });
});

test('a dead link is decided by all targets within one round', async () => {
  await drop('drop');
  const result = await ask([dns, tcp, icmp], { deadlineMs: 1_500, overlapMs: 200 });
  expect(result).toMatchObject({ alive: false, decisive: true });
  if (!result.alive)
    expect(result.tried.map((a) => `${a.by} ${a.outcome}`).sort()).toEqual([
      'dns 198.51.100.53 silent',
      'icmp 192.0.2.1 silent',
      'tcp 192.0.2.1:443 silent',
    ]);
});

test('targets that have never worked here are not held against the link', async () => {
  await drop('drop');
  const memory = { answered: [], contradicted: { 'icmp 192.0.2.1': 3 } };
  expect(await ask([icmp], { memory, deadlineMs: 1_000 })).toMatchObject({ alive: false, decisive: false });
});

test('without its address on the link nothing can be asked, which says nothing about the link', async () => {
  const result = await ask([dns, tcp, icmp], { addresses: ['100.112.107.99'], deadlineMs: 1_000 });
  expect(result).toMatchObject({ alive: false, decisive: false });
});
