// The link's keeper on a stepped clock, with a kernel, a DHCP client and helpers that are the
// test's.
import { afterEach, expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import { DhcpError } from '../../../../src/network/dhcp/dhcp.ts';
import type { Lease } from '../../../../src/network/dhcp/lease.ts';
import { LinkError } from '../../../../src/network/link/wanted-link.ts';
import { keepLink, type LinkKeeperPorts } from '../../../../src/runner/link-keeper/link-keeper.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { at, failureOf, online } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock, settled } from '../../stepped-clock.ts';

let stop = new AbortController();
afterEach(() => stop.abort());

const NEVER = new Promise<never>(() => {});
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

function linkOf(): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  return link;
}

const byDhcp = (): Link => {
  const link = linkOf();
  return { ...link, dhcp: { dns: true, mtu: true }, wanted: { ...link.wanted, addresses: [] } };
};
const lease = (address = '10.9.0.2'): Lease => ({ address, prefixLength: 24, dns: ['10.9.0.53'], seconds: 120 });

type FollowDhcp = Parameters<LinkKeeperPorts['followDhcp']>[0];
type Watch = { readonly link: Link; readonly emit: (what: Happening) => void; readonly signal: AbortSignal };

/** A keeper of `link`; what it does is written down in `did`, in order. */
function keeping(link: Link | undefined, changes: Partial<LinkKeeperPorts> = {}) {
  stop = new AbortController();
  const clock = new SteppedClock();
  const did: string[] = [];
  const told: Happening[] = [];
  /** What the kernel does with the next link: the lines that it takes, or why it takes none. */
  const kernel = { lines: ['address add'] as readonly string[], error: undefined as Error | undefined };
  const dhcp: FollowDhcp[] = [];
  const watches: Watch[] = [];
  const listeners = new Set<{ readonly kind: string; readonly changed: () => void }>();
  const change = (kind = 'link') => {
    for (const listener of listeners) if (listener.kind === kind) listener.changed();
  };
  const note = (what: string) => {
    did.push(what.trim());
    return Promise.resolve();
  };
  const ports: LinkKeeperPorts = {
    commands: { run: () => NEVER, follow: () => NEVER },
    clock,
    log: silentLog,
    failureOf: () => failureOf('host'),
    onKernelChange: ({ kind }, changed, signal) => {
      const listener = { kind, changed };
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
    apply: async (wanted) => {
      await note(`apply ${wanted.addresses.map(({ address }) => address).join(' ')}`);
      const { lines: changed, error } = kernel;
      kernel.lines = [];
      if (error !== undefined) throw error;
      return { changed, link: wanted, warnings: [] };
    },
    sweep: async () => {
      await note('sweep');
      if (kernel.error !== undefined) throw kernel.error;
      return { changed: ['route del'] };
    },
    slaac: { follow: () => Promise.resolve() },
    nameServers: {
      apply: (servers) => note(`name servers ${servers?.servers.join(' ') ?? 'taken back'}`),
      reconsider: () => note('name servers reconsidered'),
    },
    flows: { follow: () => Promise.resolve() },
    staleSockets: { follow: (addresses) => note(`close sockets of all but ${addresses.join(' ')}`) },
    checkConflicts: () => void note('check conflicts'),
    watchTraffic: async (watched, emit, signal) => {
      await note('watch traffic');
      watches.push({ link: watched, emit, signal });
      await untilAborted(signal);
    },
    watchReach: () => note('watch reach'),
    measureMtu: () => note('measure MTU'),
    ipType: () => 'ipv4',
    warn: (topic, texts) => {
      if (texts.length > 0) did.push(`warn ${topic}`);
    },
    followDhcp: async (options) => {
      await note('ask DHCP');
      dhcp.push(options);
      await untilAborted(options.signal);
    },
    leases: { known: () => Promise.resolve(undefined), put: () => {} },
    ...changes,
  };
  const running = keepLink(ports, link, (what) => told.push(what), stop.signal);
  running.catch(() => {});
  const kinds = () => told.map(({ kind }) => kind);
  return { clock, did, told, kinds, kernel, change, dhcp, watches, running };
}

const proof = { kind: 'linkProven', proof: { by: 'dns', roundTripMs: 30, at: at() } } as const;

test('a link is applied, then told, then used', async () => {
  const { did, kinds } = keeping(linkOf());
  await settled();
  expect(kinds()).toEqual(['linkApplied']);
  expect(did).toEqual([
    'apply 10.64.0.2',
    'close sockets of all but 10.64.0.2',
    'name servers 10.0.0.53',
    'check conflicts',
    'watch traffic',
  ]);
});

test('the MTU of the path is measured once, when traffic was first seen to pass', async () => {
  const { did, watches, kinds } = keeping(linkOf());
  await settled();
  expect(did).not.toContain('measure MTU');
  watches[0]?.emit(proof);
  watches[0]?.emit(proof);
  await settled();
  expect(did.filter((what) => what === 'measure MTU')).toHaveLength(1);
  expect(kinds()).toEqual(['linkApplied', 'linkProven', 'linkProven']);
});

test('what somebody else changed is put right', async () => {
  const { did, kernel, change } = keeping(linkOf());
  await settled();
  did.length = 0;
  kernel.lines = ['route add default'];
  change();
  await settled();
  expect(did).toEqual(['apply 10.64.0.2', 'check conflicts']);
});

test('of a thousand foreign addresses that were taken away the journal names a few', async () => {
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (fields: unknown) => said.push(fields) } as unknown as LinkKeeperPorts['log'];
  const { kernel, change } = keeping(linkOf(), { log });
  await settled();
  kernel.lines = Array.from({ length: 1_000 }, (_, n) => `address delete ${n}`);
  change();
  await settled();
  expect(said).toEqual([{ lines: expect.stringMatching(/^address delete 0; .*address delete 9; and 990 more$/) }]);
});

