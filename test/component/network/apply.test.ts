// The link against the kernel itself: real ip, real namespaces, and the state they end in.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyLink, sweep } from '../../../src/network/link/apply.ts';
import type { WantedLink } from '../../../src/network/link/wanted-link.ts';
import { heldBy } from './held.ts';
import { type Namespace, openNamespace, openPair, type Pair } from './namespace.ts';

const signal = new AbortController().signal;
const seed: WantedLink = {
  interface: 'wwan0',
  mtu: 1428,
  addresses: [{ address: '100.112.107.46', prefixLength: 24 }],
  gateway4: '100.112.107.1',
  defaultRoute: true,
  metric: 700,
};

let pair: Pair;
let device: Namespace;

beforeAll(async () => {
  pair = await openPair();
  device = pair.device;
  await device.ip('link add eth0 type veth peer name lan', 'link set eth0 up', 'link set lan up');
  // Like the raw-IP link of a modem: nobody looks up who has an address, and one peer hears
  // everything.
  await device.ip('link set wwan0 address 02:00:00:00:00:01 arp off');
  await pair.carrier.ip('link set carrier0 address 02:00:00:00:00:01 arp off', 'route add 100.112.107.46 dev carrier0');
  await device.ip('address add 192.168.7.2/24 dev eth0', 'route add default via 192.168.7.1 dev eth0 metric 100');
});
afterAll(() => pair.end());

const state = heldBy;

async function apply(wanted: WantedLink) {
  return await applyLink({ commands: device.runner, wanted, signal });
}

async function mainDefaults(): Promise<string> {
  return await device.output('ip', 'route', 'show', 'default');
}

test('a link comes up, and applying it again runs nothing', async () => {
  const before = await state(device);
  const { changed } = await apply(seed);
  expect(changed).toEqual([
    'link set dev wwan0 mtu 1428',
    'link set dev wwan0 up',
    'address add 100.112.107.46/32 dev wwan0',
    'route append 100.112.107.0/24 dev wwan0 table main proto 77 scope link src 100.112.107.46 metric 700',
    'route append default dev wwan0 table main proto 77 scope link src 100.112.107.46 metric 700',
    'route append default dev wwan0 table 7700 proto 77 scope link src 100.112.107.46 metric 700',
    'rule add from 100.112.107.46 lookup 7700 priority 30770 protocol 77',
  ]);
  expect((await apply(seed)).changed).toEqual([]);
  expect((await mainDefaults()).split('\n')[0]).toContain('dev eth0');
  await device.output('ping', '-c', '1', '-W', '2', '-I', '100.112.107.46', '192.0.2.1');
  await sweep({ commands: device.runner, signal });
  expect(await state(device)).toBe(before.replace('wwan0 down mtu 1500', 'wwan0 up mtu 1428'));
});

/**
 * `needed`: what the default route says where neighbours are looked up, as on a modem that plays an
 * Ethernet card.
 */
const shapes: readonly (readonly [string, Partial<WantedLink>, string])[] = [
  [
    'an address that ends in .0',
    { addresses: [{ address: '162.177.2.0', prefixLength: 22 }], gateway4: '162.177.2.1' },
    'via 162.177.2.1',
  ],
  ['no gateway', { gateway4: undefined }, 'scope link'],
  ['gateway 0.0.0.0', { gateway4: '0.0.0.0' }, 'scope link'],
  ['the gateway is the address itself', { gateway4: '100.112.107.46' }, 'scope link'],
  ['the gateway is the broadcast address', { gateway4: '100.112.107.255' }, 'scope link'],
  ['the gateway is an address that eth0 has', { gateway4: '192.168.7.2' }, 'scope link'],
  ['the gateway is the broadcast address of eth0', { gateway4: '192.168.7.255' }, 'scope link'],
  [
    '/32 with a gateway outside',
    { addresses: [{ address: '10.64.3.9', prefixLength: 32 }], gateway4: '10.64.3.10' },
    'onlink',
  ],
  [
    '/32 without a gateway',
    { addresses: [{ address: '10.64.3.9', prefixLength: 32 }], gateway4: undefined },
    'scope link',
  ],
  ['/31', { addresses: [{ address: '10.64.3.8', prefixLength: 31 }], gateway4: '10.64.3.9' }, 'via 10.64.3.9'],
  [
    'an address that is its network',
    { addresses: [{ address: '10.64.3.0', prefixLength: 24 }], gateway4: '10.64.3.1' },
    'via 10.64.3.1',
  ],
  [
    'link-local',
    { addresses: [{ address: '169.254.7.2', prefixLength: 30 }], gateway4: '169.254.7.1' },
    'via 169.254.7.1',
  ],
];

