import { expect, test } from 'vitest';
import { cleanText, isDevice, isObjectPath } from '../../../../src/modem/wire/text.ts';

test.each([
  ['escape sequences', '\u001b[31mred\u001b[0m', '[31mred[0m'],
  ['new lines, which would forge lines of a log', 'a\nb\r\n<3>c', 'ab<3>c'],
  ['C1 controls', 'a\u009bb\u0085c', 'abc'],
  ['marks that turn the direction around', 'a\u202eb\u2066c\u200f', 'abc'],
  ['line separators', 'a\u2028b', 'ab'],
  ['half a surrogate pair', 'a\ud800b', 'ab'],
  ['blanks at the ends', '  Verizon  ', 'Verizon'],
])('%s are taken out', (_, text, clean) => {
  expect(cleanText(text)).toBe(clean);
});

test('what a network may be called stays', () => {
  expect(cleanText('Telefónica 中国移动 O₂-de+')).toBe('Telefónica 中国移动 O₂-de+');
});

test('text is cut by characters, not in the middle of one', () => {
  expect(cleanText('😀'.repeat(70))).toBe('😀'.repeat(64));
  expect(cleanText('abcdef', 3)).toBe('abc');
});

test.each([
  ['/org/freedesktop/ModemManager1/Modem/0', true],
  ['/org/freedesktop/ModemManager1/Bearer/12', true],
  ['/org/freedesktop/ModemManager1', false],
  ['/org/freedesktop/ModemManager1/', false],
  ['/org/freedesktop/ModemManager10/Modem/0', false],
  ['/org/freedesktop/ModemManager1/../x', false],
  ['/', false],
  [`/org/freedesktop/ModemManager1/${'a'.repeat(300)}`, false],
])('%s as the path of an object: %s', (path, legal) => {
  expect(isObjectPath(path)).toBe(legal);
});

test.each([
  ['/sys/devices/platform/soc@0/38200000.usb/usb3/3-1/3-1.1', true],
  ['percept-modem', true],
  ['/sys/../etc', false],
  ['/sys/devices/..', false],
  ['/dev/ttyUSB0', false],
  ['..', false],
  ['a b', false],
  ['/sys/a\nb', false],
])('%j as a device: %s', (device, legal) => {
  expect(isDevice(device)).toBe(legal);
});
