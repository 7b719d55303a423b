// The journal's lines about a link that is up: its proofs, its settings, its MTU, and the host's
// other ways out.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import type { BetterWay, WayVerdict } from '../../../../src/connection/uplinks/better-ways.ts';
import { lossOf } from '../../../../src/connection/words/loss.ts';
import { narrate } from '../../../../src/connection/words/narrate.ts';
import { reachWarnings } from '../../../../src/connection/words/reach-words.ts';
import { reportOf } from '../../../../src/connection/words/status-of.ts';
import { StatusSchema } from '../../../../src/status/schema.ts';
import {
  at,
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failureOf,
  following,
  type Happening,
  having,
  online,
  policy,
  proven,
  reachJudged,
  unplugged,
} from '../builders.ts';

/** What becomes of `from` by `what` after `seconds`, and the line about it. */
function step(from: Connection, what: Happening, seconds: number) {
  const because = { ...what, at: at(seconds), chance: 0.5 } as ConnectionEvent;
  const to = decide(from, because, policy());
  return { to, line: narrate(from, to, because) };
}

const statusOf = (connection: Connection, seconds: number) =>
  reportOf(
    connection,
    policy(),
    {
      pid: 1,
      daemonVersion: '0.1.0',
      offlineSince: undefined,
      modemManager: { onBus: true, version: '1.20.4' },
      counters: { rxBytes: 0, txBytes: 0 },
      warnings: [],
    },
    at(seconds),
  );