const arp = (on: 'on' | 'off') => device.ip(`link set dev wwan0 arp ${on}`);

test.each(shapes)('any legal address: %s', async (_, part, needed) => {
  const wanted = { ...seed, ...part };
  for (const [neighbours, expected] of [
    ['on', needed],
    ['off', 'scope link'],
  ] as const) {
    await arp(neighbours);
    // The address of the row before may be this one's gateway, which the kernel takes once it is gone.
    await device.ip('address flush dev wwan0');
    await apply(wanted);
    expect((await apply(wanted)).changed).toEqual([]);
    expect(await mainDefaults()).toMatch(/default.* dev wwan0 .*/);
    expect(await mainDefaults()).toContain(expected);
    const source = wanted.addresses[0]?.address ?? '';
    expect(await device.output('ip', 'route', 'get', '192.0.2.1', 'from', source)).toContain('dev wwan0');
  }
});

test('a host that no longer looks into the main table is told so, until it does again', async () => {
  await device.ip('rule flush');
  const codes = async () => (await apply(seed)).warnings.map(({ code }) => code);
  expect(await codes()).toEqual(['main-table-ignored']);
  await device.ip('rule add from all lookup main pref 32766', 'rule add from all lookup default pref 32767');
  expect(await codes()).toEqual([]);
});

test('without a default route, a socket bound to the address still leaves by wwan0', async () => {
  await apply({ ...seed, defaultRoute: false });
  expect(await mainDefaults()).not.toContain('wwan0');
  expect(await device.output('ip', 'route', 'get', '192.0.2.1', 'from', '100.112.107.46')).toContain('dev wwan0');
});

test.each(['0', '1'])('another address of the same subnet takes over, with promote_secondaries=%s', async (promote) => {
  await device.output('sysctl', '-w', `net.ipv4.conf.wwan0.promote_secondaries=${promote}`);
  await apply(seed);
  const next = { ...seed, addresses: [{ address: '100.112.107.47', prefixLength: 24 }] };
  await apply(next);
  expect((await apply(next)).changed).toEqual([]);
  expect(await state(device)).not.toContain('100.112.107.46');
});

test.each(['0', '1'])(
  'a foreign address of the same subnet that was first goes, with promote_secondaries=%s',
  async (promote) => {
    await sweep({ commands: device.runner, signal });
    await device.output('sysctl', '-w', `net.ipv4.conf.wwan0.promote_secondaries=${promote}`);
    await device.ip('address add 100.112.107.9/24 dev wwan0', 'address add 100.112.107.46/24 dev wwan0');
    await apply(seed);
    expect((await apply(seed)).changed).toEqual([]);
    expect(await state(device)).not.toContain('100.112.107.9/24');
  },
);

const vandalism: readonly (readonly [string, readonly string[]])[] = [
  ['address flushed', ['address flush dev wwan0']],
  ['default route deleted', ['route delete default dev wwan0']],
  ['our table flushed', ['route flush table 7700']],
  ['rule deleted', ['rule delete priority 30770']],
  ['link down', ['link set dev wwan0 down']],
  ['MTU changed', ['link set dev wwan0 mtu 1300']],
  ['a foreign address', ['address add 10.1.2.3/16 dev wwan0']],
  ['the address with another prefix', ['address add 100.112.107.46/30 dev wwan0']],
  ['our route replaced by another', ['route replace default dev wwan0 metric 700']],
  [
    'stale routes and rules of ours',
    ['route add 10.9.0.0/16 dev eth0 proto 77 metric 5', 'rule add from 10.9.9.9 lookup 7700 priority 30770'],
  ],
  ['a rule of ours twice', ['rule add from 100.112.107.46 lookup 7700 priority 30771']],
];

test.each(vandalism)('put right: %s', async (title, lines) => {
  await sweep({ commands: device.runner, signal });
  await apply(seed);
  const right = await state(device);
  await device.ip(...lines);
  const { changed } = await apply(seed);
  expect(changed).not.toEqual([]);
  // What `route replace` made belongs to whoever made it.
  const left = title.startsWith('our route replaced') ? 'route default - wwan0 main boot - 700' : undefined;
  expect(
    (await state(device))
      .split('\n')
      .filter((line) => line !== left)
      .join('\n'),
  ).toBe(right);
  if (left !== undefined) await device.ip('route delete default dev wwan0 proto boot metric 700');
  expect((await apply(seed)).changed).toEqual([]);
});

