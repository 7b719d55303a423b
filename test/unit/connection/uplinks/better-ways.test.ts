// When LTE goes before a better uplink, and when it goes behind it again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BetterWay,
  type BetterWays,
  NO_BETTER_WAYS,
  type OwnLink,
  type WayVerdict,
  withVerdict,
  withWays,
} from '../../../../src/connection/uplinks/better-ways.ts';
import { at } from '../builders.ts';

const MINUTE = 60;
const eth0: BetterWay = { family: 4, interface: 'eth0', metric: 100, gateway: '192.168.1.1', source: '192.168.1.2' };
const wlan0: BetterWay = { family: 4, interface: 'wlan0', metric: 600, gateway: '192.168.2.1', source: '192.168.2.2' };
const works: OwnLink = { works: true, reaches: true, bytes: 0 };

/** What is seen, and when: ways that were read, or the verdict on one. */
type Sight =
  | readonly [seconds: number, ways: readonly BetterWay[], own?: OwnLink]
  | readonly [seconds: number, name: string, verdict: WayVerdict, own?: OwnLink];

function after(sights: readonly Sight[], from: BetterWays = NO_BETTER_WAYS): BetterWays {
  return sights.reduce((now: BetterWays, sight) => {
    const moment = at(sight[0]);
    if (typeof sight[1] !== 'string')
      return withWays(now, sight[1], (sight[2] as OwnLink | undefined) ?? works, moment);
    const [, name, verdict, own = works] = sight as readonly [number, string, WayVerdict, OwnLink?];
    return withVerdict(now, { name, verdict, since: moment }, own, moment);
  }, from);
}

const dead = after([
  [0, [eth0]],
  [0, 'eth0', 'answers'],
  [60, 'eth0', 'silent'],
]);

test('a dead ethernet keeps all traffic', () => {
  expect(dead.taken).toMatchObject({ from: eth0, since: at(60) });
});

test('an ethernet that is dead from a cold boot on', () => {
  const now = after([
    [0, [eth0]],
    [12, 'eth0', 'silent'],
  ]);
  expect(now.taken?.from.interface).toBe('eth0');
});

test.each([
  ['LTE reaches nothing either', { ...works, reaches: false }],
  ['LTE has no session, or one that is dead', { ...works, works: false }],
])('both are dead: nothing moves (%s)', (_, own) => {
  expect(
    after([
      [0, [eth0]],
      [12, 'eth0', 'silent', own],
    ]).taken,
  ).toBeUndefined();
});

test('an uplink that answers, or cannot be asked, stays in front', () => {
  for (const verdict of ['answers', 'unclear'] as const)
    expect(
      after([
        [0, [eth0]],
        [12, 'eth0', verdict],
      ]).taken,
    ).toBeUndefined();
});

test('Wi-Fi is dead behind an ethernet that works: nothing moves', () => {
  expect(
    after([
      [0, [eth0, wlan0]],
      [5, 'wlan0', 'silent'],
      [6, 'eth0', 'answers'],
    ]).taken,
  ).toBeUndefined();
});

test('one of two next hops is dead: nothing moves; both are: LTE takes over', () => {
  const eth1 = { ...eth0, interface: 'eth1' };
  const half = after([
    [0, [eth0, eth1]],
    [5, 'eth0', 'silent'],
    [5, 'eth1', 'answers'],
  ]);
  expect(half.taken).toBeUndefined();
  expect(after([[60, 'eth1', 'silent']], half).taken?.from.metric).toBe(100);
});

test('ethernet answers again: it is given back after 2 minutes of answers, not at the first', () => {
  const late = after([[400, 'eth0', 'answers']], dead);
  expect(after([[519, 'eth0', 'answers']], late).taken).toBeDefined();
  expect(after([[520, 'eth0', 'answers']], late).taken).toBeUndefined();
});

test('an answer of a while ago gives nothing back: the next one does', () => {
  const late = after(
    [
      [400, 'eth0', 'answers'],
      [510, 'eth0', 'answers'],
      [525, [eth0, wlan0]],
    ],
    dead,
  );
  expect(late.taken).toBeDefined();
  expect(after([[530, 'eth0', 'answers']], late).taken).toBeUndefined();
});

test('an answer now and then is none: the 2 minutes begin anew', () => {
  const now = after(
    [
      [400, 'eth0', 'answers'],
      [460, 'eth0', 'silent'],
      [470, 'eth0', 'answers'],
      [530, 'eth0', 'answers'],
    ],
    dead,
  );
  expect(now.taken).toBeDefined();
});

test('a short outage is not given back within 5 minutes of the take-over', () => {
  const now = after(
    [
      [70, 'eth0', 'answers'],
      [359, 'eth0', 'answers'],
    ],
    dead,
  );
  expect(now.taken).toBeDefined();
  expect(after([[360, 'eth0', 'answers']], now).taken).toBeUndefined();
});

test('an uplink that comes and goes is waited for ever longer', () => {
  const again = after(
    [
      [400, 'eth0', 'answers'],
      [520, 'eth0', 'answers'],
      [600, 'eth0', 'silent'],
    ],
    dead,
  );
  expect(again.taken?.since).toEqual(at(600));
  const back = after(
    [
      [610, 'eth0', 'answers'],
      [600 + 5 * MINUTE, 'eth0', 'answers'],
    ],
    again,
  );
  expect(back.taken).toBeDefined();
  expect(after([[600 + 10 * MINUTE, 'eth0', 'answers']], back).taken).toBeUndefined();
});

