// What a person reads when the modem is in a mode that has no network interface: which mode it
// should be in, and the commands for it.
import { expect, test } from 'vitest';
import { highestRung } from '../../../../src/connection/schedule/ladder.ts';
import { failureOf } from '../../../../src/daemon/ports.ts';
import { BearerUnusableError } from '../../../../src/runner/phases/bearer-unusable.ts';

const BEARER = '/org/freedesktop/ModemManager1/Bearer/3';

test.each([
  ['telit', /AT#USBCFG=3.*AT#REBOOT/, /QCFG/],
  ['quectel', /AT\+QCFG="usbnet",2.*AT\+CFUN=1,1/, /USBCFG/],
])('a serial bearer of a %s modem names its own commands, and no others', (plugin, own, other) => {
  const { message, remedy } = new BearerUnusableError('ppp', BEARER, plugin);
  expect(message).toMatch(/serial \(PPP\).*wrong USB mode/);
  expect(remedy).toMatch(/MBIM/);
  expect(remedy).toMatch(own);
  expect(remedy).not.toMatch(other);
});

test('a modem of another vendor gets both as examples, and is sent to its manual', () => {
  const { remedy } = new BearerUnusableError('ppp', BEARER, 'generic');
  expect(remedy).toMatch(/manual.*AT#USBCFG=3.*AT\+QCFG/);
});

test('no rung of the ladder is climbed for a mode that only a person changes', () => {
  const failure = failureOf(new BearerUnusableError('ppp', BEARER, 'telit'));
  expect(failure).toMatchObject({
    class: 'host',
    name: 'BearerUnusableError',
    remedy: expect.stringMatching(/AT#USBCFG=3/),
  });
  expect(highestRung(failure.class)).toBeUndefined();
});

test('a bearer without an address is named, and may be mended', () => {
  const failure = failureOf(new BearerUnusableError('unknown', BEARER, 'telit'));
  expect(failure.text).toContain(`${BEARER} came without an address (IP method unknown)`);
  expect(highestRung(failure.class)).toBe('reboot');
});
