// One check of how far traffic gets: whom it asks and in what order, what it stops at, and what it
// believes. Questions and destinations are answered by the test.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Counters } from '../../../../../src/network/reachability/counters.ts';
import type { Answer, ProbeTarget } from '../../../../../src/network/reachability/probe/attempt.ts';
import type { Asking } from '../../../../../src/network/reachability/probe/questions.ts';
import type { Asked, Destination } from '../../../../../src/network/reachability/reach/ask-destination.ts';
import { checkReach, type ReachOptions } from '../../../../../src/network/reachability/reach/check-reach.ts';
import { SteppedClock } from '../../../stepped-clock.ts';

/** What the network does with a question: its answer, and the bytes that this moves. */
interface Said {
  readonly answer?: Answer;
  readonly meaning?: Pick<Asked, 'outcome' | 'detail'>;
  readonly sent?: number;
  readonly received?: number;
}

const world = vi.hoisted(() => ({
  said: new Map<string, object>(),
  asked: [] as string[],
  counters: { rxBytes: 0, txBytes: 0, rxPackets: 0, hasArp: false, undelivered: 0, reachedIp: 0 },
  isThere: true,
  /** That of which nothing is said: it waits until it is called off. */
  hear: (by: string): object | undefined => {
    world.asked.push(by);
    const said = world.said.get(by) as { sent?: number; received?: number } | undefined;
    world.counters.txBytes += said?.sent ?? 60;
    world.counters.rxBytes += said?.received ?? 60;
    world.counters.rxPackets += (said?.received ?? 60) > 0 ? 1 : 0;
    world.counters.reachedIp += 1;
    return said;
  },
}));

vi.mock('../../../../../src/network/reachability/reach/ask-destination.ts', async (original) => ({
  ...(await original<object>()),
  askDestination: ({ host }: Destination): Promise<Asked> => {
    const said = world.hear(host) as Said | undefined;
    const meaning = said?.meaning ?? { outcome: 'reached', detail: 'TLS' };
    return Promise.resolve({
      by: host,
      ...meaning,
      tookMs: 7,
      bytes: 5_000,
      route: { source: '100.64.0.2', address: host },
    });
  },
}));

vi.mock('../../../../../src/network/reachability/probe/questions.ts', () => ({
  questionsFor: ({ targets, dnsServers }: Asking) =>
    (targets as ProbeTarget[]).map((target) => {
      const address = target.kind === 'dns' ? (target.server ?? dnsServers[0] ?? '') : target.address;
      return {
        by: `${target.kind} ${address}`,
        bytes: 100,
        route: target.kind === 'icmp' ? undefined : { source: '100.64.0.2', address },
        ask: (signal: AbortSignal) => {
          const { answer } = (world.hear(`${target.kind} ${address}`) ?? {}) as Said;
          if (answer !== undefined) return Promise.resolve(answer);
          return new Promise((resolve) =>
            signal.addEventListener('abort', () => resolve({ outcome: 'silent', detail: 'no answer' })),
          );
        },
      };
    }),
}));

const CARRIER = 'dns 198.51.100.53';
const TCP = 'tcp 1.1.1.1';
const ICMP = 'icmp 8.8.8.8';
const TRUTH: Answer = { outcome: 'answered', detail: 'an answer', addresses: ['198.41.0.4'] };
const CONNECTED: Answer = { outcome: 'answered', detail: 'connected' };
const SILENT: Answer = { outcome: 'silent', detail: 'no answer' };

let clock = new SteppedClock();
let stop = new AbortController();
/** What `ip route get` says: the interface by which a question would go. */
let way = 'wwan0';
beforeEach(() => {
  clock = new SteppedClock();
  stop = new AbortController();
  way = 'wwan0';
  world.asked.length = 0;
  world.isThere = true;
  world.said = new Map<string, Said>([
    [CARRIER, { answer: TRUTH }],
    [TCP, { answer: CONNECTED }],
    [ICMP, { answer: CONNECTED }],
  ]);
});

