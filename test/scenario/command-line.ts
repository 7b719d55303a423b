// The commands that people type, inside a world. They see the modem's sysfs as ModemManager does:
// not every machine has a USB of its own, in whose place it could be put.
import { places } from '../world/agent/places.ts';
import type { WorldProcess } from '../world/process.ts';
import type { Finished, World } from '../world/world.ts';
import { BUNDLE, CONFIG, RUNTIME_DIRECTORY } from './daemon.ts';

const IN_SYSFS = `mount --rbind ${places.sys} /sys && exec "$@"`;

const argv = (args: readonly string[]) => [
  ...['unshare', '--mount', 'sh', '-c', IN_SYSFS, 'sh'],
  ...[process.execPath, BUNDLE, ...args, '--config', CONFIG],
];

const env = { RUNTIME_DIRECTORY };

/** `percept-lte ARGUMENTS`, with the configuration of the daemon under test, to its end. */
export const perceptLte = (world: World, ...args: readonly string[]): Promise<Finished> =>
  world.run(argv(args), { env, timeoutMs: 180_000 });

/** The same, left running. */
export const startPerceptLte = (world: World, ...args: readonly string[]): Promise<WorldProcess> =>
  world.spawn(argv(args), { env });
