// Refusals: what somebody said no to, with or without a reason, and how rarely it is asked again.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import type { Policy } from '../../../src/connection/policy.ts';
import type { FailureClass } from '../../../src/modem/errors/failure.ts';
import type { Modem } from '../../../src/modem/objects.ts';
import {
  bearer,
  connecting,
  facts,
  failed,
  failureOf,
  following,
  type Happening,
  having,
  online,
  policy,
  sim,
  started,
} from './builders.ts';
import { elapsed, rows } from './rows.ts';

/**
 * What happens while every attempt comes to `what`, over `steps` phases: tries, rungs and rests.
 */
function lived(by: Policy, what: Happening, steps: number): string[] {
  let now: Connection = connecting(by);
  const seen: string[] = [];
  let seconds = 0;
  for (let step = 0; step < steps; step += 1) {
    const { phase } = now;
    if (phase.kind === 'connecting') seen.push(`${phase.settings.apn} ${phase.settings.ipType}`);
    if (phase.kind === 'recovering') seen.push(phase.rung);
    if (phase.kind === 'blocked') {
      seen.push(`rests ${Math.round(((phase.untilMs ?? 0) - now.phaseSince.monotonicMs) / 60_000)} min`);
      seconds = ((phase.untilMs ?? 0) - 1_000_000) / 1000;
    } else if (phase.kind === 'waiting') seconds = (phase.untilMs - 1_000_000) / 1000;
    const next = phase.kind === 'connecting' ? what : phase.kind === 'recovering' ? climbed : elapsed;
    now = following(now, [next], by, seconds);
  }
  return seen;
}
const climbed: Happening = { kind: 'climbed' };

describe('a refusal without a reason is told by the facts where they tell more', () => {
  const refused = (changes: Partial<Modem>) => {
    const now = following(started(), [facts(having({ sim: sim(), ...changes }))]);
    return following(now, [failed('refused')], policy(), 1);
  };
  const ended = (kind: FailureClass, cause?: number) => ({
    bearers: [bearer({ connected: false, connectionError: failureOf(kind, cause) })],
  });

  test.each<[string, Partial<Modem>, FailureClass, string]>([
    ['by the bearer', ended('apn', 27), 'apn', 'blocked'],
    ['by a bearer that knows nothing either: not', ended('refused'), 'refused', 'waiting'],
    [
      'by a bearer that is the network’s own: not',
      { ...ended('apn', 27), initialEpsBearer: bearer().path },
      'refused',
      'waiting',
    ],
    [
      'by a rejection of the network',
      { networkRejection: { text: 'cause 8', failure: failureOf('subscription', 8) } },
      'subscription',
      'blocked',
    ],
    ['by a radio in low power', { powerState: 'low' }, 'radio-off', 'waiting'],
    ['by nothing', {}, 'refused', 'waiting'],
  ])('%s', (_, changes, kind, phase) => {
    const { lastFailure, phase: now } = refused(changes);
    expect([lastFailure?.failure.class, now.kind]).toEqual([kind, phase]);
  });

  test.each<[string, Partial<Modem>, RegExp, RegExp]>([
    ['no SIM', { sim: undefined as never }, /shows no SIM/, /^see whether the SIM/],
    ['registration denied', { registrationState: 'denied' }, /refuses to register/, /^ask the operator/],
    ['not attached', { packetServiceState: 'detached' }, /not attached for data/, /attach-apn.*; then /],
    ['attached', { packetServiceState: 'attached' }, /registered and attached for data/, /^(?!.*then)/],
    ['roaming', { registrationState: 'roaming' }, /roaming/, /plan allows data there; then /],
  ])('or what is known is said, and what to check first: %s', (_, changes, known, check) => {
    const failure = refused(changes).lastFailure?.failure;
    expect(failure?.class).toBe('refused');
    expect(failure?.reason).toMatch(known);
    expect(failure?.remedy).toMatch(check);
  });

  test('a refusal with a cause stands as it is', () => {
    const now = following(started(), [facts(having({ powerState: 'low' }))]);
    expect(following(now, [failed('refused', 38)], policy(), 1).lastFailure?.failure.networkCause).toBe(38);
  });
});

