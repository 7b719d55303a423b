// Addresses that a router advertises or a server gives, and what is said when they do not come or
// go away. The kernel is the test's.
import { afterEach, expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import { DhcpError } from '../../../../src/network/dhcp/dhcp.ts';
import { LinkError } from '../../../../src/network/link/wanted-link.ts';
import { type AddressSourcePorts, AddressSources } from '../../../../src/runner/link-keeper/address-sources.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { CommandError } from '../../../../src/system/command.ts';
import { failureOf, online } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock, settled } from '../../stepped-clock.ts';

let stop = new AbortController();
afterEach(() => stop.abort());

/** A link that hears router advertisements, and has the IPv4 address of its bearer or none. */
function heard({
  linkLocal,
  ipv4 = false,
  dhcp = false,
}: {
  linkLocal?: string;
  ipv4?: boolean;
  dhcp?: boolean;
} = {}): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  const wanted = { ...link.wanted, slaac: { linkLocal }, ...(!ipv4 && { addresses: [] }) };
  return { ...link, wanted, ...(dhcp && { dhcp: { dns: true, mtu: true } }) };
}

const FIRST = '2001:db8:1:2:aaaa:bbbb:cccc:dddd';
const OTHER = '2001:db8:7:7:aaaa:bbbb:cccc:dddd';

/** Sources of `link`, on a kernel that has made these addresses. */
function sourcing(link: Link, others: Partial<AddressSourcePorts> = {}) {
  stop = new AbortController();
  const clock = new SteppedClock();
  const told: Happening[] = [];
  const faults: unknown[] = [];
  const kernel = { made: [] as readonly string[], fails: false, reads: 0, changed: () => {} };
  let changed = 0;
  const run: AddressSourcePorts['commands']['run'] = (argv, { input = '' }) => {
    if (kernel.fails) return Promise.reject(new CommandError(argv, 1, 'Cannot open netlink socket'));
    if (!input.includes('address show')) return Promise.resolve('[]\n');
    kernel.reads += 1;
    const addresses = kernel.made.map((local) => ({
      family: 'inet6',
      local,
      prefixlen: 64,
      scope: 'global',
      dynamic: true,
    }));
    const links = [{ ifname: 'wwan0', flags: ['UP'], mtu: 1428, addr_info: addresses }];
    return Promise.resolve(`${JSON.stringify(links)}\n[]\n[]\n`);
  };
  const sources = new AddressSources(
    {
      commands: { run, follow: () => Promise.resolve(undefined) },
      clock,
      log: silentLog,
      failureOf: (error) => {
        faults.push(error);
        return failureOf('other');
      },
      onKernelChange: (_interest, listener) => {
        kernel.changed = listener;
      },
      followDhcp: () => new Promise(() => {}),
      leases: { known: () => Promise.resolve(undefined), put: () => {} },
      ...others,
    },
    link,
    () => {
      changed += 1;
    },
    (what) => told.push(what),
  );
  const make = async (...addresses: readonly string[]) => {
    kernel.made = addresses;
    kernel.changed();
    await settled();
  };
  const held = () => sources.link.wanted.addresses.map(({ address }) => address);
  return { clock, kernel, sources, told, faults, make, held, changes: () => changed };
}

test('what a router advertises becomes the link’s address, once', async () => {
  const { sources, make, held, changes } = sourcing(heard());
  void sources.follow(stop.signal);
  await settled();
  expect([sources.isUsable, held(), changes()]).toEqual([false, [], 0]);
  await make(FIRST);
  expect([sources.isUsable, held(), changes()]).toEqual([true, [FIRST], 1]);
  await make(FIRST, '2001:db8:9::1');
  expect(changes()).toBe(1);
  await make(OTHER);
  expect([held(), changes()]).toEqual([[OTHER], 2]);
});

test('the network’s interface identifier is taken for the lower half of the address', async () => {
  const { sources, make, held } = sourcing(heard({ linkLocal: 'fe80::42' }));
  void sources.follow(stop.signal);
  await settled();
  await make(FIRST);
  expect(held()).toEqual(['2001:db8:1:2::42']);
});

