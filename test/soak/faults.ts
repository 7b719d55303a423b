// The faults of a soak: each heals by itself after a random time, whatever else happens meanwhile.
// None ends the daemon, so that one process is watched from the first fault to the last. No connect
// is refused: refusals are rested for, from the second round on for an hour, and while it rests the
// daemon meets none of the others. test/faults has them.

import type { World } from '../world/world.ts';

export interface SoakFault {
  readonly name: string;
  /** `ms` is how long it lasts, where it lasts. */
  readonly run: (world: World, ms: number) => Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lasts `ms`, and is ended whatever happens. */
export async function during(ms: number, begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> {
  try {
    await begin();
    await sleep(ms);
  } finally {
    await end();
  }
}

const ip = async (world: World, ...args: string[]): Promise<void> => {
  await world.run(['ip', ...args]);
};

async function deleteRoutes(world: World): Promise<void> {
  for (const { table } of await world.ip.routes()) {
    await ip(world, 'route', 'del', 'default', 'dev', 'wwan0', 'table', table ?? 'main');
  }
}

async function deleteRules(world: World): Promise<void> {
  for (const { priority } of await world.ip.rules()) await ip(world, 'rule', 'del', 'priority', String(priority));
}

/** systemd starts a killed ModemManager after 100 ms (Restart=on-abort). */
async function killModemManager({ modemManager }: World): Promise<void> {
  await modemManager.kill('SIGKILL');
  await sleep(100);
  await modemManager.start();
}

export const soakFaults: readonly SoakFault[] = [
  { name: 'bearer dropped', run: ({ modem }) => modem.dropBearer() },
  { name: 'bearer dropped with an error', run: ({ modem }) => modem.dropBearer({ networkError: 36 }) },
  { name: 'session dies silently', run: ({ modem }) => modem.dropBearer({ indicate: false }) },
  {
    name: 'out of coverage',
    run: ({ modem }, ms) =>
      during(
        ms,
        () => modem.deregister(),
        () => modem.register(),
      ),
  },
  {
    name: 'registration flaps',
    run: ({ modem }, ms) =>
      during(
        ms,
        () => modem.deregister({ keepSessions: true }),
        () => modem.register(),
      ),
  },
  {
    name: 'registration denied',
    run: ({ modem }, ms) =>
      during(
        ms,
        () => modem.denyRegistration(11),
        () => modem.register(),
      ),
  },
  {
    name: 'connects answered late',
    run: ({ modem }, ms) =>
      during(
        ms,
        () => modem.answerLate(Math.min(ms, 3_000), { only: 'connect' }),
        () => modem.answerLate(0),
      ),
  },
  {
    name: 'modem mute',
    run: ({ modem }, ms) =>
      during(
        ms,
        () => modem.mute(),
        () => modem.unmute(),
      ),
  },
  { name: 'modem resets', run: ({ usb }) => usb.restart(300) },
  {
    name: 'modem pulled out',
    run: ({ usb }, ms) =>
      during(
        ms,
        () => usb.unplug(),
        () => usb.plug(),
      ),
  },
  {
    name: 'SIM pulled out',
    run: ({ sim }, ms) =>
      during(
        ms,
        () => sim.remove(),
        () => sim.insert(),
      ),
  },
  { name: 'ModemManager killed', run: killModemManager },
  { name: 'ModemManager ended', run: ({ modemManager }) => modemManager.terminate() },
  {
    name: 'ModemManager hangs',
    run: ({ modemManager }, ms) =>
      during(
        ms,
        () => modemManager.stop(),
        () => modemManager.continue(),
      ),
  },
  {
    name: 'carrier swallows everything',
    run: ({ carrier }, ms) =>
      during(
        ms,
        () => carrier.swallow(true),
        () => carrier.swallow(false),
      ),
  },
  { name: 'address flushed', run: (world) => ip(world, 'address', 'flush', 'dev', 'wwan0') },
  { name: 'link set down', run: (world) => ip(world, 'link', 'set', 'dev', 'wwan0', 'down') },
  { name: 'MTU changed', run: (world) => ip(world, 'link', 'set', 'dev', 'wwan0', 'mtu', '700') },
  { name: 'foreign address', run: (world) => ip(world, 'address', 'add', '10.99.99.99/24', 'dev', 'wwan0') },
  { name: 'routes deleted', run: deleteRoutes },
  { name: 'rules deleted', run: deleteRules },
  { name: 'modem disabled', run: (world) => world.mmcli('-m', 'any', '--disable').then(() => {}) },
  { name: 'disconnected', run: (world) => world.mmcli('-m', 'any', '--simple-disconnect').then(() => {}) },
];
