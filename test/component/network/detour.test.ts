// Which way the host's real rules and routes send what is bound to the link's address.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OUR_RULE_PRIORITY } from '../../../src/network/link/marks.ts';
import { type Detour, detourOf, masterOf } from '../../../src/network/reachability/probe/detour.ts';
import { CommandError, type CommandRunner } from '../../../src/system/command.ts';
import { type Namespace, openNamespace } from './namespace.ts';

const signal = new AbortController().signal;
const FOUR = { source: '100.64.0.2', address: '192.0.2.1', device: 'wwan0' };
const SIX = { source: '2001:db8::2', address: '2001:db8:9::1', device: 'wwan0' };
let host: Namespace;

beforeEach(async () => {
  host = await openNamespace();
  for (const name of ['wwan0', 'vpn0'])
    await host.ip(`link add ${name} type veth peer name ${name}-far`, `link set ${name} up`, `link set ${name}-far up`);
  await host.ip(
    `address add ${FOUR.source}/30 dev wwan0`,
    `address add ${SIX.source}/64 dev wwan0 nodad`,
    'route add default dev wwan0 table 7700',
    'route add ::/0 dev wwan0 table 7700',
    `rule add from ${FOUR.source} lookup 7700 priority ${OUR_RULE_PRIORITY}`,
  );
  await host.output('ip', '-6', ...`rule add from ${SIX.source} lookup 7700 priority ${OUR_RULE_PRIORITY}`.split(' '));
});
afterEach(() => host.end());

const detour = (question = FOUR): Promise<Detour | undefined> => detourOf(host.runner, question, signal);

test('with our rule alone it goes by the link, in both families', async () => {
  expect([await detour(FOUR), await detour(SIX)]).toEqual([undefined, undefined]);
});

test.each<readonly [string, typeof FOUR, readonly string[], Detour]>([
  [
    'a VPN takes all of IPv4',
    FOUR,
    ['route add default dev vpn0 table 52', 'rule add from all lookup 52 priority 5270'],
    { device: 'vpn0', rule: '5270: from all lookup 52' },
  ],
  [
    'a VPN takes all of IPv6',
    SIX,
    ['route add ::/0 dev vpn0 table 52', '-6 rule add from all lookup 52 priority 5270'],
    { device: 'vpn0', rule: '5270: from all lookup 52' },
  ],
  [
    'the main table goes before ours',
    FOUR,
    ['route add default dev vpn0', 'rule add from all lookup main priority 50'],
    { device: 'vpn0', rule: '50: from all lookup main' },
  ],
  [
    'a rule forbids it',
    FOUR,
    ['rule add from all prohibit priority 10'],
    { device: undefined, rule: '10: from all prohibit' },
  ],
  [
    'the table of a rule ends in nothing',
    FOUR,
    ['route add unreachable default table 100', `rule add from ${FOUR.source} lookup 100 priority 11`],
    { device: undefined, rule: `11: from ${FOUR.source} lookup 100` },
  ],
])('%s: the way and the rule are named', async (_, question, lines, expected) => {
  for (const line of lines) await host.output('ip', ...line.split(' '));
  expect(await detour(question)).toEqual(expected);
});

test('without our rule it goes by the main table, which is named in place of a rule', async () => {
  await host.ip(`rule del from ${FOUR.source}`, 'route add default dev vpn0');
  expect(await detour()).toEqual({ device: 'vpn0', rule: 'lookup main' });
});

test('where there is no route at all, nothing is in the way: it cannot be sent', async () => {
  await host.ip('route flush table 7700');
  expect(await detour()).toBeUndefined();
});

test('a refusal behind our rule is none of a rule ahead of it', async () => {
  await host.ip('route flush table 7700', 'rule add from all prohibit priority 31000');
  expect(await detour()).toBeUndefined();
});

test('an address that the link does not have is no detour', async () => {
  expect(await detour({ ...FOUR, source: '100.64.9.9' })).toBeUndefined();
});

test('the bridge that the interface is a port of is named', async () => {
  expect(await masterOf(host.runner, 'wwan0', signal)).toBeUndefined();
  await host.ip('link add br0 type bridge', 'link set wwan0 master br0');
  expect(await masterOf(host.runner, 'wwan0', signal)).toBe('br0');
  expect(await masterOf(host.runner, 'wwan9', signal)).toBeUndefined();
});

/** An `ip` that prints `said`, or fails so. */
const saying = (said: string | Error): CommandRunner => ({
  run: () => (typeof said === 'string' ? Promise.resolve(said) : Promise.reject(said)),
  follow: () => Promise.resolve(undefined),
});

test.each<readonly [string, string | Error]>([
  ['of another age, without -json', '192.0.2.1 dev wwan0 src 100.64.0.2'],
  ['that prints another shape', '{"dev":7}'],
  ['that prints a way to nowhere', '[{}]'],
  ['that fails', new CommandError(['ip'], 255, 'ip: unknown option')],
])('an ip %s tells of no detour and no bridge', async (_, said) => {
  expect(await detourOf(saying(said), FOUR, signal)).toBeUndefined();
  expect(await masterOf(saying(said), 'wwan0', signal)).toBeUndefined();
});

test('a fault of the program is none of the host', async () => {
  const fault = saying(new TypeError('a bug'));
  await expect(detourOf(fault, FOUR, signal)).rejects.toThrow('a bug');
  await expect(masterOf(fault, 'wwan0', signal)).rejects.toThrow('a bug');
});

test('a look that is called off ends with the reason', async () => {
  const reason = new Error('superseded');
  const stopped = AbortSignal.abort(reason);
  await expect(detourOf(host.runner, FOUR, stopped)).rejects.toBe(reason);
  await expect(masterOf(host.runner, 'wwan0', stopped)).rejects.toBe(reason);
});
