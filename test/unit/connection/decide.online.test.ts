// The session: what disturbs it, what does not, and how it ends.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import {
  at,
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  failureOf,
  following,
  having,
  online,
  policy,
  proven,
  started,
  unplugged,
} from './builders.ts';
import { dead, elapsed, locked, riding, rows } from './rows.ts';

describe('online', () => {
  rows([
    [
      'the signal changes',
      online(),
      facts(having({ state: 'connected', bearers: [bearer()], signalPercent: 3 })),
      'unchanged',
    ],
    ['ModemManager hangs: the link needs it not', online(), { kind: 'modemManagerHung' }, 'unchanged'],
    ['the activity of a phase that was left', online(), failed('other'), 'unchanged'],
    ['time passes', online(), elapsed, 'unchanged'],
    ['a second answer', online(), bearerConnected(), 'unchanged'],
    ['the bearer of an idle link is dropped', online(), facts(having()), 'waiting'],
    ['the modem goes', online(), facts(unplugged), 'absent: modem'],
    ['ModemManager goes', online(), facts(away), 'riding'],
    ['the modem locks itself', online(), facts(locked()), 'blocked: pin-missing'],
    ['the link is dead', online(), dead, 'recovering: reconnect'],
    [
      'the link is dead and ModemManager hung',
      following(online(), [{ kind: 'modemManagerHung' }]),
      dead,
      'recovering: restart-modemmanager',
    ],
    ['a reload with nothing relevant', online(), { kind: 'reconfigured', relevant: 'nothing' }, 'unchanged'],
    [
      'a reload of the session that changes nothing',
      online(),
      { kind: 'reconfigured', relevant: 'session' },
      'unchanged',
    ],
    [
      'a reload with another APN',
      online(),
      { kind: 'reconfigured', relevant: 'session' },
      'recovering: reconnect',
      policy({ apns: ['iot'] }),
    ],
    [
      'the kernel refuses a change: once more',
      online(),
      { kind: 'linkFailed', failure: failureOf('other') },
      'configuring',
    ],
  ]);

  test('a reload with another metric changes the link and nothing else', () => {
    const from = online();
    const to = following(from, [{ kind: 'reconfigured', relevant: 'link' }], policy({ metric: 50 }), 100);
    expect(to.phase).toBe(from.phase);
    expect(to.link?.wanted.metric).toBe(50);
    expect(to.memory).toBe(from.memory);
  });

  test('an address that the bearer got anew changes the link and nothing else', () => {
    const from = online();
    const moved = bearer({ ip4Config: { ...bearer().ip4Config, address: '10.64.0.6' } });
    const to = following(from, [facts(connected(moved))], policy(), 100);
    expect(to.phase).toBe(from.phase);
    expect(to.link?.wanted.addresses).toEqual([{ address: '10.64.0.6', prefixLength: 30 }]);
  });

  test('a dropped bearer of a link in use: the first attempt goes out at once, the link still in place', () => {
    const lost = following(online(), [facts(having())], policy(), 80);
    expect(lost.phase.kind).toBe('connecting');
    expect(lost.link).toBeDefined();
    expect(lost.outage).toMatchObject({ reason: 'the bearer was dropped' });
  });

  test('a dropped bearer of an idle link: the first attempt within two seconds, the link still in place', () => {
    const lost = following(online(), [facts(having())], policy(), 1000);
    expect(lost.phase.kind === 'waiting' && lost.phase.untilMs - lost.phaseSince.monotonicMs).toBe(1000);
    expect(lost.link).toBeDefined();
    expect(following(lost, [elapsed], policy(), 1001).phase.kind).toBe('connecting');
  });

  test('a bearer that was dropped before any traffic passed follows the schedule, however ModemManager tells of it', () => {
    const unproven = following(connecting(), [bearerConnected(), facts(connected(bearer())), { kind: 'linkApplied' }]);
    const steps = [having({ state: 'disconnecting' }), having()].map(facts);
    const { phase, memory } = following(
      following(unproven, steps.slice(0, 1), policy(), 4),
      steps.slice(1),
      policy(),
      4.5,
    );
    expect(phase.kind).toBe('waiting');
    expect(memory.failures).toBe(1);
  });

  test('the answer to a connect may overtake the signals that tell of its bearer', () => {
    const ahead = following(connecting(), [
      bearerConnected(),
      facts(having({ state: 'connecting' })),
      { kind: 'linkApplied' },
      facts(connected()),
    ]);
    expect(ahead.phase.kind).toBe('online');
    expect(following(ahead, [facts(connected(bearer()))]).phase).toBe(ahead.phase);
    expect(following(ahead, [facts(having())], policy(), 20).phase.kind).not.toBe('online');
  });

  test('a session that lasted clears the failures before it, a short one does not', () => {
    const later = following(connecting(), [
      failed('timeout'),
      elapsed,
      bearerConnected(),
      facts(connected(bearer())),
      { kind: 'linkApplied' },
      proven(),
    ]);
    expect(later.memory.failures).toBe(1);
    expect(following(later, [facts(having())], policy(), 20).memory.failures).toBe(1);
    expect(following(later, [proven(80)], policy(), 80).memory.failures).toBe(0);
    expect(following(later, [facts(having())], policy(), 80).memory.failures).toBe(0);
  });

  test('an outage leaves an incident with its length, its cause and what ended it', () => {
    const dropped = following(online(), [facts(having()), elapsed], policy(), 100);
    const back = following(
      dropped,
      [bearerConnected(), facts(connected(bearer())), { kind: 'linkApplied' }, proven(105)],
      policy(),
      102,
    );
    expect(back.outage).toBeUndefined();
    expect(back.memory.incidents).toMatchObject([
      { seconds: 5, reason: 'the bearer was dropped', endedBy: 'reconnect' },
    ]);
  });

  test('an outage keeps what took the link away, and the signal before that', () => {
    const signal = { technology: 'lte', rsrp: -112 };
    const weak = connected(bearer());
    const gone = having({ state: 'searching', signalPercent: 0 });
    const lost = following(online(), [facts(weak), { kind: 'signalRead', signal }, facts(gone)], policy(), 100);
    const before = weak.kind === 'modem' ? weak.modem.signalPercent : undefined;
    const loss = { cause: 'not-registered', signalPercent: before, rsrp: -112 };
    expect(lost.outage?.loss).toEqual(loss);
    // What is heard later does not change it.
    const later = following(lost, [facts(unplugged), { kind: 'signalRead', signal: undefined }], policy(), 110);
    expect(later.outage?.loss).toEqual(loss);
  });
});

