import { expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { linkFor } from '../../../../src/connection/link/link-for.ts';
import { withoutStalePathMtu } from '../../../../src/connection/link/path-mtu.ts';
import { modem } from '../../modem/builders.ts';
import {
  at,
  bearer,
  bearerConnected,
  connected,
  facts,
  following,
  type Happening,
  memory,
  online,
  policy,
  proven,
  started,
} from '../builders.ts';

const measured = (mtu: number, asked = 1500) => ({ kind: 'pathMtuMeasured', asked, mtu }) as const;
const known = (mtu: number, asked = 1500) => memory({ pathMtu: { apn: 'internet', asked, mtu, wallMs: 0 } });
const mtuOf = (by = policy(), remembered = memory(), of = bearer()) =>
  linkFor({ ...started(), memory: remembered }, of, { policy: by })?.wanted.mtu;

test("a person's MTU comes before the bearer's, and the bearer's before the interface's", () => {
  const silent = bearer({ ip4Config: { ...bearer().ip4Config, mtu: undefined } as never });
  expect([mtuOf(policy({ mtu: 1300 })), mtuOf(), mtuOf(policy(), memory(), silent)]).toEqual([1300, 1500, undefined]);
});

test('absurd MTUs are clamped', () => {
  const saying = (mtu: number) => bearer({ ip4Config: { ...bearer().ip4Config, mtu } });
  expect(mtuOf(policy(), memory(), saying(1))).toBe(576);
  expect(mtuOf(policy(), memory(), saying(65_535))).toBe(9000);
});

test('a path that was measured smaller lowers the MTU, of its own APN and for the same wish only', () => {
  expect(mtuOf(policy(), known(1400))).toBe(1400);
  expect(mtuOf(policy(), known(1500))).toBe(1500);
  expect(mtuOf(policy(), known(1300, 1428))).toBe(1500);
  expect(mtuOf(policy(), known(1400), bearer({ properties: { apn: 'other' } }))).toBe(1500);
  expect(mtuOf(policy({ mtu: 1480 }), known(1400))).toBe(1480);
});

test('a measurement changes the link that is up, is remembered, and outlives the session', () => {
  const now = following(online(), [measured(1400)], policy(), 10);
  expect(now.phase.kind).toBe('online');
  expect(now.link?.wanted.mtu).toBe(1400);
  const again = following(now, [proven(20), facts(connected(bearer()))], policy(), 20);
  expect(again.link).toBe(now.link);
});

test('a measurement that finds nothing wrong leaves the link alone, so that nobody works on it', () => {
  const before = online();
  const now = following(before, [measured(1500)], policy(), 10);
  expect(now.link).toBe(before.link);
  expect(linkFor(now, bearer(), { policy: policy() })?.mtuSettled).toBe(true);
});

test('an old measurement is forgotten for a new session, and so is one from the future', () => {
  const stamped = (wallMs: number) => memory({ pathMtu: { apn: 'internet', asked: 1500, mtu: 1400, wallMs } });
  const now = at();
  expect(withoutStalePathMtu(stamped(now.wallMs - 3_600_000), now).pathMtu).toBeDefined();
  expect(withoutStalePathMtu(stamped(now.wallMs - 25 * 3_600_000), now).pathMtu).toBeUndefined();
  expect(withoutStalePathMtu(stamped(now.wallMs + 1), now).pathMtu).toBeUndefined();
});

/** The same daemon, about to connect again. */
const reconnecting = (from: Connection): Connection => ({
  ...from,
  phase: { kind: 'connecting', modem: modem(), settings: { apn: 'internet', ipType: 'ipv4' }, deadlineMs: undefined },
});
const second = bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2' });

test('a link that was dead is preferred again only when traffic is seen to pass', () => {
  const dead = following(online(), [{ kind: 'linkDead', reason: 'silence' }], policy(), 100);
  expect(dead.link?.wanted.metric).toBe(20_700);
  const begun: Happening[] = [bearerConnected(second), { kind: 'linkApplied' }, facts(connected(second))];
  const unproven = following(reconnecting(dead), begun, policy(), 110);
  expect(unproven.link?.wanted.metric).toBe(20_700);
  expect(following(unproven, [proven(115)], policy(), 115).link?.wanted.metric).toBe(700);
});

test('a link after a plain drop is preferred at once', () => {
  const lost = following(online(), [facts(connected(bearer({ connected: false })))], policy(), 100);
  expect(following(reconnecting(lost), [bearerConnected(second)], policy(), 110).link?.wanted.metric).toBe(700);
});
