// Attempts: how they end, how long is waited, and what cuts the wait short.
import { describe, expect, test } from 'vitest';
import {
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  following,
  having,
  policy,
  proven,
  unplugged,
} from './builders.ts';
import { elapsed, rows, waiting } from './rows.ts';

describe('connecting', () => {
  rows([
    ['ModemManager follows along', connecting(), facts(having({ state: 'connecting' })), 'unchanged'],
    ['ModemManager says connected before it answers', connecting(), facts(connected(bearer())), 'unchanged'],
    ['it answers', connecting(), bearerConnected(), 'configuring'],
    [
      'it answers with a bearer that names no interface',
      connecting(),
      bearerConnected(bearer({ ip4Config: { method: 'ppp', dns: [] } })),
      'waiting',
    ],
    ['the modem is disabled by somebody', connecting(), facts(having({ state: 'disabled' })), 'enabling'],
    ['the modem disappears', connecting(), facts(unplugged), 'absent: modem'],
    [
      'out of coverage, as the modem says too',
      following(connecting(), [facts(having({ state: 'searching' }))]),
      failed('coverage'),
      'registering',
    ],
    [
      'out of coverage, the modem not saying so yet',
      following(connecting(), [facts(having({ state: 'connecting' }))]),
      failed('coverage'),
      'waiting',
    ],
    [
      'a deadline while searching is want of coverage',
      following(connecting(), [facts(having({ state: 'searching' }))]),
      failed('timeout'),
      'registering',
    ],
    ['the only APN is refused', connecting(), failed('apn'), 'blocked'],
    ['not subscribed', connecting(), failed('subscription'), 'blocked'],
    ['congestion', connecting(), failed('congestion'), 'waiting'],
    ['a glitch of the SIM is no dead end', following(connecting(), [failed('sim-error')]), elapsed, 'connecting'],
    ['hung', connecting(), { kind: 'modemManagerHung' }, 'recovering: restart-modemmanager'],
    ['a reload for the routes', connecting(), { kind: 'reconfigured', relevant: 'link' }, 'unchanged'],
    [
      'a reload for the session ends what is under way first',
      connecting(),
      { kind: 'reconfigured', relevant: 'session' },
      'recovering: reconnect',
    ],
    ['a late proof of the session before', connecting(), proven(), 'unchanged'],
  ]);

  test('ModemManager’s own steps back from a failed attempt do not cut the wait short', () => {
    const failedWhileConnecting = following(connecting(), [facts(having({ state: 'connecting' })), failed('other')]);
    expect(failedWhileConnecting.phase.kind).toBe('waiting');
    const back = following(failedWhileConnecting, [facts(having({ state: 'disconnecting' })), facts(having())]);
    expect(back.phase).toBe(failedWhileConnecting.phase);
  });

  test('the schedule: at once, 1, 3, 10, 30, 60, 120 s, 120 s', () => {
    const ladderless = policy({ allowedRungs: new Set() });
    let now = connecting(ladderless);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      now = following(now, [failed('timeout')], ladderless, 0);
      if (now.phase.kind === 'waiting') waits.push((now.phase.untilMs - now.phaseSince.monotonicMs) / 1000);
      now = following(now, [elapsed], ladderless, 400);
    }
    expect(waits).toEqual([1, 3, 10, 30, 60, 120, 120, 120]);
  });

  test('what the network itself refused goes on from 10 s', () => {
    const { phase, phaseSince } = following(connecting(), [failed('refused', 17)], policy(), 0);
    expect(phase.kind === 'waiting' && phase.untilMs - phaseSince.monotonicMs).toBe(10_000);
  });

  test('APNs are offered in turn, then rested 15 minutes, 1 hour, 6 hours', () => {
    const two = policy({ apns: ['one', 'two'] });
    let now = connecting(two);
    const seen: string[] = [];
    for (let round = 0, seconds = 0; round < 10; round += 1) {
      if (now.phase.kind === 'connecting') seen.push(now.phase.settings.apn);
      now = following(now, [failed('apn')], two, seconds);
      const until = 'untilMs' in now.phase ? (now.phase.untilMs ?? 0) : 0;
      if (now.phase.kind === 'blocked') seen.push(`${Math.round((until - now.phaseSince.monotonicMs) / 60_000)} min`);
      seconds = (until - 1_000_000) / 1000;
      now = following(now, [elapsed], two, seconds);
    }
    expect(seen).toEqual([
      'one',
      'two',
      '15 min',
      'one',
      'two',
      '60 min',
      'one',
      'two',
      '360 min',
      'one',
      'two',
      '360 min',
      'one',
      'two',
      '360 min',
    ]);
  });

  test('an IP type that is refused is followed by the next of the same APN', () => {
    const dual = policy({ ipType: 'ipv4v6', apns: ['one', 'two'] });
    const next = following(connecting(dual), [failed('apn', 50), elapsed], dual);
    expect(next.phase).toMatchObject({ kind: 'connecting', settings: { apn: 'one', ipType: 'ipv4' } });
  });
});

describe('waiting', () => {
  rows([
    ['its time is over', waiting(), elapsed, 'connecting'],
    ['the signal changes', waiting(), facts(having({ signalPercent: 3 })), 'unchanged'],
    ['registration is lost', waiting(), facts(having({ state: 'searching' })), 'registering'],
    [
      'registration comes back',
      following(waiting(), [facts(having({ state: 'searching' }))]),
      facts(having()),
      'connecting',
    ],
    ['somebody connected by hand: adopted', waiting(), facts(connected(bearer())), 'configuring'],
    [
      'a reload of the session makes waiting pointless',
      waiting(),
      { kind: 'reconfigured', relevant: 'session' },
      'connecting',
    ],
    ['a reload of nothing relevant does not', waiting(), { kind: 'reconfigured', relevant: 'nothing' }, 'unchanged'],
  ]);
});
