// Probes over a real link: a real DNS server, TCP and ICMP at the carrier's side, an Ethernet with
// the better route, strict rp_filter.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyLink } from '../../../src/network/link/apply.ts';
import type { ProbeTarget } from '../../../src/network/reachability/probe/attempt.ts';
import type { ProbeResult } from '../../../src/network/reachability/probe/probe.ts';
import { warningSentence } from '../../../src/status/why.ts';
import { eventually, openPair, type Pair } from './namespace.ts';

const signal = new AbortController().signal;
const ADDRESS = '100.112.107.46';
const dns: ProbeTarget = { kind: 'dns' };
const tcp: ProbeTarget = { kind: 'tcp', address: '192.0.2.1', port: 443 };
const icmp: ProbeTarget = { kind: 'icmp', address: '192.0.2.1' };

let pair: Pair;

beforeAll(async () => {
  pair = await openPair({ mount: true });
  const { device, carrier } = pair;
  // Both kernels would go on sending router solicitations and MLD reports, at moments of their own:
  // bytes that come in by themselves are life, and any that go out make a question look sent.
  for (const side of [device, carrier]) await side.output('sysctl', '-w', 'net.ipv6.conf.all.disable_ipv6=1');
  // Counters and flags are in /sys, which shows the interfaces of the namespace that it was mounted
  // in.
  await device.output('mount', '-t', 'sysfs', 'sysfs', '/sys');
  // Without ARP both ends must have the same hardware address, as the two ends of a raw IP link
  // have none.
  await device.ip('link set wwan0 address 02:00:00:00:00:01');
  await carrier.ip('link set carrier0 address 02:00:00:00:00:01');
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
  await pair.device.output('nft', 'flush', 'ruleset');
  await pair.device.ip('link set wwan0 arp off');
  await pair.carrier.ip('link set carrier0 arp off');
  await applyLink({ commands: pair.device.runner, wanted, signal });
});

async function ask(targets: readonly ProbeTarget[], more: object = {}): Promise<ProbeResult> {
  const options = {
    addresses: [{ address: ADDRESS, prefixLength: 32 }],
    dnsServers: ['198.51.100.53'],
    targets,
    ...more,
  };
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
  expect(result).toMatchObject({ verdict: 'alive', by, memory: { answered: [by] } });
});

test('a server that refuses or knows nothing is alive: its answer came back', async () => {
  // 192.0.2.1:443 has no listener: the connection is refused, and that is an answer too.
  expect(await ask([tcp])).toMatchObject({ verdict: 'alive', by: 'tcp 192.0.2.1:443' });
});

test('with DNS filtered, the next target proves the link and DNS is remembered as contradicted', async () => {
  await drop('udp dport 53 drop');
  expect(await ask([dns, tcp, icmp])).toMatchObject({
    verdict: 'alive',
    by: 'tcp 192.0.2.1:443',
    memory: { contradicted: { 'dns 198.51.100.53': 1 } },
  });
});

test('a dead link is decided by all targets within one round', async () => {
  await drop('drop');
  const result = await ask([dns, tcp, icmp], { deadlineMs: 1_500 });
  expect(result).toMatchObject({ verdict: 'silent' });
  if (result.verdict !== 'alive')
    expect(result.tried.map((a) => `${a.by} ${a.outcome}`).sort()).toEqual([
      'dns 198.51.100.53 silent',
      'icmp 192.0.2.1 silent',
      'tcp 192.0.2.1:443 silent',
    ]);
});

test('targets that have never worked here are not held against the link, and no firewall is blamed', async () => {
  await drop('drop');
  const memory = { answered: [], contradicted: { 'icmp 192.0.2.1': 3 } };
  const result = await ask([icmp], { memory, deadlineMs: 1_000 });
  expect(result.verdict).toBe('unclear');
  expect(result).not.toHaveProperty('obstacle');
});

test('without its address on the link nothing can be asked, which says nothing about the link', async () => {
  const result = await ask([dns, tcp, icmp], {
    addresses: [{ address: '100.112.107.99', prefixLength: 32 }],
    deadlineMs: 1_000,
  });
  expect(result).toMatchObject({ verdict: 'unclear' });
  expect(result).not.toHaveProperty('obstacle'); // no firewall is blamed
});

