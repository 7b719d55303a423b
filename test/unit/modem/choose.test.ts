import { expect, test } from 'vitest';
import { chooseModem, describeModem, type ModemMatch } from '../../../src/modem/choose.ts';
import { modem } from './builders.ts';

const first = modem();
const second = modem({
  path: '/org/freedesktop/ModemManager1/Modem/1',
  equipmentIdentifier: '356611070009999',
  device: '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.2',
  primaryPort: 'cdc-wdm1',
});

test('no modem, no choice', () => {
  expect(chooseModem([], {})).toEqual({ kind: 'none' });
});

test('the only modem is taken without a match', () => {
  expect(chooseModem([first], {})).toEqual({ kind: 'one', modem: first });
});

test('of several the match decides; without one they are named', () => {
  expect(chooseModem([first, second], {})).toEqual({
    kind: 'ambiguous',
    candidates: [
      'Telit FIH7160, IMEI …46, device 3-1.1, plugin telit',
      'Telit FIH7160, IMEI …99, device 3-1.2, plugin telit',
    ],
  });
});

test.each<[string, ModemMatch]>([
  ['its IMEI', { 'equipment-identifier': '356611070009999' }],
  ['its sysfs path', { device: second.device }],
  ['the last part of its sysfs path', { device: '3-1.2' }],
  ['its primary port', { 'primary-port': 'cdc-wdm1' }],
  ['several keys at once', { plugin: 'telit', model: 'FIH7160', device: '3-1.2' }],
])('the second one is found by %s', (_, match) => {
  expect(chooseModem([first, second], match)).toEqual({ kind: 'one', modem: second });
});

test.each<[string, ModemMatch]>([
  ['part of an IMEI', { 'equipment-identifier': '35661107000999' }],
  ['another case', { plugin: 'Telit' }],
  ['a middle part of the path', { device: 'usb3' }],
  ['one key of two', { plugin: 'telit', device: '3-1.9' }],
])('%s does not match', (_, match) => {
  expect(chooseModem([first, second], match)).toEqual({ kind: 'none' });
});

test('a modem that tells little is described all the same', () => {
  const silent = modem({ manufacturer: '', model: '', equipmentIdentifier: '', device: '', plugin: '' });
  expect(describeModem(silent)).toBe('unnamed modem');
});

test('a description never holds the whole IMEI', () => {
  expect(describeModem(first)).not.toContain(first.equipmentIdentifier.slice(-4));
});
