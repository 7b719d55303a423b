// Faults of the host for a soak: its files, its firewall, its disk, its hooks.

import type { World } from '../world/world.ts';
import { during, type SoakFault } from './faults.ts';

const RESOLV_CONF = '/etc/resolv.conf';
const HOOK = '/etc/percept-lte.d/50-slow';
const STATE = '/run/world/state';

const run = async (world: World, ...argv: string[]): Promise<void> => {
  await world.run(argv);
};

async function plainResolvConf(world: World): Promise<void> {
  await run(world, 'rm', '-f', RESOLV_CONF);
  await world.files.write(RESOLV_CONF, 'nameserver 192.168.77.1\n');
}

/** Every packet that leaves by the modem is refused. */
const killSwitch = `table inet soak {
  chain out {
    type filter hook output priority 0
    oifname "wwan*" reject
  }
}
`;

async function readOnlyState(world: World): Promise<void> {
  await run(world, 'mount', '--bind', STATE, STATE);
  await run(world, 'mount', '-o', 'remount,bind,ro', STATE);
}

export const hostSoakFaults: readonly SoakFault[] = [
  { name: 'resolv.conf rewritten', run: plainResolvConf },
  {
    name: 'resolv.conf leads to /dev/null',
    run: (world, ms) =>
      during(
        ms,
        () => run(world, 'ln', '-sf', '/dev/null', RESOLV_CONF),
        () => plainResolvConf(world),
      ),
  },
  {
    name: 'a firewall refuses what leaves',
    run: (world, ms) =>
      during(
        ms,
        () => world.run(['nft', '-f', '-'], { input: killSwitch }),
        () => run(world, 'nft', 'delete', 'table', 'inet', 'soak'),
      ),
  },
  {
    name: 'the state directory is read-only',
    run: (world, ms) =>
      during(
        ms,
        () => readOnlyState(world),
        () => run(world, 'umount', '-l', STATE),
      ),
  },
  {
    name: 'a hook is slow, and leaves something running',
    run: (world, ms) =>
      during(
        ms,
        () => world.files.write(HOOK, '#!/bin/sh\nsleep 300 &\nsleep 3\n', 0o755),
        () => world.files.remove(HOOK),
      ),
  },
];
