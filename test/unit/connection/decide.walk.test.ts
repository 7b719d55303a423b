// Random worlds around the real decide(): ModemManager, modem, SIM, carrier and clocks break and
// mend in any order, the daemon is killed and the board rebooted in between. What must never happen
// is watched at every step; afterwards the world is mended and must lead to online.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { HOUR_MS } from '../../../src/connection/schedule/attempts.ts';
import type { FailureClass } from '../../../src/modem/errors/failure.ts';
import { rungs } from '../../../src/state/memory.ts';
import { policy } from './builders.ts';
import { DaemonWorld } from './world/daemon-world.ts';
import { seeded } from './world/timeline.ts';

const RUNS = Number(process.env.WALK_RUNS ?? 200);
const SEED = process.env.WALK_SEED === undefined ? {} : { seed: Number(process.env.WALK_SEED) };
// As long as so many runs take on a slow machine.
vi.setConfig({ testTimeout: Math.max(600_000, RUNS * 500) });
const YEAR_MS = 365.25 * 24 * HOUR_MS;
const LONGEST_MS = 9 * HOUR_MS; // the longest rest is six hours and a quarter of them, an hour's ceiling after it

type Act = readonly [name: string, act: (world: DaemonWorld) => unknown];

const act = (name: string, run: (world: DaemonWorld) => unknown): fc.Arbitrary<Act> => fc.constant([name, run]);

const carrierSays: readonly ('accepts' | 'silent' | FailureClass)[] = [
  'accepts',
  'silent',
  'coverage',
  'congestion',
  'apn',
  'auth',
  'subscription',
  'sim-missing',
  'sim-error',
  'refused',
  'radio-off',
  'busy',
  'gone',
  'other',
];

const pass = fc
  .oneof(
    fc.integer({ min: 1, max: 3_000 }),
    fc.integer({ min: 1_000, max: 200_000 }),
    fc.integer({ min: 60_000, max: 9_000_000 }),
  )
  .map((ms): Act => [`pass ${ms} ms`, (world) => world.time.advance(ms)]);

const faults: fc.Arbitrary<Act> = fc.oneof(
  act('the bearer is dropped', (w) => w.modem.dropBearer()),
  act('the link dies silently', (w) => (w.modem.zombie = true)),
  fc.boolean().map((comes): Act => [`coverage: ${comes}`, (w) => w.modem.setCoverage(comes)]),
  fc.boolean().map((shut): Act => [`nothing beyond the carrier answers: ${shut}`, (w) => (w.garden = shut)]),
  act('ModemManager crashes', (w) => w.modem.mmStops()),
  act('ModemManager starts', (w) => w.powered && w.modem.mmStarts()),
  act('ModemManager hangs', (w) => w.modem.hang()),
  fc.boolean().map((broken): Act => [`ModemManager broken: ${broken}`, (w) => w.modem.breakModemManager(broken)]),
  act('the modem is unplugged', (w) => w.modem.unplug()),
  act('the modem is plugged in', (w) => w.powered && !w.modem.plugged && w.modem.plug()),
  act('the modem stops answering', (w) => (w.modem.wedged = true)),
  act('disconnecting does not work', (w) => (w.modem.lying = true)),
  act('the modem fails', (w) => w.modem.fail('unknown')),
  act('signal changes', (w) => w.modem.changeSignal()),
  fc.constantFrom(...carrierSays).map((says): Act => [`the carrier: ${says}`, (w) => (w.modem.carrier = says)]),
);

const sims: fc.Arbitrary<Act> = fc.oneof(
  fc
    .integer({ min: 1, max: 3 })
    .map(
      (n): Act => [
        `SIM ${n}, locked`,
        (w) => w.modem.insert({ iccid: `${n}`, pin: `000${n}`, retries: 3, unlocked: false }),
      ],
    ),
  act('SIM 4, without a PIN', (w) => w.modem.insert({ iccid: '4', pin: undefined, retries: 3, unlocked: true })),
  act('no SIM', (w) => w.modem.insert(undefined)),
);

const persons: fc.Arbitrary<Act> = fc.oneof(
  fc
    .integer({ min: 1, max: 4 })
    .map((n): Act => [`reload with PIN 000${n}`, (w) => w.reload({ pin: { reveal: () => `000${n}` } }, 'session')]),
  fc
    .constantFrom('internet', 'iot')
    .map((apn): Act => [`reload with APN ${apn}`, (w) => w.reload({ apns: [apn] }, 'session')]),
  fc
    .integer({ min: 700, max: 702 })
    .map((metric): Act => [`reload with metric ${metric}`, (w) => w.reload({ metric }, 'link')]),
  act('reload with another modem, and back', (w) => w.reload({}, 'session', true)),
  act('reload with nothing relevant', (w) => w.reload({}, 'nothing')),
  act('the daemon is killed and started', (w) => {
    w.kill();
    w.start();
  }),
  fc.integer({ min: 1, max: 100_000 }).map(
    (ms): Act => [
      `the daemon is killed and started after ${ms} ms`,
      (w) => {
        w.kill();
        w.time.after(ms, () => w.start());
      },
    ],
  ),
);