describe('a refusal without a reason', () => {
  test('goes through the tries, one radio cycle, the tries again, and then rests; nothing is reset', () => {
    expect(lived(policy({ apns: ['one', 'two'] }), failed('refused'), 14)).toEqual([
      'one ipv4',
      'two ipv4',
      'cycle-radio',
      'one ipv4',
      'two ipv4',
      'rests 15 min',
      'one ipv4',
      'two ipv4',
      'rests 60 min',
      'one ipv4',
    ]);
  });

  test('of ipv4v6 is followed by ipv4 and then by the next APN', () => {
    const dual = policy({ apns: ['one', 'two'], ipType: 'ipv4v6' });
    expect(lived(dual, failed('refused'), 7)).toEqual(['one ipv4v6', 'one ipv4', 'two ipv4v6', 'two ipv4']);
  });

  test('of the only try is followed by one more, since it may have been a glitch', () => {
    expect(lived(policy(), failed('refused'), 8)).toEqual([
      'internet ipv4',
      'internet ipv4',
      'cycle-radio',
      'internet ipv4',
      'internet ipv4',
      'rests 15 min',
    ]);
  });

  test('costs few attempts in a day', () => {
    const tries = lived(policy(), failed('refused'), 60).filter((what) => what.startsWith('internet'));
    const rests = lived(policy(), failed('refused'), 60).filter((what) => what.startsWith('rests'));
    expect(rests.slice(0, 4)).toEqual(['rests 15 min', 'rests 60 min', 'rests 360 min', 'rests 360 min']);
    expect(tries.length).toBeLessThan(rests.length + 6);
  });
});

describe('a refusal with a reason', () => {
  test.each([32, 33])('cause %i of ipv4v6 is first taken for the IP type: ipv4 once, then the rest', (cause) => {
    const dual = policy({ ipType: 'ipv4v6' });
    const kind = cause === 33 ? 'subscription' : 'apn';
    expect(lived(dual, failed(kind, cause), 4).slice(0, 3)).toEqual([
      'internet ipv4v6',
      'internet ipv4',
      cause === 33 ? 'rests 360 min' : 'rests 15 min',
    ]);
  });

  test('the network itself fails: never above the radio cycle', () => {
    const seen = new Set(lived(policy(), failed('refused', 38), 120));
    expect([...seen].sort()).toEqual(['cycle-radio', 'delete-bearers', 'internet ipv4']);
  });

  test('a rung that fails on the way does not lead above the radio cycle', () => {
    const waiting = following(connecting(), [failed('refused', 38)], policy(), 0);
    const on = following(waiting, [elapsed, failed('refused', 38)], policy(), 20);
    expect(on.phase).toMatchObject({ kind: 'recovering', rung: 'delete-bearers' });
    const next = following(on, [failed('other'), failed('other')], policy(), 60);
    expect(next.phase.kind).toBe('waiting');
  });
});

describe('a radio that cannot be switched on', () => {
  const disabled = facts(having({ state: 'disabled' }));
  const enabling = () => following(started(), [disabled]);

  test('is told after two Enables, and tried again after 1, 5, 15, 15 min; no rung is climbed', () => {
    let now = enabling();
    const seen: string[] = [];
    for (let failures = 0, seconds = 0; failures < 5; failures += 1) {
      now = following(now, [failed('radio-off')], policy(), seconds);
      const untilMs = 'untilMs' in now.phase ? (now.phase.untilMs ?? 0) : 0;
      seen.push(`${now.phase.kind} ${(untilMs - now.phaseSince.monotonicMs) / 60_000} min`);
      seconds = (untilMs - 1_000_000) / 1000;
      now = following(now, [elapsed], policy(), seconds);
      expect(now.phase.kind).toBe('enabling');
    }
    expect(seen.slice(1)).toEqual(['blocked 1 min', 'blocked 5 min', 'blocked 15 min', 'blocked 15 min']);
    expect(seen[0]).toMatch(/^waiting/);
  });

  test('and that somebody else switches on is taken up at once', () => {
    const off = following(enabling(), [failed('radio-off'), elapsed, failed('radio-off')], policy(), 10);
    expect(off.phase.kind).toBe('blocked');
    const enabled = following(off, [facts(having({ state: 'enabling' })), disabled], policy(), 12);
    expect(enabled.phase.kind).toBe('blocked');
    expect(following(enabled, [facts(having({ state: 'registered' }))], policy(), 20).phase.kind).toBe('connecting');
  });

  test('that comes on ends the count', () => {
    const off = following(enabling(), [failed('radio-off'), elapsed, failed('radio-off')], policy(), 10);
    expect(following(off, [facts(having({ state: 'enabled' }))], policy(), 20).enables.radioOff).toBe(0);
  });
});

