// The session: what disturbs it, what does not, and how it ends.
import { describe, expect, test } from 'vitest';
import {
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