const clocks: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 5_000, max: 3_000_000 }), fc.constantFrom(0, 0, -30_000_000, -10 * YEAR_MS, 10 * YEAR_MS))
    .map(([off, jump]): Act => [`power off for ${off} ms, the clock jumps ${jump}`, (w) => w.reboot(off, jump)]),
  fc.constantFrom(-5 * YEAR_MS, 5 * YEAR_MS).map(
    (jump): Act => [
      `the clock jumps ${jump}`,
      (w) => {
        w.wallOffsetMs += jump;
      },
    ],
  ),
);

const story = (...extra: readonly fc.Arbitrary<Act>[]) =>
  fc.array(fc.oneof(pass, pass, faults, persons, ...extra), { minLength: 5, maxLength: 60 });

const told = (acts: readonly Act[]) => acts.map(([name]) => name).join('; ');
async function live(
  seed: number,
  acts: readonly Act[],
  configure: (world: DaemonWorld) => void = () => {},
): Promise<DaemonWorld> {
  const world = new DaemonWorld(seeded(seed));
  configure(world);
  world.start();
  for (const [, run] of acts) {
    await run(world);
    await world.time.advance(5);
  }
  return world;
}

/**
 * What a healthy world is: everything works, and what has failed for good is found working when it
 * is restarted.
 */
async function mend(world: DaemonWorld): Promise<void> {
  await world.time.advance(60_000);
  await world.time.advance(HOUR_MS, () => world.powered);
  world.start();
  world.garden = false;
  const { modem } = world;
  modem.mmBroken = false;
  modem.carrier = 'accepts';
  modem.zombie = false;
  modem.lying = false;
  modem.wedged = false;
  if (modem.sim === undefined || modem.sim.pin !== undefined)
    modem.insert({ iccid: '9', pin: undefined, retries: 3, unlocked: true });
  if (!modem.plugged) modem.plug();
  if (modem.mm === 'hung') modem.mm = 'up';
  modem.setCoverage(true);
  modem.changeSignal();
}

/** With the settings in force: none waits for the ceiling any more. */
const isOnline = (world: DaemonWorld) => () => {
  const { phase, proof } = world.connection ?? {};
  return phase?.kind === 'online' && phase.renewal === undefined && proof !== undefined;
};
const broken = (world: DaemonWorld) => [...world.watch.violations, ...world.modem.violations];

test('whatever breaks in whatever order: nothing forbidden happens, and a mended world leads to online', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), story(sims, clocks), async (seed, acts) => {
      const world = await live(seed, acts);
      await mend(world);
      const back = await world.time.advance(LONGEST_MS, isOnline(world));
      for (const phase of world.watch.phases) reached.add(phase);
      expect(broken(world), told(acts)).toEqual([]);
      expect(back, `${told(acts)}\n${JSON.stringify(world.connection)}`).toBe(true);
    }),
    { numRuns: RUNS, ...SEED },
  );
  expect([...reached].sort()).toEqual([
    'absent',
    'blocked',
    'configuring',
    'connecting',
    'enabling',
    'online',
    'recovering',
    'registering',
    'riding',
    'settling',
    'unlocking',
    'waiting',
  ]);
});

test('with every rung allowed, resets and reboots stay within their caps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), story(clocks), async (seed, acts) => {
      const world = await live(seed, acts, (w) => {
        w.policy = policy({ allowedRungs: new Set(rungs), attemptsPerHour: 12 });
      });
      await mend(world);
      const back = await world.time.advance(LONGEST_MS, isOnline(world));
      expect(broken(world), told(acts)).toEqual([]);
      expect(back, `${told(acts)}\n${JSON.stringify(world.connection)}`).toBe(true);
    }),
    { numRuns: RUNS, ...SEED },
  );
});

test('with two attempts an hour, reloads end no session that no other may follow, and take effect in the end', async () => {
  const reloads = fc
    .constantFrom('internet', 'iot', 'm2m')
    .map((apn): Act => [`reload with APN ${apn}`, (w) => w.reload({ apns: [apn] }, 'session')]);
  let waited = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), story(reloads, reloads), async (seed, acts) => {
      const world = await live(seed, acts, (w) => {
        w.policy = policy({ attemptsPerHour: 2 });
      });
      await mend(world);
      waited += world.watch.renewals;
      const back = await world.time.advance(LONGEST_MS, isOnline(world));
      expect(broken(world), told(acts)).toEqual([]);
      expect(back, `${told(acts)}\n${JSON.stringify(world.connection)}`).toBe(true);
      expect(world.policy.apns, told(acts)).toContain(world.connection?.link?.apn);
    }),
    { numRuns: RUNS, ...SEED },
  );
  expect(waited).toBeGreaterThan(0);
});