describe('riding', () => {
  rows([
    ['ModemManager is back, its modem not yet', riding(), facts(unplugged), 'riding'],
    ['the modem is back, disabled', riding(), facts(having({ state: 'disabled' })), 'enabling'],
    ['the modem is back, still connected', riding(), facts(connected(bearer())), 'configuring'],
    ['the link dies', riding(), dead, 'absent: modemmanager'],
    ['ModemManager does not come: it is called for again', riding(), elapsed, 'riding'],
    ['the modem does not come back with it', following(riding(), [facts(unplugged)]), elapsed, 'absent: modem'],
    ['a reload', riding(), { kind: 'reconfigured', relevant: 'session' }, 'unchanged'],
  ]);

  test('the link stays through a restart of ModemManager until its traffic stops', () => {
    const steps = [
      unplugged,
      having({ state: 'disabled' }),
      having({ state: 'enabling' }),
      having({ state: 'searching' }),
      having(),
    ].map(facts);
    const through = following(riding(), steps, policy(), 60);
    expect(through.phase.kind).toBe('connecting');
    expect(through.link).toBeDefined();
    expect(through.outage).toBeUndefined();
    const died = following(through, [dead], policy(), 70);
    expect(died.phase).toBe(through.phase);
    expect(died.link).toBeUndefined();
    expect(died.outage).toMatchObject({ reason: 'nothing answers' });
  });
});

