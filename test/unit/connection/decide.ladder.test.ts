// The ladder of recovery: who climbs it, where it begins, and what is passed over.
import { describe, expect, test } from 'vitest';
import type { Rung } from '../../../src/state/memory.ts';
import {
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  following,
  having,
  online,
  policy,
  started,
  unplugged,
} from './builders.ts';
import { dead, elapsed, rows, told } from './rows.ts';

const inState = (state: Parameters<typeof having>[0] & { state: string }) =>
  following(started(), [facts(having(state))]);

describe('the ladder', () => {
  rows([
    ['one failure is bad luck', connecting(), failed('timeout'), 'waiting'],
    [
      'with the second the first rung is climbed',
      following(connecting(), [failed('timeout'), elapsed]),
      failed('timeout'),
      'recovering: delete-bearers',
    ],
    [
      'a rung that ran into its deadline: the next that needs no help',
      following(online(), [dead], policy(), 50),
      failed('timeout'),
      'recovering: reauthorise-usb',
    ],
    [
      'a rung that failed otherwise: the next',
      following(online(), [dead], policy(), 50),
      failed('other'),
      'recovering: delete-bearers',
    ],
    [
      'what was climbed on is gone: its news is waited for',
      following(online(), [dead], policy(), 50),
      failed('gone'),
      'waiting',
    ],
    [
      'a rung succeeded, and ModemManager has not said so yet',
      following(online(), [dead], policy(), 50),
      { kind: 'climbed' },
      'settling',
    ],
    [
      'it still says connected after settling',
      following(online(), [dead, { kind: 'climbed' }], policy(), 50),
      elapsed,
      'recovering: delete-bearers',
    ],
    [
      'nothing is decided while a rung is climbed',
      following(online(), [dead], policy(), 50),
      facts(having({ state: 'disabled' })),
      'unchanged',
    ],
    [
      'a modem stays away',
      following(online(), [facts(unplugged)], policy(), 50),
      elapsed,
      'recovering: reauthorise-usb',
    ],
    [
      'a modem that was never seen',
      following(started(), [facts(unplugged)]),
      elapsed,
      'recovering: restart-modemmanager',
    ],
    [
      'nobody but a person chooses between modems',
      following(started(), [facts({ kind: 'ambiguous', candidates: [] })]),
      elapsed,
      'unchanged',
    ],
    [
      'a modem that ModemManager calls failed',
      inState({ state: 'failed', stateFailedReason: 'unknown' }),
      elapsed,
      'recovering: reset-modem',
    ],
    [
      'a connect of somebody that does not end is cancelled',
      inState({ state: 'connecting' }),
      elapsed,
      'recovering: reconnect',
    ],
    ['a modem that is enabling for ever is reset', inState({ state: 'enabling' }), elapsed, 'recovering: reset-modem'],
  ]);

  test('a ModemManager that does not come, and was restarted as often as it may be, is called for again', () => {
    const gone = following(started({ climbs: { 'restart-modemmanager': [1e6, 1e6, 1e6, 1e6] } }), [facts(away)]);
    const still = following(gone, [elapsed], policy(), 120);
    expect(told(still)).toBe('absent: modemmanager');
    expect(still.phase).not.toBe(gone.phase);
  });

  test('a reset that is not admitted this hour is passed over', () => {
    const capped = started({ climbs: { 'reset-modem': [990_000] } });
    expect(told(following(capped, [facts(having({ state: 'enabling' })), elapsed]))).toBe(
      'recovering: reauthorise-usb',
    );
  });

  test('a dead bearer that stays connected leads up the ladder, one rung each time', () => {
    let now = following(online(), [dead], policy(), 50);
    const climbed = [told(now)];
    for (let time = 1; time < 4; time += 1) {
      const steps = [
        { kind: 'climbed' } as const,
        facts(having({ state: 'disconnecting', bearers: [bearer()] })),
        facts(connected(bearer())),
      ];
      now = following(now, steps, policy(), 50 + time * 100);
      climbed.push(told(now));
    }
    expect(climbed).toEqual([
      'recovering: reconnect',
      'recovering: delete-bearers',
      'recovering: cycle-radio',
      'recovering: reset-modem',
    ]);
  });

  test('climbed to its end it is climbed again, an hour later', () => {
    let now = following(started(), [facts(unplugged)]);
    const climbed: string[] = [];
    for (let minute = 2; minute < 140; minute += 2) {
      now = following(now, [elapsed], policy(), minute * 60);
      if (now.phase.kind !== 'recovering') continue;
      climbed.push(`${minute} min`);
      now = following(now, [{ kind: 'climbed' }], policy(), minute * 60 + 1);
    }
    expect(climbed).toEqual(['2 min', '62 min', '122 min']);
    expect(told(now)).toBe('absent: modem');
  });
});

