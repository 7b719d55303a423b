// What `ip -json` prints, as captured from the versions that boards have.
import { expect, test } from 'vitest';
import { parseKernelState } from '../../../../src/network/link/kernel-state.ts';
import { LinkError } from '../../../../src/network/link/wanted-link.ts';

const address =
  '[{"ifindex":3,"link":"c","ifname":"wwan0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1428,"qdisc":"noqueue","operstate":"UP","addr_info":[{"family":"inet","local":"100.112.107.46","prefixlen":24,"scope":"global","noprefixroute":true,"label":"wwan0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"2001:db8::7","prefixlen":64,"scope":"global","dynamic":true,"mngtmpaddr":true,"valid_life_time":86400,"preferred_life_time":14400}]}]';
const rules = {
  4: '[{"priority":30770,"src":"100.112.107.46","table":"7700","protocol":"77"}]',
  6: '[{"priority":30770,"src":"2001:db8::7","table":"percept-lte","protocol":"77"}]',
};
const routes61 =
  '[{"dst":"default","gateway":"100.112.107.1","dev":"wwan0","table":"7700","prefsrc":"100.112.107.46","metric":700,"flags":["onlink"]},{"type":"unreachable","dst":"10.9.0.0/16","dev":"lo","table":"7700","flags":[]},{"dst":"default","dev":"wwan0","metric":700,"flags":[],"pref":"medium"}]';
// 4.18.0, the board's: the type of a route has no key.
const routes418 = routes61.replace('{"type":"unreachable",', '{"unreachable",');

test.each([
  ['6.1', routes61],
  ['4.18', routes418],
])('iproute2 %s', (_, routes) => {
  const held = parseKernelState(`${address}\n${routes}\n`, rules);
  expect(held.links).toMatchObject([
    {
      interface: 'wwan0',
      up: true,
      hasNeighbours: true,
      mtu: 1428,
      addresses: [
        { family: 4, dynamic: false },
        { family: 6, dynamic: true },
      ],
    },
  ]);
  expect(held.routes.map((r) => [r.family, r.table, r.type, r.destination])).toEqual([
    [4, '7700', 'unicast', 'default'],
    [4, '7700', 'unreachable', '10.9.0.0/16'],
    [6, 'main', 'unicast', 'default'],
  ]);
  expect(held.rules.map((r) => [r.family, r.priority, r.from])).toEqual([
    [4, 30770, '100.112.107.46'],
    [6, 30770, '2001:db8::7'],
  ]);
});

test('a kernel without policy routing for IPv6 has it for IPv4 alone', () => {
  const state = parseKernelState('[]\n[]\n', { 4: '[]\n', 6: undefined });
  expect(state.rules).toEqual([]);
  expect(state.policyRouting).toEqual([4]);
});

test('whether a rule for all looks into the main table is told by family', () => {
  const main = '[{"priority":32766,"src":"all","table":"main"}]';
  const ofVpn = '[{"priority":32764,"src":"all","table":"main","suppress_prefixlen":0}]';
  expect(parseKernelState('[]\n[]\n', { 4: main, 6: ofVpn }).mainIgnored).toEqual([6]);
  expect(parseKernelState('[]\n[]\n', { 4: `[]\n${ofVpn}`, 6: undefined }).mainIgnored).toEqual([4]);
});

test.each([
  ['1: lo: <LOOPBACK>', '[]'],
  ['{"not":"a list"}\n[]', '[]'],
  ['[{"ifname":1}]\n[]', '[]'],
  ['[]\n[]', '30770: from all'],
])('%j, with rules %j, is refused by name', (text, text4) => {
  expect(() => parseKernelState(text, { 4: text4, 6: '' })).toThrow(LinkError);
});

test("a name of somebody else's interface that is no JSON hides nothing", () => {
  const other = address.replaceAll('wwan0', 'a\u0001b').slice(1, -1);
  const held = parseKernelState(`[${other},${address.slice(1, -1)}]\n[]`, rules);
  expect(held.links.map((link) => link.interface)).toEqual(['a?b', 'wwan0']);
});

test('output of another shape is told in one line', () => {
  expect(() => parseKernelState('[{"a":1},null,7]\n[]', { 4: '', 6: '' })).toThrow(
    /cannot understand what ip -json prints: 0\.ifname: Invalid input: expected string, received undefined$/,
  );
});
