// What a daemon makes of the world that it finds, at its own start and at the board’s.
import { describe, expect, test } from 'vitest';
import type { Connection, Facts } from '../../../src/connection/connection.ts';
import type { ModemState } from '../../../src/modem/objects.ts';
import {
  away,
  bearer,
  connected,
  facts,
  failed,
  following,
  having,
  online,
  policy,
  proven,
  started,
  unplugged,
} from './builders.ts';
import { elapsed, rows } from './rows.ts';

const other = bearer({ path: '/org/freedesktop/ModemManager1/Bearer/2', properties: { apn: 'iot', ipType: 'ipv4' } });

describe('a daemon that has just started', () => {
  rows([
    ['ModemManager is off the bus', started(), facts(away), 'absent: modemmanager'],
    ['ModemManager has no modem', started(), facts(unplugged), 'absent: modem'],
    ['several modems fit', started(), facts({ kind: 'ambiguous', candidates: ['a', 'b'] }), 'absent: choice'],
    ['the modem is disabled', started(), facts(having({ state: 'disabled' })), 'enabling'],
    ['the modem searches', started(), facts(having({ state: 'searching' })), 'registering'],
    ['the modem is registered', started(), facts(having()), 'connecting'],
    ['a connect of somebody is under way', started(), facts(having({ state: 'connecting' })), 'settling'],
    ['a bearer that fits is connected: adopted', started(), facts(connected(bearer())), 'configuring'],
    [
      'APNs are compared without regard to case',
      started(),
      facts(connected(bearer({ properties: { apn: 'InterNet', ipType: 'ipv4' } }))),
      'configuring',
    ],
    ['a bearer with another APN is connected', started(), facts(connected(other)), 'recovering: reconnect'],
    ['connected, and no bearer told of yet', started(), facts(connected()), 'settling'],
    [
      'only the initial EPS bearer is told of',
      started(),
      facts(having({ state: 'connected', bearers: [bearer({ properties: {} })], initialEpsBearer: bearer().path })),
      'settling',
    ],
    ['no SIM', started(), facts(having({ state: 'failed', stateFailedReason: 'sim-missing' })), 'blocked: sim-missing'],
    [
      'ModemManager could not initialise the modem',
      started(),
      facts(having({ state: 'failed', stateFailedReason: 'unknown' })),
      'blocked: unknown',
    ],
  ]);

  test('adopts without an attempt and without an outage', () => {
    const adopted = following(started(), [facts(connected(bearer())), { kind: 'linkApplied' }, proven(1)]);
    expect(adopted.phase).toMatchObject({ kind: 'online', adopted: true });
    expect(adopted.memory.attempts).toEqual([]);
    expect(adopted.outage).toBeUndefined();
    expect(adopted.link?.wanted).toMatchObject({ interface: 'wwan0', metric: 700 });
  });

  test('restarted in an hour whose attempts are used up, it waits for the oldest to be an hour old', () => {
    const used = started({ attempts: Array.from({ length: 30 }, (_, index) => 900_000 + index) });
    const { phase } = following(used, [facts(having())]);
    expect(phase).toMatchObject({ kind: 'waiting', reason: 'the hourly ceiling of attempts is reached' });
    expect(phase.kind === 'waiting' && phase.untilMs).toBeGreaterThanOrEqual(900_000 + 3_600_000);
  });
});

describe('the boot', () => {
  const booting = policy({ bootSpreadMs: 60_000 });
  const boot = (monotonicMs: number, from: Connection = started({ attempts: [-5_000] }), facts: Facts = having()) =>
    following(from, [{ kind: 'factsChanged', facts }], booting, (monotonicMs - 1_000_000) / 1000);

  test('the first attempt of a boot is spread by the IMEI, once', () => {
    const first = boot(30_000);
    expect(first.phase).toMatchObject({ kind: 'waiting', reason: 'boards booting together are spread' });
    const until = first.phase.kind === 'waiting' ? first.phase.untilMs : 0;
    expect(until).toBeLessThan(90_000);
    expect(following(first, [elapsed], booting, (until - 1_000_000) / 1000).phase.kind).toBe('connecting');
    expect(following(first, [elapsed], booting, (until - 1_000_001) / 1000).phase.kind).toBe('connecting');
  });

  test('not two minutes after it, and not the second attempt', () => {
    expect(boot(120_001).phase.kind).toBe('connecting');
    expect(boot(30_000, started({ attempts: [20_000] })).phase.kind).toBe('connecting');
  });
});