test('LTE dies while it stands in front: ethernet is given back to with its first answer', () => {
  const now = after([[100, 'eth0', 'silent', { ...works, works: false }]], dead);
  expect(now.taken).toBeDefined();
  expect(after([[130, 'eth0', 'answers', { ...works, works: false }]], now).taken).toBeUndefined();
});

test('a DHCP client that renews takes the route away for a moment: nothing moves', () => {
  const gone = after([[70, []]], dead);
  expect(gone.taken).toBeDefined();
  expect(after([[71, [eth0]]], gone).taken).toMatchObject({ from: eth0 });
});

test('the cable is pulled from a dead ethernet: the take-over ends, for its cause is gone', () => {
  expect(
    after(
      [
        [70, []],
        [100, []],
        [190, []],
      ],
      dead,
    ).taken,
  ).toBeUndefined();
});

test('the cable is pulled from a dead ethernet, and Wi-Fi works: it is used', () => {
  const wifi = after(
    [
      [70, [wlan0]],
      [72, 'wlan0', 'answers'],
      [300, [wlan0]],
      [360, 'wlan0', 'answers'],
    ],
    dead,
  );
  expect(wifi.taken).toBeUndefined();
});

test('the metric of a dead ethernet changes: LTE stays before it', () => {
  expect(after([[70, [{ ...eth0, metric: 50 }]]], dead).taken?.from.metric).toBe(50);
});

test('what LTE carried meanwhile is counted, also when its interface is made anew', () => {
  const own = (bytes: number): OwnLink => ({ ...works, bytes });
  const now = after(
    [
      [90, 'eth0', 'silent', own(5_000)],
      [120, 'eth0', 'silent', own(700)],
    ],
    dead,
  );
  expect(now.taken?.bytes).toBe(5_700);
});

test('nothing changed is the same object', () => {
  expect(
    after(
      [
        [90, 'eth0', 'silent'],
        [95, [eth0]],
      ],
      dead,
    ),
  ).toBe(dead);
});

/** Any sequence of sights, a few seconds to minutes apart, over some hours. */
const sequences = fc.array(
  fc.record({
    waitS: fc.integer({ min: 1, max: 400 }),
    ways: fc.option(fc.subarray([eth0, { ...eth0, interface: 'eth1' }, wlan0, { ...wlan0, metric: 1 }]), {
      nil: undefined,
    }),
    name: fc.constantFrom('eth0', 'eth1', 'wlan0'),
    verdict: fc.constantFrom<WayVerdict[]>('answers', 'silent', 'silent', 'unclear'),
    own: fc.record({ works: fc.boolean(), reaches: fc.boolean(), bytes: fc.nat() }),
  }),
  { maxLength: 120 },
);

/** The states after each sight of a sequence, with their seconds. */
function walk(sequence: typeof sequences extends fc.Arbitrary<infer T> ? T : never) {
  const states: { readonly s: number; readonly now: BetterWays; readonly before: BetterWays }[] = [];
  let now = NO_BETTER_WAYS;
  let s = 0;
  for (const { waitS, ways, name, verdict, own } of sequence) {
    s += waitS;
    const before = now;
    now = ways === undefined ? after([[s, name, verdict, own]], now) : after([[s, ways, own]], now);
    states.push({ s, now, before });
  }
  return states;
}

test('in no sequence does LTE take over twice within 5 minutes', () => {
  fc.assert(
    fc.property(sequences, (sequence) => {
      const taken = walk(sequence).flatMap(({ s, now, before }) => (now.taken && !before.taken ? [s] : []));
      for (const [index, s] of taken.entries())
        expect(s - (taken[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(300);
    }),
    { numRuns: 500 },
  );
});

test('in no sequence does a take-over begin without a silent front and a link that reaches more', () => {
  fc.assert(
    fc.property(sequences, (sequence) => {
      for (const { now, before } of walk(sequence)) {
        if (now.taken === undefined || before.taken !== undefined) continue;
        const front = now.ways.filter(({ metric }) => metric === now.ways[0]?.metric);
        for (const way of front)
          expect(now.judged.find((one) => one.interface === way.interface)?.verdict).toBe('silent');
      }
    }),
  );
});

test('in no sequence does a take-over outlast its cause: an hour of answers, or of no route, ends it', () => {
  fc.assert(
    fc.property(sequences, fc.boolean(), (sequence, answers) => {
      const last = walk(sequence).at(-1);
      if (last === undefined) return;
      const steps = Array.from({ length: 140 }, (_, index): Sight[] => {
        const s = last.s + (index + 1) * 30;
        return answers
          ? [
              [s, [eth0]],
              [s, 'eth0', 'answers'],
            ]
          : [[s, []]];
      }).flat();
      expect(after(steps, last.now).taken).toBeUndefined();
    }),
  );
});

test('a bearer that is lost during a take-over: all that the interface ever carried is told as spent', () => {
  const carried = (bytes: number | undefined) => ({ ...works, works: bytes !== undefined, bytes });
  const now = after([
    [0, [eth0]],
    [0, 'eth0', 'silent', carried(5_000_000)],
    [60, 'eth0', 'silent', carried(5_001_000)],
    [80, 'eth0', 'silent', carried(undefined)],
    [100, 'eth0', 'silent', carried(5_003_000)],
  ]);
  expect(now.taken?.bytes).toBe(3_000);
});