describe('traffic', () => {
  const applied = following(connecting(), [
    bearerConnected(),
    facts(connected(bearer())),
    { kind: 'linkApplied' },
  ] as Happening[]);

  test('the first proof is told, the next ones are for who looks closer', () => {
    const first = step(applied, proven(5), 5);
    expect(first.line).toEqual({ level: 'info', message: 'traffic passes', fields: { by: 'dns', roundTripMs: 30 } });
    const received: Happening = { kind: 'linkProven', proof: { by: 'received', roundTripMs: undefined, at: at(9) } };
    expect(step(first.to, received, 9).line).toEqual({
      level: 'debug',
      message: 'traffic passes',
      fields: { by: 'received' },
    });
  });

  test('the proof that ends an outage says how long that was, why, and what ended it', () => {
    const back = following(
      online(),
      [
        facts(having({ state: 'registered' })),
        bearerConnected(bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2' })),
        facts(connected(bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2' }))),
        { kind: 'linkApplied' },
      ],
      policy(),
      10,
    );
    expect(back.outage).toBeDefined();
    const { to, line } = step(back, proven(40), 40);
    const incident = to.memory.incidents.at(-1);
    expect(line).toEqual({
      level: 'info',
      message: 'traffic passes again',
      fields: {
        by: 'dns',
        roundTripMs: 30,
        offlineMs: 30_000,
        reason: incident?.reason,
        endedBy: incident?.endedBy,
      },
    });
    expect(incident?.reason).not.toBe('');
  });

  test('a proof that comes too late for its link is nothing to tell', () => {
    const gone = following(online(), [facts(unplugged)], policy(), 20);
    expect(
      narrate(gone, { ...gone, proof: undefined }, { ...proven(), at: at(21), chance: 0 } as never),
    ).toBeUndefined();
  });
});

describe('the path MTU', () => {
  test('one that is smaller than the link says is told with the APN', () => {
    const { line } = step(online(), { kind: 'pathMtuMeasured', asked: 1_500, mtu: 1_400 }, 10);
    expect(line).toMatchObject({ level: 'info', fields: { mtu: 1_400, linkSays: 1_500, apn: 'internet' } });
    expect(line?.message).toMatch(/MTU lowered/);
  });

  test('one that fits is for who looks closer', () => {
    const { line } = step(online(), { kind: 'pathMtuMeasured', asked: 1_500, mtu: 1_500 }, 10);
    expect(line).toMatchObject({ level: 'debug', fields: { mtu: 1_500 } });
  });
});

test('a bearer that gets another address under way is told as changed settings', () => {
  const changed = bearer({
    ip4Config: { method: 'static', address: '10.64.0.9', prefix: 30, gateway: '10.64.0.10', dns: [] },
  });
  const { line } = step(online(), facts(connected(changed)), 20);
  expect(line).toMatchObject({ level: 'info', message: 'link settings changed' });
  expect(JSON.stringify(line?.fields)).toContain('10.64.0.9');
});

test('how far traffic gets: unclear is a warning with its reason, and no fault', () => {
  const { to } = step(online(), reachJudged('unclear', { reason: 'the clock is wrong', remedy: 'set it' }), 10);
  expect(reachWarnings(to)).toMatchObject([{ code: 'reach-unclear', text: 'the clock is wrong', remedy: 'set it' }]);
});

describe("the host's other ways out", () => {
  const eth0: BetterWay = { family: 4, interface: 'eth0', metric: 100, gateway: '192.168.1.1', source: '192.168.1.2' };
  const read = (...ways: readonly BetterWay[]): Happening => ({ kind: 'uplinksRead', ways, bytes: 1_000 });
  const asked = (verdict: WayVerdict): Happening => ({
    kind: 'uplinkAsked',
    way: eth0,
    verdict,
    silentMs: 12_000,
    linkReaches: true,
    bytes: 1_000,
  });
  const beside = following(online(), [read(eth0)], policy(), 10);
  const taken = following(beside, [asked('silent')], policy(), 20);

  test.each([
    ['answers', 'eth0 leads to the internet'],
    ['unclear', 'it cannot be told whether eth0 leads to the internet'],
  ] as const)('what %s is for who looks closer', (verdict, message) => {
    const { line } = step(beside, asked(verdict), 11);
    expect(line).toEqual({ level: 'debug', message, fields: { family: 'IPv4', metric: 100 } });
  });

  test('a dead one that is unplugged is told as gone', () => {
    // Whoever pulls a plug may put it in again: it is gone once it was for a while.
    const pulled = following(taken, [read()], policy(), 30);
    expect(pulled.uplinks[4].taken).toBeDefined();
    expect(step(pulled, read(), 600).line).toMatchObject({
      level: 'info',
      message: 'eth0 is gone; wwan0 goes before nobody',
      fields: { family: 'IPv4', metric: 100 },
    });
  });

  test('the status has each with its verdict, and since when LTE goes before it', () => {
    expect(StatusSchema.parse(statusOf(online(), 10))).not.toHaveProperty('uplinks');
    expect(StatusSchema.parse(statusOf(beside, 15)).uplinks).toEqual([
      { interface: 'eth0', family: 'IPv4', metric: 100 },
    ]);
    const status = StatusSchema.parse(statusOf(taken, 30));
    expect(status.uplinks).toMatchObject([
      { interface: 'eth0', verdict: 'silent', takenOver: { since: new Date(at(20).wallMs).toISOString() } },
    ]);
    expect(status.sentence).toBe('online on wwan0, before eth0, through which nothing answers');
  });
});

test('the status warns of a ModemManager that keeps ending, also while the link lives on', () => {
  const ended = following(
    online(),
    [1, 2, 3].flatMap(() => [facts(away), facts(unplugged)]),
    policy(),
    20,
  );
  expect(ended.phase.kind).toBe('riding');
  expect(statusOf(ended, 40).warnings).toMatchObject([
    {
      code: 'modem-manager-ends',
      text: 'ModemManager has ended 3 times in 4 s',
      since: new Date(at(20).wallMs).toISOString(),
    },
  ]);
  expect(statusOf(following(online(), [facts(away)], policy(), 20), 40).warnings).toEqual([]);
});

test.each<readonly [string, Happening, string]>([
  ['the modem was pulled out', facts(unplugged), 'modem-gone'],
  ['ModemManager went', facts(away), 'modemmanager-gone'],
  ['the network let the modem go', facts(having({ state: 'searching' })), 'not-registered'],
  ['the network dropped the bearer', facts(having({ state: 'registered' })), 'bearer-dropped'],
  ['nothing came in any more', { kind: 'linkDead', reason: 'silent' }, 'dead-link'],
  ['the host refused its settings', { kind: 'linkFailed', failure: failureOf('host') }, 'host'],
  ['ModemManager does not answer', { kind: 'modemManagerHung' }, 'modemmanager-hung'],
  ['an attempt failed', { kind: 'failed', failure: failureOf('congestion') }, 'congestion'],
])('programs are told of a link that was lost because %s', (_, what, cause) => {
  const because = { ...what, at: at(20), chance: 0.5 } as ConnectionEvent;
  const from = online();
  expect(lossOf(from, decide(from, because, policy()), because)).toMatchObject({ cause, signalPercent: 67 });
});
