// What each phase does until it is left: what it asks ModemManager for, what ends it, and what does
// not.
import { afterEach, expect, test } from 'vitest';
import type { Phase } from '../../../../src/connection/phase/phase.ts';
import { activitiesOf } from '../../../../src/runner/phases/activities.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { NotRecordedError } from '../../../../src/state/store.ts';
import { DeadlineError } from '../../../../src/system/clock.ts';
import { failureOf, sim } from '../../connection/builders.ts';
import { modem } from '../../modem/builders.ts';
import { fakeHost, refusal } from './fake-ports.ts';

const MINUTE_MS = 60_000;
const timedOut = { kind: 'phaseTimedOut' };

let stop = new AbortController();
afterEach(() => stop.abort());

/** `phase` as it goes on; `ended` is what ended it, and how long that took. */
function during(phase: Phase, host = fakeHost()) {
  stop = new AbortController();
  const table = activitiesOf(host.ports);
  const perform = table[phase.kind] as (phase: Phase, signal: AbortSignal) => Promise<Happening | undefined>;
  const beganMs = host.clock.now().monotonicMs;
  const ended: { what?: unknown; afterMs?: number } = {};
  const end = (what: unknown) => {
    ended.what = what;
    ended.afterMs = host.clock.now().monotonicMs - beganMs;
  };
  const running = perform(phase, stop.signal).then(end, end);
  return { host, ended, running };
}

const NOW_MS = 1_000_000;

test.each<readonly [string, Phase, number]>([
  ['a modem that stays away', { kind: 'absent', missing: 'modem', detail: '' }, 2 * MINUTE_MS],
  ['a choice that nobody makes', { kind: 'absent', missing: 'choice', detail: '' }, 2 * MINUTE_MS],
  ['a state that does not pass', { kind: 'settling', modem: modem() }, 2.5 * MINUTE_MS],
  ['a search for a network', { kind: 'registering', modem: modem() }, 15 * MINUTE_MS],
  ['a link that the kernel does not get', { kind: 'configuring', modem: modem(), adopted: false }, MINUTE_MS / 2],
  [
    'the wait for the next attempt',
    { kind: 'waiting', untilMs: NOW_MS + 7_000, failure: undefined, reason: '' },
    7_000,
  ],
  ['a hold that ends', { kind: 'blocked', failure: failureOf('subscription'), untilMs: NOW_MS + 9_000 }, 9_000],
  ['a wait that should be over', { kind: 'waiting', untilMs: NOW_MS - 5, failure: undefined, reason: '' }, 0],
])('%s is left in its time, and nothing is asked meanwhile', async (_, phase, ms) => {
  const { host, ended } = during(phase);
  await host.clock.step(Math.max(0, ms - 1));
  if (ms > 0) expect(ended).toEqual({});
  await host.clock.step(1);
  expect(ended).toEqual({ what: timedOut, afterMs: ms });
  expect(host.asked).toEqual([]);
});

test.each<readonly [string, Phase]>([
  ['a hold that only a person ends', { kind: 'blocked', failure: failureOf('subscription'), untilMs: undefined }],
  ['roaming that is forbidden', { kind: 'roaming-forbidden', modem: modem() }],
  ['a link that is up', { kind: 'online', modem: modem(), adopted: false }],
])('%s goes on until something else is said of it, and ends without a word', async (_, phase) => {
  const { host, ended, running } = during(phase);
  await host.clock.step(24 * 60 * MINUTE_MS);
  expect(ended).toEqual({});
  stop.abort(new Error('superseded'));
  await running;
  expect([ended.what, host.asked]).toEqual([undefined, []]);
});

test('a wait that is called off ends at once', async () => {
  const { ended, running } = during({ kind: 'registering', modem: modem() });
  const reason = new Error('superseded');
  stop.abort(reason);
  await running;
  expect(ended.what).toBe(reason);
});

const starts = (asked: readonly string[]) => asked.filter((what) => what === 'start service').length;