test('an address that the kernel has already is found before anything is asked', async () => {
  const { kernel, sources, held } = sourcing(heard());
  kernel.made = [FIRST];
  await sources.recall(stop.signal);
  expect([sources.isUsable, held()]).toEqual([true, [FIRST]]);
  expect(sources.acquired).toMatchObject({ address6: { address: FIRST, prefixLength: 64 }, lease: undefined });
});

test('a link whose bearer names its addresses asks nobody', async () => {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  const { kernel, sources } = sourcing(link);
  await sources.recall(stop.signal);
  await sources.follow(stop.signal);
  expect([sources.isUsable, sources.acquired, kernel.reads]).toEqual([true, undefined, 0]);
});

test('an advertised address that somebody flushed and the router gives again is the same use', async () => {
  const { clock, sources, make, held, told, changes } = sourcing(heard());
  void sources.follow(stop.signal);
  await settled();
  await make(FIRST);
  await make();
  await clock.step(5_000);
  await make(FIRST);
  await clock.step(30_000);
  expect([held(), changes(), told]).toEqual([[FIRST], 1, []]);
});

test('one that stays away for ten seconds is lost: without another address the link is dead', async () => {
  const { clock, sources, make, held, told } = sourcing(heard());
  void sources.follow(stop.signal);
  await settled();
  await make(FIRST);
  await make();
  await clock.step(9_999);
  expect([held(), told]).toEqual([[FIRST], []]);
  await clock.step(1);
  expect(held()).toEqual([]);
  expect(told).toEqual([{ kind: 'linkDead', reason: 'the router advertises no prefix any more' }]);
});

test('with an IPv4 address the link lives on without it', async () => {
  const { clock, sources, make, held, told, changes } = sourcing(heard({ ipv4: true }));
  void sources.follow(stop.signal);
  await settled();
  await make(FIRST);
  await make();
  await clock.step(10_000);
  expect([held(), changes(), told]).toEqual([['10.64.0.2'], 2, []]);
});

test.each<readonly [string, Parameters<typeof heard>[0], RegExp | undefined]>([
  ['no router', {}, /^no router advertises an IPv6 prefix on wwan0$/],
  [
    'neither server nor router',
    { dhcp: true },
    /^no DHCP server answers, and no router advertises an IPv6 prefix on wwan0$/,
  ],
  ['no router, beside an IPv4 address', { ipv4: true }, undefined],
])('that %s answers is told after twenty seconds', async (_, kind, words) => {
  const { clock, sources, told, faults } = sourcing(heard(kind));
  void sources.follow(stop.signal);
  await clock.step(19_999);
  expect(told).toEqual([]);
  await clock.step(1);
  expect(told.map((what) => what.kind)).toEqual(words === undefined ? [] : ['linkFailed']);
  if (words === undefined) return;
  expect(faults).toEqual([expect.any(DhcpError)]);
  expect(faults[0]).toMatchObject({ reason: 'no-answer', message: expect.stringMatching(words) });
});

test('a kernel that cannot be read is read again, each two seconds', async () => {
  const { clock, kernel, sources, held } = sourcing(heard());
  kernel.made = [FIRST];
  kernel.fails = true;
  const recalled = sources.recall(stop.signal);
  await clock.step(3_000);
  expect(held()).toEqual([]);
  kernel.fails = false;
  await clock.step(1_000);
  await recalled;
  expect(held()).toEqual([FIRST]);
});

test('a look at the kernel that is called off finds nothing, and ends', async () => {
  const { clock, kernel, sources, held } = sourcing(heard());
  kernel.fails = true;
  const recalled = sources.recall(stop.signal);
  await clock.step(1_000);
  stop.abort(new Error('superseded'));
  await recalled;
  expect(held()).toEqual([]);
});

test('a lease that cannot be looked for in the kernel is asked for anew', async () => {
  const unreadable = () => Promise.reject(new LinkError('ip-failed', 'ip', 'cannot read'));
  const { sources } = sourcing(heard({ dhcp: true }), { leases: { known: unreadable, put: () => {} } });
  await sources.recall(stop.signal);
  expect(sources.isUsable).toBe(false);
  const broken = sourcing(heard({ dhcp: true }), {
    leases: { known: () => Promise.reject(new TypeError('a bug')), put: () => {} },
  });
  await expect(broken.sources.recall(stop.signal)).rejects.toThrow('a bug');
});
