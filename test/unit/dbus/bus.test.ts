import { expect, test } from 'vitest';
import type { BusSignal, MatchRule } from '../../../src/dbus/bus.ts';
import { DRIVER_NAME } from '../../../src/dbus/driver.ts';
import { fitsBody, fitsRule, matchRuleText } from '../../../src/dbus/match-rule.ts';
import { socketPath } from '../../../src/dbus/socket.ts';

test('a rule in the words of AddMatch', () => {
  expect(matchRuleText({ sender: 'a.b', pathNamespace: '/a/b' })).toBe(
    "type='signal',sender='a.b',path_namespace='/a/b'",
  );
  expect(matchRuleText({ sender: 'a.b', interface: 'i.j', member: 'M', arg0: 'x', path: '/p' })).toBe(
    "type='signal',sender='a.b',path='/p',interface='i.j',member='M',arg0='x'",
  );
});

const signal: BusSignal = { sender: ':1.5', path: '/a/b/c', interface: 'i.j', member: 'M', body: ['x', 1] };

const owners = new Map([
  ['a.b', ':1.5'],
  ['c.d', ':1.6'],
  ['nobody', ''],
]);

test.each<[string, Partial<MatchRule>, boolean]>([
  ['a rule of nothing but its sender', {}, true],
  ['the namespace of the path', { pathNamespace: '/a/b' }, true],
  ['the path itself is in its namespace', { pathNamespace: '/a/b/c' }, true],
  ['a longer name is not in the namespace', { pathNamespace: '/a/bb' }, false],
  ['another path', { path: '/a/b' }, false],
  ['another interface', { interface: 'i.k' }, false],
  ['another member', { member: 'N' }, false],
  ['all that the header holds', { interface: 'i.j', member: 'M', path: '/a/b/c' }, true],
  ['the unique name of the sender', { sender: ':1.5' }, true],
  ['another unique name', { sender: ':1.6' }, false],
  ["a name of somebody else's", { sender: 'c.d' }, false],
  ['a name that nobody owns', { sender: 'nobody' }, false],
  ['a name that is not followed', { sender: 'e.f' }, false],
  ["the bus' own name, which the signal claims nowhere", { sender: DRIVER_NAME }, false],
])('%s', (_, rule, fits) => {
  expect(fitsRule({ sender: 'a.b', ...rule }, signal, owners)).toBe(fits);
});

test('a signal of the bus itself fits only the rule that names the bus', () => {
  const own = { ...signal, sender: DRIVER_NAME };
  expect(fitsRule({ sender: DRIVER_NAME }, own, owners)).toBe(true);
  expect(fitsRule({ sender: 'a.b' }, own, owners)).toBe(false);
});

test('the first argument is compared when the body is known', () => {
  expect(fitsBody({ sender: 'a.b', arg0: 'x' }, ['x', 1])).toBe(true);
  expect(fitsBody({ sender: 'a.b', arg0: 'y' }, ['x', 1])).toBe(false);
  expect(fitsBody({ sender: 'a.b', arg0: 'y' }, [])).toBe(false);
  expect(fitsBody({ sender: 'a.b' }, [])).toBe(true);
});

test.each([
  ['unix:path=/run/dbus/system_bus_socket', '/run/dbus/system_bus_socket'],
  ['unix:guid=1234,path=/a/b', '/a/b'],
  ['unix:path=/a%20b', '/a b'],
  ['unix:abstract=/x;unix:path=/y', '/y'],
  ['unix:path=/a%3Ab', '/a:b'],
])('the address %s means the socket %s', (address, path) => {
  expect(socketPath(address)).toBe(path);
});

test.each(['unix:abstract=/tmp/x', 'tcp:host=a,port=1', 'unixexec:path=/bin/sh', ''])(
  'the address %j is refused with advice',
  (address) => {
    expect(() => socketPath(address)).toThrow(/only unix:path=… is supported\. Set DBUS_SYSTEM_BUS_ADDRESS/);
  },
);