describe('a rung that does not exist here', () => {
  const skipped = { kind: 'rungSkipped', reason: 'the modem is no USB device' } as const;
  const onUsb = () =>
    following(
      following(connecting(), [failed('timeout'), elapsed, failed('timeout')], policy(), 0),
      [failed('timeout')],
      policy(),
      10,
    );

  test('is passed over, and what is amiss stays what is told', () => {
    expect(told(onUsb())).toBe('recovering: reauthorise-usb');
    const next = following(onUsb(), [skipped], policy(), 20);
    expect(told(next)).toBe('recovering: restart-modemmanager');
    expect(next.lastFailure?.failure.class).toBe('timeout');
  });

  test('is followed by the schedule when it is the last', () => {
    const by = policy({ allowedRungs: new Set(['reauthorise-usb']) });
    const gone = following(online(by), [facts(unplugged)], by, 50);
    expect(following(gone, [elapsed, skipped], by, 200).phase.kind).toBe('waiting');
  });

  test('is told for as long as the link is dead: a reboot that another uplink forbids', () => {
    const by = policy({ allowedRungs: new Set(['reboot']) });
    const refused = { kind: 'rungSkipped', reason: 'no reboot: the board has another uplink, eth0' } as const;
    const passed = following(online(by), [dead, refused], by, 50);
    expect(passed.phase).toMatchObject({ kind: 'waiting', reason: refused.reason });
    const next = bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2' });
    const again = [elapsed, { kind: 'climbed' }, facts(having()), bearerConnected(next)] as const;
    const still = following(passed, [...again, facts(connected(next)), { kind: 'linkApplied' }, dead], by, 60);
    expect(still.phase).toMatchObject({
      kind: 'waiting',
      reason: expect.stringMatching(/nothing answers.*; no reboot/),
    });
  });
});

describe('a modem that another program has taken', () => {
  const gone = (by = policy()) => following(following(online(by), [facts(unplugged)], by, 50), [elapsed], by, 200);
  const taken = (by = policy()) => following(gone(by), [failed('taken')], by, 201);

  test.each([
    ['reauthorise-usb', policy()],
    ['restart-modemmanager', policy({ allowedRungs: new Set(['restart-modemmanager', 'reboot']) })],
    ['reboot', policy({ allowedRungs: new Set(['reboot']) })],
  ])('is found out before %s, and asked for every two minutes by what disturbs nobody', (rung, by) => {
    expect(told(gone(by))).toBe(`recovering: ${rung}`);
    let now = taken(by);
    for (let time = 330; time < 4_000; time += 130) {
      expect(now.phase).toMatchObject({ kind: 'absent', missing: 'modem', detail: 'taken failure' });
      now = following(now, [elapsed], by, time);
      expect(told(now)).toBe('recovering: probe-modem');
      now = following(now, [failed('taken')], by, time + 1);
    }
    expect(now.outage?.climbed).toEqual([]);
    expect(now.memory.climbs[rung as Rung]).toEqual([]);
  });

  test('is used again when it is given back', () => {
    const back = following(taken(), [facts(having())], policy(), 900);
    expect(told(back)).toBe('connecting');
    expect(back.isTaken).toBe(false);
  });

  test('and was given back before that is decided on is used', () => {
    expect(told(following(gone(), [facts(having()), failed('taken')], policy(), 201))).toBe('connecting');
  });

  test('given back and taken again, is looked at anew before the ladder is climbed', () => {
    const back = following(taken(), [facts(having()), bearerConnected()], policy(), 300);
    const again = following(back, [facts(unplugged)], policy(), 400);
    expect(told(following(again, [elapsed], policy(), 520))).toBe('recovering: reauthorise-usb');
  });

  test.each([
    ['ModemManager has it again', { kind: 'climbed' } as const],
    ['ModemManager does not know it', failed('gone')],
  ])('and does not come back is missing like any other, once %s', (_, answer) => {
    const asked = following(taken(), [elapsed, answer], policy(), 330);
    expect(told(asked)).toBe('absent: modem');
    const climbing = following(asked, [elapsed], policy(), 460);
    expect(told(climbing)).toBe('recovering: reauthorise-usb');
    expect(climbing.memory.climbs['reauthorise-usb']).toHaveLength(1);
  });
});

test('a reload that chooses another modem disconnects the one that was in use', () => {
  const reloaded = { kind: 'reconfigured', relevant: 'modem', leavesModem: true } as const;
  const other = facts(having({ path: '/org/freedesktop/ModemManager1/Modem/7' }));
  const leaving = following(online(), [reloaded, other], policy(), 50);
  expect(leaving.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
  expect(leaving.phase.kind === 'recovering' && leaving.phase.modem?.path).not.toMatch(/7$/);
  expect(following(leaving, [{ kind: 'climbed' }], policy(), 60).phase.kind).toBe('connecting');
});