describe('the APN for attaching to LTE', () => {
  const attachOf = (attachApn: string, held: string | undefined, by = policy({ attachApn })) => {
    const modem = { state: 'disabled' as const, ...(held !== undefined && { initialEpsBearerApn: held }) };
    const { phase, memory } = following(started(), [facts(having(modem))], by);
    return [phase.kind === 'enabling' ? phase.attach?.settings.apn : phase.kind, memory.attempts.length];
  };

  test.each([
    ['keep: it stays as it is', 'keep', 'ims', undefined, 0],
    ['same: as connect.apn, counted as an attach', 'same', 'ims', 'internet', 1],
    ['none: the network chooses', 'none', 'ims', '', 1],
    ['a name', 'private.example', 'ims', 'private.example', 1],
    ['a name that the modem has already', 'private.example', 'Private.Example', undefined, 0],
    ['a modem that has no such thing', 'private.example', undefined, undefined, 0],
  ])('%s', (_, attachApn, held, expected, attempts) => {
    expect(attachOf(attachApn, held)).toEqual([expected, attempts]);
  });

  test('a modem that does not take it is asked once', () => {
    const by = policy({ attachApn: 'private.example', allowedRungs: new Set() });
    const disabled = facts(having({ state: 'disabled', initialEpsBearerApn: 'ims' }));
    const again = following(following(started(), [disabled, failed('timeout')], by), [elapsed], by, 30);
    expect(again.phase).toMatchObject({ kind: 'enabling', attach: undefined });
    const restarted = following(started(again.memory), [disabled], by);
    expect(restarted.phase).toMatchObject({ kind: 'enabling', attach: undefined });
  });

  const by = policy({ attachApn: 'private.example' });
  const up = (state: ModemState) => facts(having({ state, initialEpsBearerApn: 'ims' }));

  test.each(['enabled', 'searching', 'registered'] as const)('a modem that is %s already is enabled anew', (state) => {
    const enabling = following(started(), [up(state)], by);
    expect(enabling.phase).toMatchObject({ kind: 'enabling', attach: { settings: { apn: 'private.example' } } });
    const passing = following(enabling, [up('disabling'), up('disabled'), up('enabling'), up('searching')], by);
    expect(passing.phase).toBe(enabling.phase);
    const done = following(passing, [up('registered'), { kind: 'enabled' }], by);
    expect(done.phase.kind).toBe('connecting');
    expect(done.memory.attempts.length).toBe(2);
  });

  test('a modem that was left as it was when the daemon was killed is asked again', () => {
    const killed = following(started(), [up('registered')], by).memory;
    expect(following(started(killed), [up('registered')], by).phase).toMatchObject({ attach: { settings: {} } });
  });

  test('another APN in the configuration is asked for, and a session is left alone', () => {
    const asked = following(started(), [up('registered'), up('searching'), { kind: 'enabled' }], by);
    expect(asked.phase.kind).toBe('registering');
    const other = policy({ attachApn: 'other.example' });
    const reloaded = following(asked, [{ kind: 'reconfigured', relevant: 'session' }], other);
    expect(reloaded.phase).toMatchObject({ kind: 'enabling', attach: { settings: { apn: 'other.example' } } });
    const using = following(online(), [{ kind: 'reconfigured', relevant: 'session' }], other);
    expect(using.phase.kind).toBe('online');
  });
});
