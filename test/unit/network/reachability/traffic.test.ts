import { expect, test } from 'vitest';
import { cameIn, followTraffic, type Traffic } from '../../../../src/network/reachability/traffic.ts';

type Reading = readonly [second: number, rx: number, tx: number] | readonly [second: number];

function verdicts(readings: readonly Reading[]): string[] {
  let traffic: Traffic | undefined;
  return readings.map(([second, rx, tx]) => {
    const counters =
      rx === undefined || tx === undefined ? undefined : { rxBytes: rx, txBytes: tx, rxPackets: 0, hasArp: false };
    traffic = followTraffic(traffic, counters, second * 1000);
    return traffic.verdict;
  });
}

test.each<readonly [string, readonly Reading[], readonly string[]]>([
  [
    'what comes in is life',
    [
      [0, 10, 10],
      [2, 20, 20],
      [4, 30, 30],
    ],
    ['idle', 'alive', 'alive'],
  ],
  [
    'nothing at all is idle',
    [
      [0, 10, 10],
      [60, 10, 10],
      [600, 10, 10],
    ],
    ['idle', 'idle', 'idle'],
  ],
  [
    'sent and sent again without an answer for 10 s',
    [
      [0, 1, 1],
      [2, 1, 2],
      [6, 1, 3],
      [11, 1, 3],
      [12, 1, 3],
    ],
    ['idle', 'idle', 'idle', 'idle', 'suspicious'],
  ],
  [
    'one datagram alone is not suspicious',
    [
      [0, 1, 1],
      [2, 1, 2],
      [30, 1, 2],
      [60, 1, 2],
    ],
    ['idle', 'idle', 'idle', 'idle'],
  ],
  [
    'an answer clears the suspicion',
    [
      [0, 1, 1],
      [2, 1, 2],
      [13, 1, 3],
      [15, 2, 3],
      [17, 2, 4],
    ],
    ['idle', 'idle', 'suspicious', 'alive', 'idle'],
  ],
  [
    'another interface of the same name starts afresh',
    [
      [0, 100, 100],
      [2, 100, 200],
      [13, 5, 300],
    ],
    ['idle', 'idle', 'idle'],
  ],
  ['a vanished interface starts afresh', [[0, 1, 1], [2, 1, 2], [4], [13, 1, 3]], ['idle', 'idle', 'idle', 'idle']],
])('%s', (_, readings, expected) => {
  expect(verdicts(readings)).toEqual(expected);
});

test('how long nothing came in is told', () => {
  const counters = (rxBytes: number, txBytes: number) => ({ rxBytes, txBytes, rxPackets: 0, hasArp: false });
  const first = followTraffic(undefined, counters(1, 1), 1_000);
  const second = followTraffic(first, counters(1, 2), 4_000);
  const third = followTraffic(second, counters(1, 2), 9_000);
  // Sent at any time since the first reading: taken as if it had been read two seconds after that.
  expect(third).toMatchObject({ idleMs: 8_000, unansweredSinceMs: 3_000 });
});

test('an ARP answer is no sign of life: the modem gives it while its LTE side is dead', () => {
  const counters = (rxBytes: number, rxPackets: number) => ({ rxBytes, rxPackets, txBytes: 0, hasArp: true });
  expect(cameIn(counters(0, 0), counters(60, 1))).toBe(false);
  expect(cameIn(counters(0, 0), counters(2 * 42, 2))).toBe(false);
  expect(cameIn(counters(0, 0), counters(1_200, 2))).toBe(true);
});

test('on a raw IP link whatever comes in is a sign of life', () => {
  const counters = (rxBytes: number) => ({ rxBytes, rxPackets: rxBytes, txBytes: 0, hasArp: false });
  expect(cameIn(counters(0), counters(40))).toBe(true);
});

test('programs that send what nobody answers are taken for a fault only after the patience given', () => {
  let traffic: Traffic | undefined;
  const verdicts = [0, 2, 8, 14, 20].map((second) => {
    const counters = { rxBytes: 0, rxPackets: 0, txBytes: second, hasArp: false };
    traffic = followTraffic(traffic, counters, second * 1000, 15_000);
    return traffic.verdict;
  });
  expect(verdicts).toEqual(['idle', 'idle', 'idle', 'idle', 'suspicious']);
});
