// `worldTest`: a vitest test with a world and a way to start the daemon in it; both end with the
// test, and a failure shows the journal.
import { test } from 'vitest';
import { World, type WorldOptions } from '../world/world.ts';
import { type DaemonOptions, DaemonUnderTest } from './daemon.ts';

export interface DaemonInWorld {
  readonly world: World;
  /** Starts the daemon. */
  readonly start: (options?: DaemonOptions) => Promise<DaemonUnderTest>;
}

/** One test in one world of its own. */
export function worldTest(title: string, options: WorldOptions, body: (given: DaemonInWorld) => Promise<void>): void {
  test(title, async ({ onTestFailed }) => {
    const world = await World.start(options);
    const daemons: DaemonUnderTest[] = [];
    onTestFailed(() => {
      for (const daemon of daemons) process.stderr.write(`--- journal of "${title}"\n${daemon.journal}\n`);
    });
    try {
      await body({
        world,
        start: async (daemonOptions) => {
          const daemon = await DaemonUnderTest.start(world, daemonOptions);
          daemons.push(daemon);
          return daemon;
        },
      });
    } finally {
      await world.stop();
    }
  });
}