describe('the ladder is used up', () => {
  const ladderless = policy({ allowedRungs: new Set() });
  const stays = () => following(online(ladderless), [dead], ladderless, 100);

  test('the dead link stays up with its penalty and goes on being probed', () => {
    const kept = stays();
    expect(kept.phase.kind).toBe('waiting');
    expect(kept.link?.wanted.metric).toBe(20_700);
    const probed = following(kept, [dead], ladderless, 115);
    expect(probed.phase).toBe(kept.phase);
    expect(probed.link, 'its keeper, which probes it, runs on').toBe(kept.link);
  });

  test('it heals by itself: online again with its normal metric, and without an attempt', () => {
    const healed = following(stays(), [proven(200)], ladderless, 200);
    expect(healed.phase).toMatchObject({ kind: 'configuring', adopted: true });
    const again = following(healed, [{ kind: 'linkApplied' }, proven(202)], ladderless, 201);
    expect(again.phase.kind).toBe('online');
    expect(again.link?.wanted.metric).toBe(700);
    expect(again.outage).toBeUndefined();
    expect(again.memory.attempts.length).toBe(1);
  });

  test('attempts go on by the schedule', () => {
    const kept = stays();
    const untilMs = kept.phase.kind === 'waiting' ? kept.phase.untilMs : 0;
    expect(untilMs - 1_100_000).toBeLessThanOrEqual(120_000);
    const due = following(kept, [elapsed], ladderless, (untilMs - 1_000_000) / 1000);
    expect(due.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
  });
});

describe('an APN over which nothing ever answered', () => {
  /** Online over it, with ModemManager's facts saying so. */
  const silent = (now: Connection, from: number) =>
    following(now, [bearerConnected(), facts(connected(bearer())), { kind: 'linkApplied' }, dead], policy(), from);
  const first = silent(connecting(), -3);
  const again = silent(following(first, [{ kind: 'climbed' }, facts(having())], policy(), 20), 30);

  test('is reconnected once', () => {
    expect(first.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
  });

  test('then stays online, with its normal metric and no rung climbed: it may be a private network', () => {
    expect(again.phase.kind).toBe('online');
    expect(again.link?.wanted.metric).toBe(700);
    expect(again.outage).toBeUndefined();
    const later = following(again, [dead, dead, dead], policy(), 600);
    expect(later.phase).toBe(again.phase);
    expect(later.link).toBe(again.link);
  });

  test('is held to its answers from the first one on, also after a restart', () => {
    const answered = following(again, [proven(700)], policy(), 700);
    expect(answered.memory.answeredApns).toEqual(['internet']);
    expect(following(answered, [dead], policy(), 800).phase).toMatchObject({ kind: 'recovering' });
    const restarted = silent(following(started({ answeredApns: ['internet'] }), [facts(having())]), -3);
    const second = silent(following(restarted, [{ kind: 'climbed' }, facts(having())], policy(), 20), 30);
    expect(second.phase).toMatchObject({ kind: 'recovering', rung: 'delete-bearers' });
  });

  test('does not become one that answers by bytes that came in', () => {
    const proof = { by: 'received traffic', roundTripMs: undefined, at: at(40) };
    expect(following(again, [{ kind: 'linkProven', proof }], policy(), 40).memory.answeredApns).toBeUndefined();
  });
});

describe('a hung ModemManager', () => {
  const hung = { kind: 'modemManagerHung' } as const;

  test('is left alone while traffic passes, and restarted when nothing has proven that for two intervals', () => {
    expect(following(online(), [hung], policy(), 500).phase.kind).toBe('online');
    expect(following(online(), [hung], policy(), 700).phase).toMatchObject({
      kind: 'recovering',
      rung: 'restart-modemmanager',
    });
  });

  test('is left alone where an idle link is never probed', () => {
    expect(following(online(), [hung], policy({ probeIntervalMs: 0 }), 700).phase.kind).toBe('online');
  });
});

describe('a reload', () => {
  const session = { kind: 'reconfigured', relevant: 'session' } as const;
  const by = (user: string, password = 'p') =>
    policy({ connect: { user, password: { reveal: () => password }, allowRoaming: true } });

  test.each([
    ['another user', by('u2')],
    ['another password', by('u1', 'p2')],
    ['no credentials', policy()],
  ])('with %s takes effect: one reconnect', (_, after) => {
    expect(following(online(by('u1')), [session], after, 100).phase).toMatchObject({
      kind: 'recovering',
      rung: 'reconnect',
    });
  });

  test('of a network key does not prefer a dead link again', () => {
    const used = following(
      online(policy({ allowedRungs: new Set() })),
      [dead],
      policy({ allowedRungs: new Set() }),
      100,
    );
    const after = following(used, [{ kind: 'reconfigured', relevant: 'link' }], policy({ mtu: 1400 }), 110);
    expect(after.link?.wanted).toMatchObject({ metric: 20_700, mtu: 1400 });
  });
});

describe('roaming that the configuration forbids', () => {
  const home = policy({ connect: { allowRoaming: false } });
  const abroad = (state: 'registered' | 'connected' = 'registered') =>
    facts(having({ state, registrationState: 'roaming', ...(state === 'connected' && { bearers: [bearer()] }) }));

  test('is a phase of its own: no call, no attempt, no rung', () => {
    const waits = following(started(), [abroad()], home);
    expect(waits.phase.kind).toBe('roaming-forbidden');
    expect(following(waits, [abroad(), elapsed], home, 10_000).phase).toBe(waits.phase);
  });

  test('ends at home: connects at once', () => {
    const waits = following(started(), [abroad()], home);
    expect(following(waits, [facts(having({ registrationState: 'home' }))], home, 50).phase.kind).toBe('connecting');
  });

  test('ends a session that gets abroad', () => {
    expect(following(online(home), [abroad('connected')], home, 50).phase).toMatchObject({ rung: 'reconnect' });
  });

  test('ends a session that is abroad when the configuration is reloaded', () => {
    const roaming = following(online(), [abroad('connected')], policy(), 50);
    expect(roaming.phase.kind).toBe('online');
    const reloaded = following(roaming, [{ kind: 'reconfigured', relevant: 'session' }], home, 60);
    expect(reloaded.phase).toMatchObject({ rung: 'reconnect' });
    expect(following(reloaded, [abroad(), { kind: 'climbed' }], home, 61).phase.kind).toBe('roaming-forbidden');
  });
});

describe('how long a connect may take', () => {
  const deadlineOf = (from: ReturnType<typeof started>) => {
    const { phase } = following(from, [facts(having())]);
    return phase.kind === 'connecting' && phase.deadlineMs;
  };

  test.each([
    [undefined, 60_000],
    [[300, 2_000], 45_000],
    [[300, 9_000, 800], 90_000],
  ])('after connects of %j ms: %j ms', (connectMs, expected) => {
    expect(deadlineOf(started({ connectMs }))).toBe(expected);
  });

  test.each([
    [1, 120_000],
    [2, undefined],
  ])('doubles with each failed one while none has succeeded: after %i', (failures, expected) => {
    expect(deadlineOf(started({ failures }))).toBe(expected);
  });

  test('without a network it is left to ModemManager, which gives up after a minute', () => {
    const searching = following(started({ connectMs: [300] }), [facts(having({ state: 'searching' }))]);
    const { phase } = following(searching, [{ kind: 'phaseTimedOut' }], policy(), 900);
    expect(phase).toMatchObject({ kind: 'connecting', deadlineMs: undefined });
  });

  test('is learnt from those that succeeded', () => {
    expect(online().memory.connectMs).toEqual([expect.any(Number)]);
  });
});

describe('ModemManager came back, and its modem is asked to connect again', () => {
  const speaking = (type: string) => ({ ports: [{ name: 'cdc-wdm0', type }] });
  const reconnected = (type: string, value = bearer()) =>
    following(online(), [
      facts(away),
      facts(having({ state: 'registered', ...speaking(type) })),
      bearerConnected(value),
    ]);
  const path = '/org/freedesktop/ModemManager1/Bearer/0';

  test('a call of QMI that was only joined is no attempt', () => {
    const before = online().memory.attempts;
    expect(reconnected('qmi', bearer({ path })).memory.attempts).toEqual(before);
  });

  test.each([
    ['over MBIM, which ends its sessions when it is opened', 'mbim', bearer({ path })],
    ['with another address', 'qmi', bearer({ path, ip4Config: { ...bearer().ip4Config, address: '10.64.0.9' } })],
  ])('%s it is one', (_, type, value) => {
    expect(reconnected(type, value).memory.attempts).toHaveLength(online().memory.attempts.length + 1);
  });
});

test('a bearer that fits and has no address is called that', () => {
  const { ip4Config, ...rest } = bearer();
  const nowhere = { ...rest, ip4Config: { method: 'static' as const, dns: ip4Config.dns } };
  const now = following(connecting(), [failed('other'), facts(connected(nowhere))]);
  expect(now.phase).toMatchObject({ kind: 'recovering', reason: 'the connected bearer has no address' });
});
