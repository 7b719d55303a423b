import { sessionBus } from 'dbus-next';
import { expect, test } from 'vitest';
import { type BusSignal, fitsRule, type MatchRule, matchRuleText } from '../../../src/dbus/bus.ts';
import { libraryInternals, socketPath } from '../../../src/dbus/system-bus.ts';

test('a rule in the words of AddMatch', () => {
  expect(matchRuleText({ sender: 'a.b', pathNamespace: '/a/b' })).toBe(
    "type='signal',sender='a.b',path_namespace='/a/b'",
  );
  expect(matchRuleText({ interface: 'i.j', member: 'M', arg0: 'x', path: '/p' })).toBe(
    "type='signal',path='/p',interface='i.j',member='M',arg0='x'",
  );
});

const signal: BusSignal = { sender: ':1.5', path: '/a/b/c', interface: 'i.j', member: 'M', body: ['x', 1] };

test.each<[string, MatchRule, boolean]>([
  ['an empty rule fits', {}, true],
  ['the namespace of the path', { pathNamespace: '/a/b' }, true],
  ['the path itself is in its namespace', { pathNamespace: '/a/b/c' }, true],

  ['a longer name is not in the namespace', { pathNamespace: '/a/bb' }, false],
  ['another path', { path: '/a/b' }, false],
  ['another interface', { interface: 'i.k' }, false],
  ['another member', { member: 'N' }, false],
  ['another first argument', { arg0: 'y' }, false],
  ['the first argument', { arg0: 'x', interface: 'i.j', member: 'M' }, true],
  ['a well-known sender is not compared', { sender: 'org.example' }, true],
])('%s', (_, rule, fits) => {
  expect(fitsRule(rule, signal)).toBe(fits);
});

test.each([
  ['unix:path=/run/dbus/system_bus_socket', '/run/dbus/system_bus_socket'],
  ['unix:guid=1234,path=/a/b', '/a/b'],
  ['unix:path=/a%20b', '/a b'],
  ['unix:abstract=/x;unix:path=/y', '/y'],
])('the address %s means the socket %s', (address, path) => {
  expect(socketPath(address)).toBe(path);
});

test.each(['unix:abstract=/tmp/x', 'tcp:host=a,port=1', 'unixexec:path=/bin/sh', '', 'unix:path=/a%3Ab'])(
  'the address %j is refused with advice',
  (address) => {
    expect(() => socketPath(address)).toThrow(/only unix:path=… is supported\. Set DBUS_SYSTEM_BUS_ADDRESS/);
  },
);

test('the private fields of dbus-next that we rely on exist', () => {
  const library = sessionBus({ busAddress: 'unix:path=/nonexistent/bus' });
  library.on('error', () => {});
  const { stream, replyHandlers, connection } = libraryInternals(library);
  expect(typeof stream.destroy).toBe('function');
  expect(typeof connection.on).toBe('function');
  expect(Object.keys(replyHandlers)).toEqual(['1']); // its own Hello
  stream.destroy();
});

test('a dbus-next without them is refused with the version to use', () => {
  expect(() => libraryInternals({} as never)).toThrow(/pin 0\.10\.2/);
});