test.each<readonly [string, Phase]>([
  ['before there is a link', { kind: 'absent', missing: 'modemmanager', detail: '' }],
  ['beneath a link that is up', { kind: 'riding' }],
])('a ModemManager that is gone %s is called each ten seconds, for two minutes', async (_, phase) => {
  const { host, ended } = during(phase);
  // No activation file, at first.
  host.troubles.set('start service', [refusal('ServiceUnknown'), refusal('ServiceUnknown')]);
  await host.clock.step(0);
  expect(starts(host.asked)).toBe(1);
  await host.clock.step(10_000);
  expect(starts(host.asked)).toBe(2);
  await host.clock.step(110_000);
  expect(ended).toEqual({ what: timedOut, afterMs: 2 * MINUTE_MS });
  expect(starts(host.asked)).toBe(12);
});

test.each<readonly [string, (callMs: number) => Phase]>([
  ['before there is a link', (callMs) => ({ kind: 'absent', missing: 'modemmanager', detail: '', callMs })],
  ['beneath a link that is up', (callMs) => ({ kind: 'riding', callMs })],
])('one that keeps ending %s is left in peace first, and has its two minutes after that', async (_, phase) => {
  const { host, ended } = during(phase(NOW_MS + 5 * MINUTE_MS));
  await host.clock.step(5 * MINUTE_MS - 1);
  expect(host.asked).toEqual([]);
  await host.clock.step(1);
  expect(starts(host.asked)).toBe(1);
  await host.clock.step(2 * MINUTE_MS);
  expect(ended).toEqual({ what: timedOut, afterMs: 7 * MINUTE_MS });
});

test('a call for ModemManager that is called off is the last one', async () => {
  const host = fakeHost();
  host.troubles.set('start service', ['never answers']);
  const { ended, running } = during({ kind: 'riding' }, host);
  await host.clock.step(1_000);
  const reason = new Error('superseded');
  stop.abort(reason);
  await running;
  expect([ended.what, starts(host.asked)]).toEqual([reason, 1]);
});

const pin = { reveal: () => '1234', toJSON: () => '…' };
const locked = (changes = {}): Phase => ({
  kind: 'unlocking',
  modem: modem({ state: 'locked', sim: sim(), ...changes }),
  pin,
});

test('a PIN is remembered on the disk before it is sent, and sent to that SIM', async () => {
  const { host, ended, running } = during(locked());
  await running;
  expect(ended.what).toEqual({ kind: 'unlocked' });
  expect(host.asked).toEqual(['recorded over a reboot', 'PIN 1234 to SIM/0']);
});

test('a PIN that cannot be remembered is not sent', async () => {
  const host = fakeHost();
  host.troubles.set('recorded over a reboot', [new NotRecordedError('no space')]);
  const { ended, running } = during(locked(), host);
  await running;
  expect(ended.what).toBeInstanceOf(NotRecordedError);
  expect(host.asked).toEqual(['recorded over a reboot']);
});

test('without a SIM no PIN is sent', async () => {
  const { host, ended, running } = during(locked({ sim: undefined }));
  await running;
  expect([ended.what, host.asked]).toEqual([timedOut, []]);
});

test('a PIN that the SIM refuses is told as it was said', async () => {
  const host = fakeHost();
  const refused = refusal('Failed', 'IncorrectPassword');
  host.troubles.set('PIN 1234 to SIM/0', [refused]);
  const { ended, running } = during(locked(), host);
  await running;
  expect(ended.what).toBe(refused);
});

const attach = { settings: { apn: 'attach.me' }, fingerprint: 'of it' };
const enabling = (state: 'disabled' | 'registered' = 'disabled', withApn = true): Phase => ({
  kind: 'enabling',
  modem: modem({ state }),
  attach: withApn ? attach : undefined,
});

test.each<readonly [string, Phase, readonly string[]]>([
  ['a modem is enabled', enabling('disabled', false), ['enable']],
  ['with the APN for attaching set before', enabling(), ['power low', 'attach APN attach.me', 'enable']],
  [
    'and disabled first, where it is enabled with another one',
    enabling('registered'),
    ['disable', 'power low', 'attach APN attach.me', 'enable'],
  ],
])('%s', async (_, phase, asked) => {
  const { host, ended, running } = during(phase);
  await running;
  expect([ended.what, host.asked]).toEqual([{ kind: 'enabled' }, asked]);
});