/** A firewall of this host: of what leaves by wwan0, `rule` decides. */
async function forbid(rule: string): Promise<void> {
  const chain = `type filter hook output priority 0; oif wwan0 ${rule};`;
  await pair.device.output('nft', `table inet t { chain c { ${chain} }; }`);
}

test.each(['reject with icmp port-unreachable', 'meta l4proto tcp reject with tcp reset'])(
  'a kill switch that rejects (%s) on a dead link is no proof: nothing came in',
  async (rule) => {
    await forbid(rule);
    await drop('drop');
    const result = await ask([tcp], { deadlineMs: 1_000 });
    expect(result).toMatchObject({ verdict: 'unclear', tried: [{ outcome: 'impossible' }] });
    expect(result.verdict === 'unclear' && result.obstacle && warningSentence(result.obstacle)).toMatch(
      /firewall or route of this host forbids/,
    );
  },
);

test.each(['drop', 'reject with icmp net-unreachable', 'reject with icmp admin-prohibited'])(
  'a kill switch (%s) is no dead link: no probe has left this host',
  async (rule) => {
    await forbid(rule);
    const result = await ask([dns, tcp, icmp], { deadlineMs: 1_000 });
    expect(result).toMatchObject({ verdict: 'unclear' });
    expect(result.verdict === 'unclear' && result.obstacle && warningSentence(result.obstacle)).toMatch(
      /nft list ruleset/,
    );
  },
);

test('a firewall that forbids pings alone does not hide a dead link', async () => {
  await forbid('meta l4proto icmp drop');
  await drop('drop');
  expect(await ask([dns, tcp, icmp], { deadlineMs: 1_500 })).toMatchObject({ verdict: 'silent' });
});

test('a route of this host that says unreachable is no dead link', async () => {
  await pair.device.ip('route add unreachable 192.0.2.1 table 7700');
  const result = await ask([tcp], { deadlineMs: 1_000 });
  // Under a strict filter the kernel would drop what this address answers, in the tests after this one too.
  await pair.device.ip('route del unreachable 192.0.2.1 table 7700');
  expect(result).toMatchObject({ verdict: 'unclear', tried: [{ outcome: 'impossible', detail: 'EHOSTUNREACH' }] });
});

const obstacleIn = (result: ProbeResult): string =>
  'obstacle' in result && result.obstacle !== undefined ? warningSentence(result.obstacle) : '';

test.each([
  ['10: from all lookup 100', 'route add unreachable default table 100', 'rule add from all lookup 100 priority 10'],
  ['10: from all prohibit', 'rule add from all prohibit priority 10'],
  ['10: from all blackhole', 'rule add from all blackhole priority 10'],
])('a rule ahead of ours that refuses (%s) is no dead link, and is named', async (rule, ...lines) => {
  // Also a loose filter looks for a way back, which the rule refuses.
  const filter = (value: number) =>
    pair.device.output('sysctl', '-w', ...['all', 'wwan0'].map((name) => `net.ipv4.conf.${name}.rp_filter=${value}`));
  await filter(0);
  await pair.device.ip(...lines);
  const result = await ask([dns, tcp], { deadlineMs: 1_000 });
  const withPing = await ask([dns, tcp, icmp], { deadlineMs: 1_500 });
  await pair.device.ip('rule del priority 10');
  await pair.device.ip('route flush table 100').catch(() => {});
  await filter(1);
  expect(result).toMatchObject({ verdict: 'unclear' });
  const said = obstacleIn(result);
  expect(said).toContain(`the rule "${rule}" of this host, ahead of ours, refuses the probes`);
  expect(said).toContain('lookup 7700 priority 9)');
  // A ping is bound to the interface, for which the kernel passes over what refuses.
  expect(withPing).toMatchObject({ verdict: 'alive', by: 'icmp 192.0.2.1' });
  expect(obstacleIn(withPing)).toContain(`the rule "${rule}" of this host`);
});

test('a firewall that drops what comes in is no dead link and no live one, and is named', async () => {
  await pair.device.output('nft', 'table inet t { chain c { type filter hook input priority 0; iif wwan0 drop; }; }');
  const result = await ask([dns, tcp, icmp], { deadlineMs: 1_500 });
  expect(result).toMatchObject({ verdict: 'unclear', isDeaf: true });
  expect(obstacleIn(result)).toMatch(/dropped on this host.*input chain/);
});

