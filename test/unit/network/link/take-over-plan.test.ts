// The lines by which a link goes before another uplink, and behind it again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KernelState } from '../../../../src/network/link/kernel-state.ts';
import { parseKernelState } from '../../../../src/network/link/kernel-state.ts';
import { plan } from '../../../../src/network/link/plan.ts';
import type { WantedLink } from '../../../../src/network/link/wanted-link.ts';

const address = (name: string, text: string, up = true) =>
  `{"ifname":"${name}","flags":[${up ? '"UP"' : ''}],"mtu":1500,"addr_info":[{"family":"inet","local":"${text}","prefixlen":24,"scope":"global"}]}`;
const links = `[${address('wwan0', '10.64.0.2')},${address('eth0', '192.168.1.2')}]`;
const bare = parseKernelState(`${links}\n[]\n`, { 4: '[]\n', 6: undefined });
const wanted: WantedLink = {
  interface: 'wwan0',
  addresses: [{ address: '10.64.0.2', prefixLength: 32 }],
  defaultRoute: true,
  metric: 700,
};
const way = { family: 4, interface: 'eth0', metric: 100, gateway: '192.168.1.1', source: '192.168.1.2' } as const;
const lines = (takenOver: WantedLink['takenOver'], state: KernelState = bare) =>
  plan({ ...wanted, takenOver }, state)
    .map(({ text }) => text)
    .filter((text) => /^(route|rule)/.test(text) && !text.includes('7700'));

test('a metric one below theirs; what is bound to their address stays on it', () => {
  expect(lines([way])).toEqual([
    'route append default dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 99',
    'route append default via 192.168.1.1 dev eth0 table 7701 proto 77 metric 100 onlink',
    'rule add from 192.168.1.2 lookup main suppress_prefixlength 0 priority 32764 protocol 77',
    'rule add from 192.168.1.2 lookup 7701 priority 32765 protocol 77',
  ]);
});

test('no metric is below 0: two halves go before it', () => {
  expect(lines([{ ...way, metric: 0 }])).toEqual([
    'route append default dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 700',
    'route append 0.0.0.0/1 dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 700',
    'route append 128.0.0.0/1 dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 700',
    'route append default via 192.168.1.1 dev eth0 table 7701 proto 77 metric 1 onlink',
    'rule add from 192.168.1.2 lookup main suppress_prefixlength 1 priority 32764 protocol 77',
    'rule add from 192.168.1.2 lookup 7701 priority 32765 protocol 77',
  ]);
});

test('their cable is out: nothing is asked of the kernel that it would refuse', () => {
  const out = parseKernelState(`[${address('wwan0', '10.64.0.2')},${address('eth0', '192.168.1.2', false)}]\n[]\n`, {
    4: '[]\n',
    6: undefined,
  });
  expect(lines([way], out)).toEqual([
    'route append default dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 99',
  ]);
});

const rule = (priority: number, table: string, more = '') =>
  `{"priority":${priority},"src":"192.168.1.2","table":"${table}","protocol":"77"${more}}`;
const held = parseKernelState(
  `${links}\n[{"dst":"default","dev":"wwan0","prefsrc":"10.64.0.2","metric":99,"scope":"link","flags":[]},{"dst":"default","gateway":"192.168.1.1","dev":"eth0","table":"7701","metric":100,"flags":["onlink"]}]\n`,
  {
    4: `[]\n[${rule(32765, '7701')}]\n[${rule(32764, 'main', ',"suppress_prefixlen":0')},{"priority":32766,"src":"all","table":"main","protocol":"kernel"},{"priority":32764,"src":"all","table":"main","suppress_prefixlen":0}]\n`,
    6: undefined,
  },
);

test('as it should be is left alone, and giving back removes what was added and nothing else', () => {
  expect(lines([way], held)).toEqual([]);
  expect(lines(undefined, held)).toEqual([
    'route append default dev wwan0 table main proto 77 scope link src 10.64.0.2 metric 700',
    'route delete default dev wwan0 table main proto 77 src 10.64.0.2 metric 99',
    'route delete default via 192.168.1.1 dev eth0 table 7701 proto 77 metric 100',
    'rule delete from 192.168.1.2 lookup 7701 priority 32765',
    'rule delete from 192.168.1.2 lookup main suppress_prefixlength 0 priority 32764',
  ]);
});

test('an uplink with an address as one host keeps it, whatever rule of ours is for it', () => {
  const one = links.replace('"local":"192.168.1.2","prefixlen":24', '"local":"192.168.1.2","prefixlen":32');
  const state = parseKernelState(`${one}\n[]\n`, { 4: `[]\n[${rule(32765, '7701')}]\n[]\n`, 6: undefined });
  for (const takenOver of [undefined, [way]])
    expect(
      plan({ ...wanted, takenOver }, state).filter(({ text }) => /^address delete .* dev eth0/.test(text)),
    ).toEqual([]);
  expect(plan(undefined, state).filter(({ text }) => /eth0/.test(text))).toEqual([]);
});

test("in no state of the kernel does a line change somebody else's route, or an address of eth0", () => {
  const states = fc.constantFrom(bare, held);
  const ways = fc.option(
    fc.record({
      family: fc.constant<4>(4),
      interface: fc.constantFrom('eth0', 'eth1', 'wlan0'),
      metric: fc.integer({ min: 0, max: 699 }),
      gateway: fc.option(fc.constantFrom('192.168.1.1', '10.0.0.1'), { nil: undefined }),
      source: fc.option(fc.constantFrom('192.168.1.2', '10.0.0.9'), { nil: undefined }),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(states, ways, fc.boolean(), (state, one, isWanted) => {
      const asked = isWanted ? { ...wanted, takenOver: one && [one] } : undefined;
      for (const { text } of plan(asked, state)) {
        expect(text).not.toMatch(/replace|change|flush|address (add|delete) .* dev eth0/);
        if (text.startsWith('route')) expect(text).toMatch(/ proto 77( |$)/);
        if (text.startsWith('rule add')) expect(text).toMatch(/ protocol 77$/);
        if (text.startsWith('rule delete')) expect(text).toMatch(/from 192\.168\.1\.2 lookup (7701|main suppress)/);
      }
    }),
  );
});
