// Which modem the daemon takes, and that it keeps the one it has.
import { expect, test } from 'vitest';
import { modemOf } from '../../../src/connection/events/on-facts.ts';
import { FactsBoard } from '../../../src/daemon/chosen-modem.ts';
import { having } from '../connection/builders.ts';

function modem(path: string) {
  const there = modemOf(having({ path }));
  if (there === undefined) throw new Error('having() has a modem');
  return there;
}

const first = modem('/org/freedesktop/ModemManager1/Modem/0');
const second = modem('/org/freedesktop/ModemManager1/Modem/1');
const said = (...modems: ReturnType<typeof modem>[]) => ({ onBus: true, version: '1.20.4', modems });

test('two modems at the start: a person has to choose', () => {
  expect(new FactsBoard(() => ({})).put(said(first, second)).kind).toBe('ambiguous');
});

test('a second modem beside the one in use changes nothing', () => {
  const board = new FactsBoard(() => ({}));
  board.put(said(first));
  expect(board.put(said(second, first))).toEqual({ kind: 'modem', modem: first });
});

test('when the one in use goes, the other one is taken', () => {
  const board = new FactsBoard(() => ({}));
  board.put(said(first));
  board.put(said(first, second));
  expect(board.put(said(second))).toEqual({ kind: 'modem', modem: second });
});