test('name servers and what refuses are looked at again when another way out of the host comes or goes', async () => {
  const { did, change } = keeping(linkOf());
  await settled();
  did.length = 0;
  change('uplinks');
  await settled();
  expect(did).toEqual(['name servers reconsidered', 'check conflicts']);
});

test('a fight over the link is carried on ever more slowly', async () => {
  const { did, kernel, change, clock } = keeping(linkOf());
  await settled();
  for (let second = 0; second < 40; second += 1) {
    kernel.lines = ['route add default'];
    change();
    await clock.step(1_000);
  }
  expect(did.filter((what) => what.startsWith('apply')).length).toBeLessThan(14);
});

test('a fight over the link is a standing warning until the other has stopped', async () => {
  let codes: readonly string[] = [];
  const warn: LinkKeeperPorts['warn'] = (topic, found) => {
    if (topic === 'contest') codes = found.map(({ code }) => code);
  };
  const { kernel, change, clock } = keeping(linkOf(), { warn });
  await settled();
  const disturb = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      kernel.lines = ['address add'];
      change();
      await clock.step(1_000);
    }
  };
  await disturb(4);
  expect(codes).toEqual([]);
  for (let minute = 0; minute < 5; minute += 1) {
    await disturb(60);
    expect(codes).toEqual(['link-contested']);
  }
  kernel.lines = [];
  await clock.step(65_000);
  expect(codes).toEqual([]);
});

test('what a fight over the link was told of ends with the link', async () => {
  let codes: readonly string[] = [];
  const warn: LinkKeeperPorts['warn'] = (topic, found) => {
    if (topic === 'contest') codes = found.map(({ code }) => code);
  };
  const { kernel, change, clock } = keeping(linkOf(), { warn });
  for (let second = 0; second < 10; second += 1) {
    await clock.step(1_000);
    kernel.lines = ['address add'];
    change();
  }
  expect(codes).toEqual(['link-contested']);
  stop.abort();
  await settled();
  expect(codes).toEqual([]);
});

test('a link that the kernel refuses is told, and tried again', async () => {
  const { kinds, kernel, clock, did } = keeping(linkOf());
  kernel.error = new LinkError('refused', 'wwan0', 'refused');
  await clock.step(1_000);
  expect(kinds()).toEqual(['linkFailed']);
  expect(did).toContain('warn link');
  kernel.error = undefined;
  await clock.step(2_000);
  expect(kinds()).toEqual(['linkFailed', 'linkApplied']);
});

test('an interface that is gone for half a minute is a dead link, whatever ModemManager says', async () => {
  const { kinds, told, kernel, change, clock } = keeping(linkOf());
  await settled();
  kernel.error = new LinkError('no-interface', 'wwan0', 'there is no wwan0');
  change();
  await clock.step(28_000);
  expect(kinds()).toEqual(['linkApplied']);
  await clock.step(60_000);
  expect(kinds()).toEqual(['linkApplied', 'linkDead']);
  expect(told[1]).toMatchObject({ reason: 'there is no interface wwan0 any more' });
});

test('an interface that comes back in time costs nothing', async () => {
  const { kinds, kernel, change, clock } = keeping(linkOf());
  await settled();
  kernel.error = new LinkError('no-interface', 'wwan0', 'there is no wwan0');
  change();
  await clock.step(20_000);
  kernel.error = undefined;
  await clock.step(60_000);
  expect(kinds()).toEqual(['linkApplied']);
});

test('a programming error in the traffic watch ends the process', async () => {
  const { running } = keeping(linkOf(), { watchTraffic: () => Promise.reject(new TypeError('x is not a function')) });
  await expect(running).rejects.toThrow('x is not a function');
});

test('a programming error in the DHCP source ends the process', async () => {
  const { running } = keeping(byDhcp(), { followDhcp: () => Promise.reject(new TypeError('x is not a function')) });
  await expect(running).rejects.toThrow('x is not a function');
});

test('ends with its signal, after what it started', async () => {
  const { running, watches } = keeping(linkOf());
  await settled();
  stop.abort();
  await running;
  expect(watches[0]?.signal.aborted).toBe(true);
});

