import { Variant } from 'dbus-next';
import { expect, test } from 'vitest';
import { dictionary, unwrap } from '../../../src/dbus/variant.ts';

test('variants are taken out at every depth', () => {
  const value = { a: new Variant('v', new Variant('as', ['x'])), b: [new Variant('(ub)', [1, true])] };
  expect(unwrap(value)).toEqual({ a: ['x'], b: [[1, true]] });
});

test('64-bit integers become exact numbers or text', () => {
  expect(unwrap([5n, -5n, 2n ** 53n - 1n, 2n ** 53n])).toEqual([5, -5, Number.MAX_SAFE_INTEGER, '9007199254740992']);
});

test('bytes stay bytes', () => {
  expect(unwrap(new Variant('ay', Buffer.from([0, 255])))).toEqual(Buffer.from([0, 255]));
});

test('a dictionary to send holds variants, and nothing for what is undefined', () => {
  const wrapped = dictionary({ apn: { signature: 's', value: '' }, user: undefined });
  expect(wrapped).toEqual({ apn: new Variant('s', '') });
  expect(wrapped.apn).toBeInstanceOf(Variant);
});
