// What the faults of our own mean to the connection: whose they are, and what a person can do.
import { expect, test } from 'vitest';
import { failureOf } from '../../../src/daemon/ports.ts';
import { DBusCallError } from '../../../src/dbus/errors.ts';
import { DhcpError } from '../../../src/network/dhcp/dhcp.ts';
import { LinkError } from '../../../src/network/link/wanted-link.ts';
import { DeviceTakenError } from '../../../src/runner/phases/probe-anew.ts';
import { ModemManagerHungError } from '../../../src/runner/phases/rungs.ts';
import { NotRecordedError } from '../../../src/state/store.ts';
import { CommandError } from '../../../src/system/command.ts';

const HELD = 'the device 3-1 is held by another program';

test.each<[string, Error, string, RegExp, RegExp]>([
  [
    'a network that gives no lease: another APN may',
    new DhcpError('no-answer', 'wwan0', 'no server answers on wwan0'),
    'other',
    /no address/,
    /another connect\.apn/,
  ],
  ['no DHCP client on this host', new DhcpError('no-client', 'wwan0', 'install one'), 'host', /no address/, /^$/],
  ['another program has the modem', new DeviceTakenError(HELD), 'taken', /held by another program/, /./],
  [
    'a ModemManager that hangs',
    new ModemManagerHungError('ModemManager does not answer'),
    'hung',
    /does not answer/,
    /restarted/,
  ],
  ['a full disk, before what must not be forgotten', new NotRecordedError('ENOSPC'), 'other', /not done/, /free.*disk/],
  [
    'a kernel that refuses a line',
    new LinkError('refused', 'wwan0', 'refused'),
    'host',
    /could not be configured/,
    /./,
  ],
  [
    'a bearer whose address is none',
    new LinkError('invalid', '::', 'no address'),
    'other',
    /could not be configured/,
    /./,
  ],
  ['an ip that is not installed', new CommandError(['ip'], undefined, 'ENOENT'), 'host', /could not/, /ip link/],
  ['an error of ModemManager', new DBusCallError('org.example.Error', 'no', 'Connect'), 'other', /no row/, /./],
])('%s', (_, error, kind, reason, remedy) => {
  expect(failureOf(error)).toMatchObject({
    class: kind,
    reason: expect.stringMatching(reason),
    remedy: expect.stringMatching(remedy),
  });
});

test.each([new TypeError('x is undefined'), new RangeError('too deep'), new ReferenceError('x')])(
  'a fault of the program is no failure of the connection: %s ends the process',
  (error) => {
    expect(() => failureOf(error)).toThrow(error);
  },
);
