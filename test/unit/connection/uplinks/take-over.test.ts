// What a take-over does to the link, and what of it outlives the program.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Connection, freshConnection } from '../../../../src/connection/connection.ts';
import { decide } from '../../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import type { BetterWay, WayVerdict } from '../../../../src/connection/uplinks/better-ways.ts';
import { narrate } from '../../../../src/connection/words/narrate.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { rebase } from '../../../../src/state/rebase.ts';
import { at, following, online, policy } from '../builders.ts';

const eth0: BetterWay = { family: 4, interface: 'eth0', metric: 100, gateway: '192.168.1.1', source: '192.168.1.2' };
const read = (ways: readonly BetterWay[] = [eth0], bytes = 0): Happening => ({ kind: 'uplinksRead', ways, bytes });
const asked = (verdict: WayVerdict, linkReaches = true): Happening => ({
  kind: 'uplinkAsked',
  way: eth0,
  verdict,
  silentMs: 12_000,
  linkReaches,
  bytes: 0,
});

const taken = following(online(), [read(), asked('silent')], policy(), 10);

test('the link goes before ethernet, and its session and its phase go on', () => {
  const before = online();
  expect(taken.link?.wanted.takenOver).toEqual([eth0]);
  expect(taken.link?.wanted.metric).toBe(before.link?.wanted.metric);
  expect(taken.phase.kind).toBe('online');
  expect(taken.uplinks[4].judged).toMatchObject([{ verdict: 'silent' }]);
});

test('the journal names the dead uplink, the move and what it cost', () => {
  const steps = [read(), asked('silent'), asked('answers'), asked('answers')];
  const moments = [0, 10, 320, 460];
  let now = online();
  const lines = steps.map((what, index) => {
    const before = now;
    const event = { ...what, bytes: index * 1_000, at: at(moments[index]), chance: 0.5 } as ConnectionEvent;
    now = decide(now, event, policy());
    return narrate(before, now, event);
  });
  expect(lines).toMatchObject([
    undefined,
    { level: 'warn', message: 'eth0 is connected but nothing answers through it; wwan0 goes before it' },
    { level: 'info', message: 'eth0 answers again; it goes first when it has for a while' },
    { level: 'info', message: 'eth0 goes before wwan0 again', fields: { bytes: 1_000 } },
  ]);
});

test('a new session while ethernet is dead goes before it too', () => {
  const lost = following(taken, [{ kind: 'linkDead', reason: 'nothing answers' }], policy(), 60);
  expect(lost.link?.wanted.takenOver).toEqual([eth0]);
});

test('network.take-over: off on reload: LTE steps behind at once', () => {
  const off = policy({ takeOver: false });
  const now = following(taken, [{ kind: 'reconfigured', relevant: 'link' }, read()], off, 20);
  expect(now.link?.wanted.takenOver).toBeUndefined();
  expect(now.uplinks[4].taken).toBeUndefined();
  expect(now.memory.takenOver).toBeUndefined();
});

const again = (connection: Connection, seconds: number) =>
  freshConnection({ ...connection.memory, savedMonotonicMs: at(20).monotonicMs }, at(seconds));

test('the program is killed during a take-over: the next life goes on with it', () => {
  expect(again(taken, 22).uplinks[4]).toMatchObject({ taken: { from: eth0 }, judged: [{ verdict: 'silent' }] });
});

test('the program is killed an hour into a take-over: LTE steps behind the dead ethernet', () => {
  expect(again(taken, 3600).uplinks[4]).toMatchObject({ taken: { from: eth0 }, judged: [{ verdict: 'silent' }] });
});

test('a board that was off, or a service that was stopped, finds out anew', () => {
  const stopped = following(taken, [{ kind: 'stopRequested', keepLink: false }], policy(), 20);
  expect(stopped.link).toBeUndefined();
  expect(again(stopped, 21).uplinks[4].taken).toBeUndefined();
  const restarted = following(taken, [{ kind: 'stopRequested', keepLink: true }], policy(), 20);
  expect(again(restarted, 21).uplinks[4].taken?.from).toEqual(eth0);
  const rebooted = rebase(taken.memory, 'another boot', at(30));
  expect(rebooted.takenOver).toBeUndefined();
});

test('on-stop: keep leaves LTE in front of what is dead, and behind what answers again', () => {
  const keeping = policy({ onStop: 'keep' });
  const stop = [{ kind: 'stopRequested', keepLink: false } as const];
  expect(following(taken, stop, keeping, 20).link?.wanted.takenOver).toEqual(taken.link?.wanted.takenOver);
  const answered = following(taken, [asked('answers')], keeping, 20);
  expect(answered.uplinks[4].taken).toBeDefined();
  const stopped = following(answered, stop, keeping, 21);
  expect(stopped.link?.wanted.takenOver).toBeUndefined();
  expect(stopped.memory.takenOver).toBeUndefined();
  const restarted = following(answered, [{ kind: 'stopRequested', keepLink: true }], keeping, 21);
  expect(restarted.link?.wanted.takenOver).toBeDefined();
});

test('what does not belong into `ip` is not recalled', () => {
  const one = { ...eth0, family: 4 as const, sinceMs: at().monotonicMs, countedFrom: 0 };
  for (const odd of [{ interface: 'eth0 metric 1' }, { gateway: 'fe80::1' }, { source: '$(reboot)' }]) {
    const memory = { ...taken.memory, savedMonotonicMs: at(20).monotonicMs, takenOver: [{ ...one, ...odd }] };
    expect(freshConnection(memory, at(21)).uplinks[4].taken).toBeUndefined();
  }
});

test('nothing is written down while nothing changes', () => {
  const later = following(taken, [read([eth0], 5_000), asked('silent', false)], policy(), 30);
  expect(later.memory).toBe(taken.memory);
});

test('in no sequence does the link go before a way that is not taken over from', () => {
  const events = fc.array(
    fc.oneof(
      fc.constantFrom<Happening>(read(), read([]), asked('silent'), asked('answers'), asked('unclear')),
      fc.constantFrom<Happening>(
        { kind: 'linkDead', reason: 'nothing answers' },
        { kind: 'linkProven', proof: { by: 'dns', roundTripMs: 1, at: at() } },
      ),
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(events, (sequence) => {
      const now = following(online(), sequence, policy(), 10);
      const ways = [now.uplinks[4].taken, now.uplinks[6].taken].flatMap((one) => one?.from ?? []);
      expect(now.link?.wanted.takenOver ?? []).toEqual(now.link === undefined ? [] : ways);
    }),
  );
});