describe('an Enable that fails', () => {
  const disabled = facts(having({ state: 'disabled' }));
  const failedEnable = () => following(started(), [disabled, failed('timeout')]);

  rows([
    ['its state is told after the reply: enabling', failedEnable(), facts(having({ state: 'enabling' })), 'unchanged'],
    [
      'its state is told after the reply: disabled',
      following(failedEnable(), [facts(having({ state: 'enabling' }))]),
      disabled,
      'unchanged',
    ],
    ['its wait is over', failedEnable(), elapsed, 'enabling'],
    ['somebody else enabled it', failedEnable(), facts(having({ state: 'searching' })), 'registering'],
  ]);

  test('at once each time is tried 30 times an hour, with a schedule of nothing', () => {
    const hasty = policy({ scheduleMs: [0], allowedRungs: new Set() });
    let now = following(started(), [disabled], hasty);
    let enables = 0;
    for (let second = 0; second < 3_500; second += 1) {
      if (now.phase.kind === 'enabling') enables += 1;
      const next = now.phase.kind === 'enabling' ? failed('other') : elapsed;
      if (now.phase.kind === 'waiting' && now.phase.untilMs > 1_000_000 + second * 1000) continue;
      now = following(now, [next], hasty, second);
    }
    expect(enables).toBe(30);
  });
});

describe('a session that the network ends for a reason', () => {
  const dropped = (kind: FailureClass, cause: number) =>
    facts(
      having({ state: 'registered', bearers: [bearer({ connected: false, connectionError: failureOf(kind, cause) })] }),
    );

  rows([
    ['not subscribed (33)', online(), dropped('subscription', 33), 'blocked'],
    ['unknown APN (27)', online(), dropped('apn', 27), 'blocked'],
    ['too few resources (26)', online(), dropped('congestion', 26), 'waiting'],
    ['in order (36)', online(), dropped('refused', 36), 'waiting'],
  ]);

  test('costs no attempt', () => {
    const before = online().memory.attempts.length;
    expect(following(online(), [dropped('apn', 27)], policy(), 80).memory.attempts).toHaveLength(before);
  });
});

describe('a modem that searches for ever', () => {
  const searching = () => following(started(), [facts(having({ state: 'searching' }))]);
  /** The rungs of 150 minutes of safety tries, each failed as `kind`. */
  function climbedAfter(kind: FailureClass): string[] {
    let now = searching();
    const seen: string[] = [];
    for (let minute = 15; minute <= 150; minute += 15) {
      now = following(now, [elapsed, failed(kind)], policy(), minute * 60);
      if (now.phase.kind === 'recovering') {
        seen.push(`${minute} min ${now.phase.rung}`);
        now = following(
          now,
          [facts(having({ state: 'searching', bearers: [] })), { kind: 'climbed' }],
          policy(),
          minute * 60 + 10,
        );
      }
    }
    return seen;
  }

  test.each<FailureClass>(['coverage', 'timeout', 'other', 'refused', 'busy', 'radio-off'])(
    'has its radio cycled once the safety try failed (%s), and then once an hour; nothing higher follows',
    (kind) => {
      expect(climbedAfter(kind)).toEqual(['15 min cycle-radio', '75 min cycle-radio', '135 min cycle-radio']);
    },
  );

  test.each<FailureClass>(['gone', 'bus', 'host'])(
    'is left alone where the fault is somebody else’s (%s): there is no rung at all',
    (kind) => {
      expect(climbedAfter(kind)).toEqual([]);
    },
  );

  test('is no reason to leave a ModemManager alone that does not answer', () => {
    const hung = following(searching(), [{ kind: 'modemManagerHung' }], policy(), 60);
    expect(hung.phase).toMatchObject({ kind: 'recovering', rung: 'restart-modemmanager' });
  });

  test('once it is registered, leads up the ladder again where a connect fails', () => {
    let now = following(searching(), [elapsed, failed('gone'), facts(having())], policy(), 15 * 60);
    for (const minute of [16, 17, 18])
      if (now.phase.kind !== 'recovering') now = following(now, [elapsed, failed('busy')], policy(), minute * 60);
    expect(now.phase).toMatchObject({ kind: 'recovering', to: 'reboot' });
  });
});
