// Which modem the daemon takes, that it keeps the one it has, and that no PIN goes to the wrong
// SIM.
import { describe, expect, test } from 'vitest';
import { type Facts, modemOf } from '../../../src/connection/connection.ts';
import { ChosenModem, type ChosenModemPorts } from '../../../src/daemon/chosen-modem.ts';
import type { Modem } from '../../../src/modem/objects.ts';
import { at, bearer, having } from '../connection/builders.ts';
import { SteppedClock } from '../stepped-clock.ts';

function modem(path: string, changes: Partial<Modem> = {}) {
  const there = modemOf(having({ path, ...changes }));
  if (there === undefined) throw new Error('having() has a modem');
  return there;
}

const first = modem('/org/freedesktop/ModemManager1/Modem/0');
const second = modem('/org/freedesktop/ModemManager1/Modem/1', { model: 'the other' });
const said = (...modems: Modem[]) => ({ onBus: true, version: '1.20.4', modems });
const none = { kind: 'no-modem' };

/** A choice, and the second at which it is. */
function choosing(ports: Partial<ChosenModemPorts> = {}) {
  let second = 0;
  const waits: number[] = [];
  const clock = {
    now: () => at(second),
    sleep: (ms: number) => {
      waits.push(ms);
      return new Promise<void>(() => {});
    },
  };
  const { signal } = new AbortController();
  const fixed = { match: () => ({}), clock, signal, onSettled: () => {}, wasUsed: () => undefined };
  const chosen = new ChosenModem({ ...fixed, ...ports });
  return {
    put: (...modems: Modem[]) => chosen.put(said(...modems)),
    after: (seconds: number, ...modems: Modem[]) => {
      second = seconds;
      return chosen.put(said(...modems));
    },
    waits,
    chosen,
  };
}

test('two modems at the start: a person has to choose', () => {
  expect(choosing().put(first, second).kind).toBe('ambiguous');
});

test('two modems at the start: the one that was used last is the one', () => {
  const wasUsed = ({ path }: Modem) => path === second.path;
  expect(choosing({ wasUsed }).put(first, second)).toEqual({ kind: 'modem', modem: second });
});

test('a second modem beside the one in use changes nothing', () => {
  const board = choosing();
  board.put(first);
  expect(board.put(second, first)).toEqual({ kind: 'modem', modem: first });
});

test('when the one in use goes, the other one is taken', () => {
  const board = choosing();
  board.put(first);
  board.put(first, second);
  expect(board.put(second)).toEqual({ kind: 'modem', modem: second });
});

test('a modem that may want a PIN waits until no other one appears', () => {
  const locked = modem(first.path, { state: 'locked' });
  const board = choosing();
  expect(board.put(locked)).toEqual(none);
  expect(board.waits).toEqual([5_000]);
  expect(board.after(4, locked, second).kind).toBe('ambiguous');
  expect(choosing().put(first).kind).toBe('modem');
  const alone = choosing();
  alone.put(locked);
  expect(alone.after(5, locked)).toEqual({ kind: 'modem', modem: locked });
});

test('a modem that was never online waits half a minute for the one that was', () => {
  const board = choosing({ wasUsed: ({ path }) => path === second.path });
  expect(board.put(first)).toEqual(none);
  expect(board.after(12, first, second)).toEqual({ kind: 'modem', modem: second });
  const alone = choosing({ wasUsed: () => false });
  alone.put(first);
  expect(alone.after(30, first)).toEqual({ kind: 'modem', modem: first });
});

test.each([
  ['the config names it', { match: () => ({ model: first.model }) }],
  ['it was online last', { wasUsed: () => true }],
])('a locked modem does not wait when %s', (_, ports) => {
  const locked = modem(first.path, { state: 'locked' });
  expect(choosing(ports).put(locked)).toEqual({ kind: 'modem', modem: locked });
});

test('all interfaces of the modem are its own, also the one that a multiplexed call has over its port', () => {
  const ports = [
    { name: 'cdc-wdm0', type: 'qmi' },
    { name: 'wwan0', type: 'net' },
    { name: 'wwan1', type: 'net' },
  ];
  const { put, chosen } = choosing();
  put(modem('/M/0', { ports, bearers: [bearer({ interface: 'qmapmux0.0' })] }));
  expect(chosen.interfaces).toEqual(['wwan0', 'wwan1', 'qmapmux0.0']);
  expect(chosen.ports).toEqual(['cdc-wdm0', 'wwan0', 'wwan1']);
  put();
  expect([chosen.interfaces, chosen.ports]).toEqual([[], []]);
});

test.each([
  ['another modem', second.model, true],
  ['the same one', first.model, false],
  ['none that is there', 'unheard of', true],
])('a reload names %s', (_, model, leaves) => {
  const match: { model?: string } = {};
  const board = choosing({ match: () => match, wasUsed: ({ path }) => path === first.path });
  board.put(first, second);
  match.model = model;
  expect(board.chosen.rechoose()).toBe(leaves);
});

test('a reload while there is no modem leaves none', () => {
  const board = choosing();
  board.put();
  expect(board.chosen.rechoose()).toBe(false);
});

test('a choice that was put off is asked for once, when its time has come', async () => {
  const clock = new SteppedClock();
  let asked = 0;
  const onSettled = () => {
    asked += 1;
    board.put(first);
  };
  const board = choosing({ clock, onSettled, wasUsed: () => false });
  board.put(first);
  board.put(first);
  await clock.step(29_999);
  expect([asked, board.chosen.chosen]).toEqual([0, none]);
  await clock.step(1);
  expect([asked, board.chosen.chosen.kind]).toEqual([1, 'modem']);
});

describe('who waits for ModemManager to say something', () => {
  const isModem = ({ kind }: Facts) => kind === 'modem';
  const waiting = (signal = new AbortController().signal) => {
    const clock = new SteppedClock();
    const board = choosing();
    return { clock, board, waited: board.chosen.until(clock, isModem, 10_000, signal) };
  };

  test('is told at once what has been said already', async () => {
    const { board } = waiting();
    board.put(first);
    const { signal } = new AbortController();
    expect(await board.chosen.until(new SteppedClock(), isModem, 0, signal)).toEqual({ kind: 'modem', modem: first });
  });

  test('is told by the first facts that fit, and of no others', async () => {
    const { board, waited } = waiting();
    board.put();
    board.put(first);
    board.put();
    expect(await waited).toEqual({ kind: 'modem', modem: first });
  });

  test('waits no longer than it wants to', async () => {
    const { clock, waited } = waiting();
    await clock.step(10_000);
    expect(await waited).toBeUndefined();
  });

  test('is let go when what it waits for is over', async () => {
    const stop = new AbortController();
    const { waited } = waiting(stop.signal);
    stop.abort();
    await expect(waited).rejects.toBe(stop.signal.reason);
  });
});