test('a data plan that is used up is never connected past, and one that is renewed leads to online', async () => {
  const plans = fc.boolean().map((isUsedUp): Act => [`the plan is used up: ${isUsedUp}`, (w) => w.usePlanUp(isUsedUp)]);
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), story(plans, plans), async (seed, acts) => {
      const world = await live(seed, acts);
      world.usePlanUp(true);
      await mend(world);
      await world.time.advance(HOUR_MS);
      expect(world.connection?.link, told(acts)).toBeUndefined();
      world.usePlanUp(false);
      const back = await world.time.advance(LONGEST_MS, isOnline(world));
      for (const phase of world.watch.phases) reached.add(phase);
      expect(broken(world), told(acts)).toEqual([]);
      expect(back, `${told(acts)}\n${JSON.stringify(world.connection)}`).toBe(true);
    }),
    { numRuns: Math.ceil(RUNS / 4), ...SEED },
  );
  expect([...reached]).toContain('plan-used-up');
});

test('without refusals by the carrier, a mended world leads to online within 80 minutes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.oneof(pass, faults), { minLength: 5, maxLength: 40 }),
      async (seed, acts) => {
        const kind = acts.filter(([name]) => !/carrier: (apn|auth|refused|subscription)/.test(name));
        const world = await live(seed, kind);
        await mend(world);
        const back = await world.time.advance(80 * 60_000, isOnline(world));
        expect(back, `${told(kind)}\n${JSON.stringify(world.connection)}`).toBe(true);
      },
    ),
    { numRuns: RUNS, ...SEED },
  );
});

test.each(['coverage', 'congestion', 'apn', 'auth', 'subscription', 'sim-missing', 'sim-error', 'pin', 'puk'] as const)(
  'a carrier that answers %s for a day is climbed for by no rung, and attempts stay rare',
  async (says) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const world = await live(seed, [], (w) => {
          w.modem.carrier = says;
          w.policy = policy();
        });
        await world.time.advance(24 * HOUR_MS);
        expect(broken(world)).toEqual([]);
        expect([...world.watch.climbs.keys()]).toEqual([]);
        expect(world.watch.phases.has('recovering')).toBe(false);
        expect(world.watch.attempts.length).toBeLessThanOrEqual(24 * 30);
      }),
      { numRuns: 8, ...SEED },
    );
  },
  60_000,
);

test('a carrier beyond which nothing answers for a day is climbed for by no rung, and asked once an hour', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const world = await live(seed, [], (w) => {
        w.policy = policy({ allowedRungs: new Set(rungs) });
      });
      await world.time.advance(HOUR_MS);
      world.garden = true;
      const before = world.watch.attempts.length;
      await world.time.advance(24 * HOUR_MS);
      expect(broken(world)).toEqual([]);
      // The session is ended, and nothing else is done.
      expect([...world.watch.climbs.keys()]).toEqual(['reconnect']);
      expect(world.connection?.memory.climbs).toEqual({});
      const attempts = world.watch.attempts.length - before;
      expect(attempts).toBeGreaterThanOrEqual(20);
      expect(attempts).toBeLessThanOrEqual(24);
    }),
    { numRuns: 5, ...SEED },
  );
}, 60_000);

test.each(['refused', 'radio-off'] as const)(
  'a carrier or a switch that answers %s for a day is climbed for by no rung above the radio cycle',
  async (says) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const world = await live(seed, [], (w) => {
          w.modem.carrier = says;
          w.policy = policy({ allowedRungs: new Set(rungs) });
        });
        await world.time.advance(24 * HOUR_MS);
        expect(broken(world)).toEqual([]);
        expect(rungs.slice(rungs.indexOf('cycle-radio') + 1).filter((rung) => world.watch.climbs.has(rung))).toEqual(
          [],
        );
        expect(world.watch.attempts.length).toBeLessThanOrEqual(24 * 30);
      }),
      { numRuns: 5, ...SEED },
    );
  },
  60_000,
);

test('out of coverage for a day: nothing but the safety tries and a radio cycle an hour', async () => {
  const world = await live(1, [], (w) => {
    w.modem.coverage = false;
  });
  await world.time.advance(24 * HOUR_MS);
  expect(broken(world)).toEqual([]);
  expect(world.watch.attempts.length).toBeLessThanOrEqual(24 * 4);
  expect([...world.watch.climbs.keys()]).toEqual(['cycle-radio']);
  expect(world.watch.climbs.get('cycle-radio')?.length).toBeLessThanOrEqual(24);
});
