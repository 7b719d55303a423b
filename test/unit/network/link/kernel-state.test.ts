// What `ip -json` prints, as captured from the versions that boards have.
import { expect, test } from 'vitest';
import { parseHeld } from '../../../../src/network/link/kernel-state.ts';
import { LinkError } from '../../../../src/network/link/wanted-link.ts';

const address =
  '[{"ifindex":3,"link":"c","ifname":"wwan0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1428,"qdisc":"noqueue","operstate":"UP","addr_info":[{"family":"inet","local":"100.112.107.46","prefixlen":24,"scope":"global","noprefixroute":true,"label":"wwan0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"2001:db8::7","prefixlen":64,"scope":"global","dynamic":true,"mngtmpaddr":true,"valid_life_time":86400,"preferred_life_time":14400}]}]';
const rules =
  '[{"priority":0,"src":"all","table":"local"},{"priority":30770,"src":"100.112.107.46","table":"7700","protocol":"77"}]';
const rules6 =
  '[{"priority":0,"src":"all","table":"local"},{"priority":30770,"src":"2001:db8::7","table":"7700","protocol":"77"}]';
const routes61 =
  '[{"dst":"default","gateway":"100.112.107.1","dev":"wwan0","table":"7700","protocol":"77","prefsrc":"100.112.107.46","metric":700,"flags":[]},{"type":"local","dst":"127.0.0.1","dev":"lo","table":"local","protocol":"kernel","scope":"host","prefsrc":"127.0.0.1","flags":[]},{"dst":"default","dev":"wwan0","protocol":"77","metric":700,"flags":[],"pref":"medium"}]';
// 4.18.0, the board's: the type of a route has no key.
const routes418 = routes61.replace('{"type":"local",', '{"local",');

test.each([
  ['6.1', routes61],
  ['4.18', routes418],
])('iproute2 %s', (_, routes) => {
  const held = parseHeld(`${address}\n${routes}\n${rules}\n`, rules6);
  expect(held.links).toMatchObject([
    {
      interface: 'wwan0',
      up: true,
      mtu: 1428,
      addresses: [
        { family: 4, dynamic: false },
        { family: 6, dynamic: true },
      ],
    },
  ]);
  expect(held.routes.map((r) => [r.family, r.table, r.type, r.destination])).toEqual([
    [4, '7700', 'unicast', 'default'],
    [4, 'local', 'local', '127.0.0.1'],
    [6, 'main', 'unicast', 'default'],
  ]);
  expect(held.rules.map((r) => [r.family, r.priority, r.from])).toEqual([
    [4, 0, 'all'],
    [4, 30770, '100.112.107.46'],
    [6, 0, 'all'],
    [6, 30770, '2001:db8::7'],
  ]);
});

test('a kernel without IPv6 has no IPv6 rules', () => {
  expect(parseHeld('[]\n[]\n[]\n', '').rules).toEqual([]);
});

test.each(['1: lo: <LOOPBACK>', '{"not":"a list"}\n[]\n[]', '[{"ifname":1}]\n[]\n[]'])(
  '%j is refused by name',
  (text) => {
    expect(() => parseHeld(text, '')).toThrow(LinkError);
  },
);