test('a link without an address is held, asked for one, and used when there is one', async () => {
  const { did, kinds, told, dhcp, watches } = keeping(byDhcp());
  await settled();
  expect([did, kinds()]).toEqual([['apply', 'ask DHCP'], []]);
  dhcp[0]?.onLease(lease());
  await settled();
  expect(kinds()).toEqual(['addressesAcquired', 'linkApplied']);
  expect(told[0]).toMatchObject({ acquired: { lease: { address: '10.9.0.2' } } });
  expect(did).toContain('name servers 10.9.0.53');
  expect(watches.map(({ link }) => link.carrierDns)).toEqual([['10.9.0.53']]);
});

test('another lease is another use: what ran for the one before has ended', async () => {
  const { did, dhcp, watches } = keeping(byDhcp());
  await settled();
  dhcp[0]?.onLease(lease());
  await settled();
  dhcp[0]?.onLease(lease('10.9.0.3'));
  await settled();
  expect(watches.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(did.at(-1)).toBe('watch traffic');
  expect(did).toContain('close sockets of all but 10.9.0.3');
});

test('a lease that is renewed changes nothing', async () => {
  const { did, dhcp } = keeping(byDhcp());
  await settled();
  dhcp[0]?.onLease(lease());
  await settled();
  const before = did.length;
  dhcp[0]?.onLease({ ...lease(), seconds: 60 });
  await settled();
  expect(did.length).toBe(before);
});

test('a lease found in the kernel is kept and not relied on until the server confirms it', async () => {
  const known = { lease: lease(), confirmed: false };
  const { did, kinds, dhcp } = keeping(byDhcp(), { leases: { known: () => Promise.resolve(known), put: () => {} } });
  await settled();
  expect([did, kinds()]).toEqual([['apply 10.9.0.2', 'ask DHCP'], []]);
  dhcp[0]?.onLease(lease());
  await settled();
  expect(kinds()).toEqual(['addressesAcquired', 'linkApplied']);
});

test('another address is applied only when what watched the former one has ended', async () => {
  let release = () => {};
  const watchTraffic = () =>
    new Promise<void>((resolve) => {
      release = resolve;
    });
  const { did, dhcp } = keeping(byDhcp(), { watchTraffic });
  await settled();
  dhcp[0]?.onLease(lease());
  await settled();
  did.length = 0;
  dhcp[0]?.onLease(lease('10.9.0.3'));
  await settled();
  expect(did).toEqual([]);
  release();
  await settled();
  expect(did[0]).toBe('apply 10.9.0.3');
});

test('a lost lease is waited for a while, then the link is dead', async () => {
  const { kinds, dhcp, clock } = keeping(byDhcp());
  await settled();
  dhcp[0]?.onLease(lease());
  await settled();
  dhcp[0]?.onLost('nak');
  await clock.step(9_000);
  expect(kinds()).not.toContain('linkDead');
  await clock.step(2_000);
  expect(kinds()).toContain('linkDead');
});

test('that no server answers is told once', async () => {
  const { kinds, clock } = keeping(byDhcp());
  await clock.step(60_000);
  expect(kinds()).toEqual(['linkFailed']);
});

test('a host without a DHCP client is looked at again, and no server is blamed for not answering', async () => {
  const errors: unknown[] = [];
  let isInstalled = false;
  const { kinds, clock, did } = keeping(byDhcp(), {
    failureOf: (error) => {
      errors.push(error);
      return failureOf('host');
    },
    followDhcp: ({ onLease, signal }) => {
      if (!isInstalled) return Promise.reject(new DhcpError('no-client', 'wwan0', 'no DHCP client'));
      onLease(lease());
      return untilAborted(signal);
    },
  });
  await clock.step(21_000);
  expect(errors.length).toBeGreaterThan(1);
  expect(errors.every((error) => error instanceof DhcpError && error.reason === 'no-client')).toBe(true);
  isInstalled = true;
  await clock.step(10_000);
  expect(kinds()).toContain('linkApplied');
  expect(did).toContain('watch traffic');
});

test('without a link everything of ours is removed, however often that takes', async () => {
  const { did, kernel, clock, running } = keeping(undefined);
  kernel.error = new LinkError('ip-failed', 'ip', 'busy');
  await clock.step(3_000);
  expect(did.filter((what) => what === 'sweep')).toHaveLength(2);
  kernel.error = undefined;
  await clock.step(2_000);
  await running;
  expect(did.at(-1)).toBe('close sockets of all but');
});

test('a link with IPv6 alone where IPv4 was asked for is warned of', async () => {
  const link = linkOf();
  const wanted = { ...link.wanted, addresses: [{ address: '2001:db8::7', prefixLength: 64 }] };
  const { did } = keeping({ ...link, wanted });
  await settled();
  expect(did).toContain('warn IPv4');
});

test('what connects by the dead ethernet while LTE is away keeps waiting when LTE is back', async () => {
  const followed: unknown[] = [];
  const flows = {
    follow: (sources: unknown) => {
      followed.push(sources);
      return Promise.resolve();
    },
  };
  await keeping(undefined, { flows }).running;
  expect(followed).toEqual([{ takenOver: [], own: [] }]);
});