const say = (by: string, said: Said) => void world.said.set(by, said);
const one: Destination = { kind: 'tls', host: '192.0.2.1', port: 1 };
const other: Destination = { kind: 'tls', host: '192.0.2.2', port: 1 };

function check(changes: Partial<ReachOptions> = {}) {
  return checkReach({
    clock,
    commands: {
      run: (argv) => Promise.resolve(argv.includes('get') ? JSON.stringify([{ dev: way, table: '52' }]) : '[]'),
      follow: () => Promise.resolve(undefined),
    },
    interface: 'wwan0',
    addresses: [{ address: '100.64.0.2', prefixLength: 30 }],
    dnsServers: ['198.51.100.53'],
    targets: [{ kind: 'dns' }, { kind: 'tcp', address: '1.1.1.1', port: 443 }, { kind: 'icmp', address: '8.8.8.8' }],
    destinations: [],
    dnsName: 'a.root-servers.net',
    counters: () => Promise.resolve(world.isThere ? ({ ...world.counters } as Counters) : undefined),
    admits: () => true,
    signal: stop.signal,
    ...changes,
  });
}

test('a destination that is reached is proof enough: nobody else is asked', async () => {
  const { evidence, bytes } = await check({ destinations: [one, other] });
  expect(evidence).toEqual({
    destinations: [{ by: one.host, outcome: 'reached', detail: 'TLS', tookMs: 7 }],
    lie: undefined,
    isAlive: true,
    beyond: { outcome: 'not-asked' },
  });
  expect([world.asked, bytes]).toEqual([[one.host], 5_000]);
});

test('after one that is not, the next is asked, then the carrier, then what is beyond it', async () => {
  for (const { host } of [one, other]) say(host, { meaning: { outcome: 'silent', detail: 'no answer' }, received: 0 });
  const { evidence, bytes } = await check({ destinations: [one, other] });
  expect(evidence.destinations.map(({ outcome }) => outcome)).toEqual(['silent', 'silent']);
  expect(evidence).toMatchObject({ isAlive: true, beyond: { outcome: 'connected', by: TCP } });
  expect(world.asked).toEqual([one.host, other.host, CARRIER, TCP, ICMP]);
  expect(bytes).toBe(10_300);
});

test('what the day’s budget does not pay is not asked', async () => {
  const admitted: number[] = [];
  const admits = (bytes: number) => {
    admitted.push(bytes);
    return bytes <= 8_000;
  };
  say(one.host, { meaning: { outcome: 'refused', detail: '' } });
  const { evidence } = await check({ destinations: [one, other], admits });
  expect(evidence.destinations.map(({ by }) => by)).toEqual([one.host]);
  // What the first has cost counts, and not what it was taken to.
  expect(admitted).toEqual([8_000, 13_000]);
});

test.each<readonly [string, Said, string]>([
  ['that never left this host', { meaning: { outcome: 'silent', detail: '' }, sent: 0, received: 0 }, 'impossible'],
  [
    'that was refused where no byte came in',
    { meaning: { outcome: 'refused', detail: '' }, received: 0 },
    'impossible',
  ],
  ['whose answer no byte came in of', { received: 0 }, 'impossible'],
  ['that has no name', { meaning: { outcome: 'no-name', detail: '' } }, 'no-name'],
  [
    'that this host could not ask',
    { meaning: { outcome: 'impossible', detail: '' }, sent: 0, received: 0 },
    'impossible',
  ],
])('a destination %s', async (_, said, outcome) => {
  say(one.host, said);
  expect((await check({ destinations: [one] })).evidence.destinations[0]?.outcome).toBe(outcome);
});

test('what a VPN’s rule sends elsewhere says nothing of the link', async () => {
  way = 'tailscale0';
  for (const by of [TCP, ICMP]) say(by, { answer: SILENT, received: 0 });
  const { evidence } = await check({ destinations: [one] });
  expect(evidence.destinations[0]?.outcome).toBe('impossible');
  expect(evidence.beyond).toEqual({ outcome: 'hindered' });
});