test('a modem that takes neither the rest nor the APN attaches with what it has', async () => {
  const host = fakeHost();
  host.troubles.set('power low', [refusal('WrongState')]);
  host.troubles.set('attach APN attach.me', [refusal('Unsupported')]);
  const { ended, running } = during(enabling(), host);
  await running;
  expect(ended.what).toEqual({ kind: 'enabled' });
});

test.each(['power low', 'attach APN attach.me'])('called off at "%s", the modem is not enabled', async (at) => {
  const host = fakeHost();
  host.troubles.set(at, ['never answers']);
  const { ended, running } = during(enabling(), host);
  await host.clock.step(0);
  const reason = new Error('superseded');
  stop.abort(reason);
  await running;
  expect([ended.what, host.asked.at(-1)]).toEqual([reason, at]);
});

test('an attempt asks for the APN that is its turn', async () => {
  const settings = { apn: 'internet', ipType: 'ipv4' } as const;
  const { host, ended, running } = during({ kind: 'connecting', modem: modem(), settings, deadlineMs: 30_000 });
  await running;
  expect(ended.what).toMatchObject({ kind: 'bearerConnected', apn: 'internet' });
  expect(host.asked[0]).toBe('connect internet in 30 s');
});

test('a rung is climbed with the modem that the phase has', async () => {
  const recovering = { kind: 'recovering', rung: 'reset-modem', to: 'reset-modem', reason: '' } as const;
  const { host, ended, running } = during({ ...recovering, modem: modem() });
  await running;
  expect([ended.what, host.asked.at(-2)]).toEqual([{ kind: 'climbed' }, 'reset']);
});

const usedUp: Phase = { kind: 'plan-used-up', modem: modem(), usedUp: { sim: '', reason: '', remedy: '' } };

test('with the plan used up the modem is disconnected, each minute until ModemManager has done so', async () => {
  const host = fakeHost();
  host.troubles.set('disconnect all', [refusal('Failed'), new DeadlineError('Disconnect', 90_000)]);
  const { ended } = during(usedUp, host);
  await host.clock.step(2 * MINUTE_MS);
  expect(host.asked).toEqual(['disconnect all', 'disconnect all', 'disconnect all']);
  expect(ended).toEqual({ what: undefined, afterMs: 2 * MINUTE_MS });
});

test('a disconnect that is called off is not tried again', async () => {
  const host = fakeHost();
  host.troubles.set('disconnect all', ['never answers']);
  const { ended, running } = during(usedUp, host);
  await host.clock.step(1_000);
  const reason = new Error('superseded');
  stop.abort(reason);
  await running;
  expect([ended.what, host.asked]).toEqual([reason, ['disconnect all']]);
});

const stopping = (disconnect: boolean, hasModem = true): Phase => ({
  kind: 'stopping',
  modem: hasModem ? modem() : undefined,
  disconnect,
});

test.each<readonly [string, Phase, readonly string[]]>([
  ['the modem is disconnected', stopping(true), ['disconnect all']],
  ['a link that is to stay is not touched', stopping(false), []],
  ['there may be no modem to disconnect', stopping(true, false), []],
])('at the end %s', async (_, phase, asked) => {
  const { host, ended, running } = during(phase);
  await running;
  expect([ended.what, host.asked]).toEqual([undefined, asked]);
});

test.each([
  ['refuses', refusal('Failed'), 0],
  ['does not answer', 'never answers', 8_000],
] as const)('a ModemManager that %s at the end holds nobody up for more than 8 s', async (_, trouble, ms) => {
  const host = fakeHost();
  host.troubles.set('disconnect all', [trouble]);
  const { ended } = during(stopping(true), host);
  await host.clock.step(10_000);
  expect(ended).toEqual({ what: undefined, afterMs: ms });
});
