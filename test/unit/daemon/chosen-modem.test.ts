// Which modem the daemon takes, that it keeps the one it has, and that no PIN goes to the wrong
// SIM.
import { expect, test } from 'vitest';
import { modemOf } from '../../../src/connection/events/on-facts.ts';
import { ChosenModem, type ChosenModemPorts } from '../../../src/daemon/chosen-modem.ts';
import type { Modem } from '../../../src/modem/objects.ts';
import { at, bearer, having } from '../connection/builders.ts';

function modem(path: string, changes: Partial<Modem> = {}) {
  const there = modemOf(having({ path, ...changes }));
  if (there === undefined) throw new Error('having() has a modem');
  return there;
}

const first = modem('/org/freedesktop/ModemManager1/Modem/0');
const second = modem('/org/freedesktop/ModemManager1/Modem/1');
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
    interfaces: () => chosen.interfaces,
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
  const { put, interfaces } = choosing();
  put(modem('/M/0', { ports, bearers: [bearer({ interface: 'qmapmux0.0' })] }));
  expect(interfaces()).toEqual(['wwan0', 'wwan1', 'qmapmux0.0']);
  put();
  expect(interfaces()).toEqual([]);
});
