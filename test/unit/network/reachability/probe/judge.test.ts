import { expect, test } from 'vitest';
import type { Counters } from '../../../../../src/network/reachability/counters.ts';
import type { Outcome } from '../../../../../src/network/reachability/probe/attempt.ts';
import {
  haveLeft,
  judge,
  neverArrived,
  showsLife,
  wasDropped,
} from '../../../../../src/network/reachability/probe/judge.ts';

const counters = (rxBytes: number, txBytes: number, hasArp = false): Counters => ({
  rxBytes,
  txBytes,
  rxPackets: rxBytes > 0 ? 1 : 0,
  hasArp,
});
const moved = (rx: number, tx: number, hasArp = false) => ({
  before: counters(0, 0, hasArp),
  after: counters(rx, tx, hasArp),
});

test.each<readonly [string, Outcome, ReturnType<typeof moved>, Outcome]>([
  ['an answer that came in is one', 'answered', moved(60, 60), 'answered'],
  ['an answer where no byte came in is of this host', 'answered', moved(0, 60), 'impossible'],
  ['an answer to a question that never left is of this host', 'answered', moved(60, 0), 'impossible'],
  ['an ARP exchange beside it does not make it one', 'answered', moved(60, 28, true), 'impossible'],
  ['unreachable without a byte in is of this host', 'unreachable', moved(0, 0), 'impossible'],
  ['unreachable that a router said is silence', 'unreachable', moved(70, 60), 'silent'],
  ['a neighbour that does not answer ARP is silence', 'unreachable', moved(0, 42, true), 'silent'],
  ['a reject of this host where there is ARP is of this host', 'unreachable', moved(0, 0, true), 'impossible'],
  ['silence is silence', 'silent', moved(0, 0), 'silent'],
])('%s', (_, outcome, how, expected) => {
  expect(judge({ outcome, detail: '' }, how).outcome).toBe(expected);
});

test('an interface that is gone can answer nothing', () => {
  expect(judge({ outcome: 'answered', detail: '' }, { before: counters(0, 0), after: undefined }).outcome).toBe(
    'impossible',
  );
  expect(haveLeft(1, { before: undefined, after: undefined })).toBe(false);
});

test('silence counts only when all that was asked can have left', () => {
  expect(haveLeft(3, moved(0, 132))).toBe(true);
  expect(haveLeft(3, moved(0, 60))).toBe(false);
  expect(haveLeft(3, moved(0, 42, true))).toBe(true);
  expect(haveLeft(1, moved(0, 0, true))).toBe(false);
});

test('received bytes show life only where the modem does not answer for itself', () => {
  expect(showsLife(moved(40, 0))).toBe(true);
  expect(showsLife(moved(1_000, 0, true))).toBe(false);
});

test('what came in was dropped only where this host took as little as came', () => {
  const came = (packets: number, undelivered: number, hasArp = false) => ({
    before: { ...counters(0, 0, hasArp), undelivered: 7 },
    after: { ...counters(60, 60, hasArp), rxPackets: packets, undelivered: 7 + undelivered },
  });
  expect(wasDropped(came(2, 2))).toBe(true);
  expect(wasDropped(came(2, 3))).toBe(true); // another interface's packets were dropped too
  expect(wasDropped(came(2, 1))).toBe(false);
  expect(wasDropped(came(0, 3))).toBe(false);
  expect(wasDropped(came(2, 2, true))).toBe(false); // the modem's own chatter
});

test('what came in was dropped before IP where nothing of it arrived there', () => {
  const came = (packets: number, arrived: number | undefined, hasArp = false) => ({
    before: { ...counters(0, 0, hasArp), reachedIp: 7 },
    after: {
      ...counters(60, 60, hasArp),
      rxPackets: packets,
      reachedIp: arrived === undefined ? arrived : 7 + arrived,
    },
  });
  expect(neverArrived(came(2, 0))).toBe(true);
  expect(neverArrived(came(0, 0))).toBe(false);
  expect(neverArrived(came(2, 1))).toBe(false); // of this link, or of another: not told apart
  expect(neverArrived(came(2, undefined))).toBe(false);
  expect(neverArrived(came(2, 0, true))).toBe(false);
});