test('what drops what comes in before the firewall’s input chain is no life of the link, and is told', async () => {
  await pair.device.output(
    'nft',
    'table netdev t { chain c { type filter hook ingress device wwan0 priority 0; drop; }; }',
  );
  const answered = { memory: { answered: ['icmp 192.0.2.1'], contradicted: {} } };
  const result = await ask([dns, tcp, icmp], { deadlineMs: 1_500, ...answered });
  await pair.device.output('nft', 'delete table netdev t');
  expect(result).toMatchObject({ verdict: 'unclear', isDeaf: true, isGuess: true });
  expect(obstacleIn(result)).toMatch(/dropped on this host, before/);
});

test('an interface that somebody put into a bridge is no dead link, and the bridge is named', async () => {
  await pair.device.ip('link add br0 type bridge', 'link set br0 up', 'link set wwan0 master br0');
  const result = await ask([dns, tcp, icmp], { deadlineMs: 1_500 });
  await pair.device.ip('link set wwan0 nomaster', 'link del br0');
  expect(result).toMatchObject({ verdict: 'unclear', isDeaf: true });
  expect(obstacleIn(result)).toMatch(/a port of br0/);
});

describe('with the rules of a VPN ahead of ours', () => {
  beforeEach(async () => {
    // Such VPNs loosen it: under a strict filter their rule makes the kernel drop all that comes in
    // by wwan0.
    await pair.device.output('sysctl', '-w', 'net.ipv4.conf.wwan0.rp_filter=2');
    await pair.device.ip('link add tailscale0 type veth peer name exit', 'link set tailscale0 up', 'link set exit up');
    await pair.device.ip('route add default dev tailscale0 table 52', 'rule add from all lookup 52 priority 5270');
  });
  afterEach(async () => {
    await pair.device.ip('rule del priority 5270', 'link del tailscale0');
    await pair.device.output('sysctl', '-w', 'net.ipv4.conf.wwan0.rp_filter=1');
  });

  test('a ping is bound to the interface, and proves the link all the same', async () => {
    expect(await ask([dns, tcp, icmp], { deadlineMs: 1_500 })).toMatchObject({
      verdict: 'alive',
      by: 'icmp 192.0.2.1',
    });
  });

  test('what the rule sends elsewhere says nothing of the link, and the rule is named', async () => {
    const result = await ask([dns, tcp], { deadlineMs: 1_000 });
    expect(result).toMatchObject({ verdict: 'unclear' });
    expect(result.verdict === 'unclear' && result.obstacle && warningSentence(result.obstacle)).toMatch(
      /5270: from all lookup 52.*by tailscale0/,
    );
  });

  test('a ping that answered before and does no more is a dead link', async () => {
    await drop('drop');
    const memory = { answered: ['icmp 192.0.2.1'], contradicted: {} };
    expect(await ask([dns, tcp, icmp], { memory, deadlineMs: 1_500 })).toMatchObject({ verdict: 'silent' });
    expect(await ask([dns, tcp, icmp], { deadlineMs: 1_500 })).toMatchObject({ verdict: 'unclear' });
  });
});

describe('where the modem has a network of its own and answers ARP', () => {
  beforeEach(async () => {
    await pair.device.ip('link set wwan0 arp on');
    await pair.carrier.ip('link set carrier0 arp on');
  });
  const addresses = [{ address: ADDRESS, prefixLength: 24 }];

  test('its ARP answers do not hide that its LTE side is dead', async () => {
    await pair.carrier.output(
      'nft',
      'table inet t { chain c { type filter hook prerouting priority 0; iifname carrier0 drop; }; }',
    );
    expect(await ask([tcp, icmp], { addresses, deadlineMs: 1_500 })).toMatchObject({ verdict: 'silent' });
  });

  test('its own name server is not asked', async () => {
    const result = await ask([dns, icmp], { addresses, dnsServers: ['100.112.107.1'] });
    expect(result).toMatchObject({ verdict: 'alive', by: 'icmp 192.0.2.1' });
  });
});