test('a wrong address from the carrier’s name server is told', async () => {
  say(CARRIER, { answer: { ...TRUTH, addresses: ['10.1.1.1'] } });
  expect((await check()).evidence.lie).toBe('10.1.1.1');
  expect((await check({ dnsName: 'intranet.example' })).evidence.lie).toBeUndefined();
});

test('a second name server of the carrier is asked only where the first is silent', async () => {
  const targets: readonly ProbeTarget[] = [{ kind: 'dns' }, { kind: 'dns' }];
  await check({ targets });
  expect(world.asked).toEqual([CARRIER]);
  say(CARRIER, { answer: SILENT, received: 0 });
  world.asked.length = 0;
  await check({ targets });
  expect(world.asked).toEqual([CARRIER, CARRIER]);
});

test('without anybody beyond the carrier to ask, the carrier is all that is known', async () => {
  const { evidence } = await check({ targets: [{ kind: 'dns' }, { kind: 'dns', server: '198.51.100.53' }] });
  expect(evidence).toMatchObject({ isAlive: true, beyond: { outcome: 'not-asked' } });
});

test('a name server that is not the carrier’s is beyond it', async () => {
  say('dns 9.9.9.9', { answer: TRUTH });
  const { evidence } = await check({ targets: [{ kind: 'dns', server: '9.9.9.9' }] });
  expect(evidence.beyond).toMatchObject({ outcome: 'connected', by: 'dns 9.9.9.9' });
});

test.each(['ECONNREFUSED', 'ECONNRESET'])(
  '%s is no way through: walled gardens refuse for everybody',
  async (detail) => {
    for (const by of [TCP, ICMP]) say(by, { answer: { outcome: 'answered', detail } });
    expect((await check()).evidence).toMatchObject({ isAlive: true, beyond: { outcome: 'silent' } });
  },
);

test('the first connection ends the others', async () => {
  world.said.delete(ICMP);
  expect((await check()).evidence.beyond).toMatchObject({ outcome: 'connected', by: TCP, tookMs: 0 });
});

test('who says nothing is given three seconds', async () => {
  for (const by of [TCP, ICMP]) world.said.delete(by);
  const checked = check();
  await clock.step(3_000);
  expect((await checked).evidence.beyond).toEqual({ outcome: 'silent' });
});

test.each<readonly [string, Said]>([
  ['did not leave this host', { answer: SILENT, sent: 0, received: 0 }],
  ['could not be asked', { answer: { outcome: 'impossible', detail: 'EPERM' }, sent: 0, received: 0 }],
])('questions that %s are no silence', async (_, said) => {
  for (const by of [TCP, ICMP]) say(by, said);
  expect((await check()).evidence.beyond).toEqual({ outcome: 'hindered' });
});

test('a link over which nothing came in is not alive', async () => {
  for (const by of [CARRIER, TCP, ICMP]) say(by, { answer: SILENT, received: 0 });
  expect((await check()).evidence.isAlive).toBe(false);
});

test.each<readonly [string, Partial<typeof world.counters> | 'gone']>([
  ['this host dropped all that came in', { undelivered: 10 }],
  ['none of it arrived at this host’s IP layer', { reachedIp: -10 }],
  ['the interface went meanwhile', 'gone'],
])('a link of which %s is not called alive', async (_, befalls) => {
  for (const by of [CARRIER, TCP]) say(by, { answer: SILENT });
  world.said.delete(ICMP);
  const checked = check();
  await clock.step(1_000);
  world.isThere = befalls !== 'gone';
  const { undelivered = 0, reachedIp = 0 } = befalls === 'gone' ? {} : befalls;
  world.counters.undelivered += undelivered;
  world.counters.reachedIp += reachedIp;
  await clock.step(2_000);
  expect((await checked).evidence.isAlive).toBe(false);
});

test.each([
  ['a destination', { destinations: [one] }],
  ['the carrier', {}],
])('a check that is called off at %s ends with the reason', async (_, changes) => {
  const reason = new Error('superseded');
  stop.abort(reason);
  await expect(check(changes)).rejects.toBe(reason);
});
