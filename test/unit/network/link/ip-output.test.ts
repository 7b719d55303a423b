// Whatever `ip` prints, of whichever version: it is understood, or refused by name.
// FUZZ_RUNS=100000 for a run of its own.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKernelState } from '../../../../src/network/link/kernel-state.ts';
import { KernelEvents } from '../../../../src/network/link/monitor.ts';
import { plan } from '../../../../src/network/link/plan.ts';
import { LinkError, type WantedLink } from '../../../../src/network/link/wanted-link.ts';
import { readUplinks } from '../../../../src/network/uplinks.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const options = { numRuns: Number(process.env.FUZZ_RUNS ?? 300) };
const wanted: WantedLink = {
  interface: 'wwan0',
  addresses: [
    { address: '10.0.0.2', prefixLength: 24 },
    { address: '2001:db8::2', prefixLength: 64 },
  ],
  gateway4: '10.0.0.1',
  gateway6: 'fe80::1',
  slaac: { linkLocal: 'fe80::2' },
  defaultRoute: true,
  metric: 700,
};

const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.2', '2001:db8::2', '10.0.0.1', '', 'all'));
const word = fc.oneof(
  fc.constantFrom('wwan0', 'eth0', 'default', 'main', '7700', 'percept-lte', '77', 'inet', 'inet6'),
  fc.string(),
);
const value = fc.oneof(address, word, fc.integer(), fc.boolean(), fc.constant(null), fc.array(word, { maxLength: 3 }));
const keys = [
  'ifname',
  'flags',
  'mtu',
  'family',
  'local',
  'address',
  'prefixlen',
  'scope',
  'dynamic',
  'dst',
  'gateway',
  'dev',
];
const routeKeys = ['type', 'table', 'prefsrc', 'metric', 'pref', 'priority', 'src', 'srclen', 'protocol', 'nexthops'];
const entry = fc.dictionary(fc.constantFrom(...keys, ...routeKeys), value);
const link = fc.record({
  ifname: word,
  flags: fc.array(fc.constantFrom('UP', 'NOARP', 'x')),
  mtu: fc.nat(),
  addr_info: fc.array(
    fc.record({ family: fc.constantFrom('inet', 'inet6'), local: address, prefixlen: fc.nat(128), scope: word }),
    { maxLength: 3 },
  ),
});
const route = fc.record({
  dst: fc.oneof(address, fc.constant('default')),
  dev: word,
  prefsrc: address,
  metric: fc.nat(),
});
const rule = fc.record({ priority: fc.nat(), src: address, table: word });
const printed = fc.oneof(
  fc.string(),
  fc.array(fc.oneof(entry, link, route, rule), { maxLength: 4 }).map((list) => JSON.stringify(list)),
);

test('a reading is planned from, or refused by name', () => {
  fc.assert(
    fc.property(printed, printed, fc.option(printed, { nil: undefined }), printed, (links, routes, rules4, rules6) => {
      try {
        const state = parseKernelState(`${links}\n${routes}\n`, { 4: rules4, 6: rules6 });
        plan(undefined, state);
        // What is added comes from the wanted link alone.
        const added = plan(wanted, state).filter(({ kind }) => kind !== 'delete');
        for (const { text } of added) expect(text).toMatch(/^[a-z]+ [\w .:/-]+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(LinkError);
      }
    }),
    options,
  );
});

test('default routes are read, or refused by name', async () => {
  const signal = new AbortController().signal;
  await fc.assert(
    fc.asyncProperty(printed, printed, async (ipv4, ipv6) => {
      const runner = {
        run: (argv: readonly string[]) => Promise.resolve(argv.includes('-6') ? ipv6 : ipv4),
        follow: () => Promise.resolve(undefined),
      };
      await readUplinks(runner, signal).catch((error: unknown) => expect(error).toBeInstanceOf(LinkError));
    }),
    options,
  );
});

test('no line of the monitor is an error', () => {
  const stop = new AbortController();
  let hear = (_line: string) => {};
  const runner = {
    run: () => Promise.resolve('[]'),
    follow: (_argv: readonly string[], onLine: (line: string) => void) => {
      hear = onLine;
      return new Promise<undefined>(() => {});
    },
  };
  const events = new KernelEvents({ commands: runner, clock: new SteppedClock(), onTrouble: () => {} });
  events.listen({ kind: 'link', interface: 'wwan0', addresses: ['10.0.0.2'] }, () => {}, stop.signal);
  events.listen({ kind: 'uplinks' }, () => {}, stop.signal);
  void events.run(stop.signal);
  const part = fc.oneof(word, address, fc.constantFrom('Deleted', '3:', 'dev', 'via', 'proto', 'lookup', 'from', '\\'));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join(' ')),
      ),
      (line) => hear(line),
    ),
    options,
  );
  stop.abort();
});