test('what is not ours stays', async () => {
  await sweep({ commands: device.runner, signal });
  await apply(seed);
  await device.ip(
    'route add 203.0.113.0/24 dev wwan0',
    'rule add from 10.5.5.5 lookup 99 priority 30770',
    'route append default dev eth0 metric 700',
  );
  const before = await state(device);
  expect((await apply(seed)).changed).toEqual([]);
  await apply({ ...seed, addresses: [{ address: '162.177.2.0', prefixLength: 22 }], gateway4: '162.177.2.1' });
  await apply(seed);
  expect(await state(device)).toBe(before);
  await sweep({ commands: device.runner, signal });
  await apply(seed);
  // The kernel drops all IPv4 routes of an interface that loses its last address, so the foreign
  // one of wwan0 goes with a sweep.
  expect(await state(device)).toBe(before.replace('route 203.0.113.0/24 - wwan0 main boot - 0\n', ''));
  await device.ip('rule del priority 30770 from 10.5.5.5', 'route del default dev eth0 metric 700');
});

test('an interface that is not there is an error of its own, and nothing of ours stays', async () => {
  await apply(seed);
  await expect(apply({ ...seed, interface: 'wwan7' })).rejects.toMatchObject({ reason: 'no-interface', what: 'wwan7' });
  const held = await state(device);
  expect(held).not.toMatch(/ 77 |7700|wwan0 100/);
  expect(held).toMatch(/^wwan0 up/m);
});

const pool: readonly WantedLink[] = [
  seed,
  { ...seed, mtu: 1500, addresses: [{ address: '100.112.107.47', prefixLength: 24 }] },
  { ...seed, gateway4: undefined, metric: 20_700 },
  { ...seed, addresses: [{ address: '10.64.3.9', prefixLength: 32 }], gateway4: '10.64.3.10', defaultRoute: false },
  { ...seed, addresses: [{ address: '162.177.2.0', prefixLength: 22 }], gateway4: '162.177.2.1' },
  { ...seed, addresses: [...seed.addresses, { address: '2001:db8:7::2', prefixLength: 64 }], gateway6: 'fe80::1' },
  {
    ...seed,
    addresses: [{ address: '2001:DB8:7:0:0::3', prefixLength: 128 }],
    gateway4: undefined,
    gateway6: '2001:db8:7::1',
  },
];

test('a random walk over links ends, for each link, in the same state', async () => {
  const seen = new Map<number, string>();
  let random = 20_261_123;
  for (let step = 0; step < 60; step += 1) {
    random = Math.imul(random ^ (random >>> 15), 0x2c1b3c6d) + step;
    const which = (random >>> 12) % (pool.length + 1);
    const wanted = pool[which];
    await (wanted === undefined ? sweep({ commands: device.runner, signal }) : apply(wanted));
    // The MTU of the last link stays after a sweep.
    const now = (await state(device)).replace(wanted === undefined ? /wwan0 up mtu \d+/ : '', '');
    expect(now, `step ${step}, link ${which}`).toBe(seen.get(which) ?? now);
    seen.set(which, now);
    if (wanted !== undefined) expect((await apply(wanted)).changed).toEqual([]);
  }
  expect(seen.size).toBe(pool.length + 1);
}, 60_000);

test('a kernel without any address or route of its own', async () => {
  const bare = await openNamespace();
  try {
    await expect(applyLink({ commands: bare.runner, wanted: seed, signal })).rejects.toMatchObject({
      reason: 'no-interface',
    });
    expect((await sweep({ commands: bare.runner, signal })).changed).toEqual([]);
  } finally {
    bare.end();
  }
});

test('the sources of IPv6 get their rule too', async () => {
  await apply({ ...seed, addresses: [{ address: '2001:db8:7::2', prefixLength: 64 }], gateway6: 'fe80::1' });
  expect(await device.output('ip', '-6', 'rule', 'show')).toMatch(/30770:\tfrom 2001:db8:7::2 lookup 7700 +proto 77/);
  expect(await device.output('ip', '-6', 'route', 'get', '2001:db8::99', 'from', '2001:db8:7::2')).toContain(
    'dev wwan0',
  );
  await sweep({ commands: device.runner, signal });
  expect(await device.output('ip', '-6', 'rule', 'show')).not.toContain('7700');
});
