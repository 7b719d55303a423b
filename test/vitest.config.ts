// Where each kind of test is, and what it may cost: unit and component tests run anywhere in
// parallel; the others build worlds of namespaces (test/world), after the worlds' agent has been
// bundled once. The daemon's scenarios run against each ModemManager that prepare has found. The
// PATH of each level is what its needs.mjs declares, and nothing else.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { commandFolder } from './prepare/needs.mjs';
import { modemManagers, modemManagerVersions } from './prepare/releases.mjs';
import { rootOf } from './prepare/unpack.mjs';

/**
 * A world waits more than it works (0.7 of two cores with four at a time), for ModemManager's
 * probing and for deadlines.
 */
const WORLDS_AT_ONCE = 8;

/** These choose their ModemManagers themselves, or have one of their own. */
const ownChoice = ['modem-client', 'multiplexing'].map((name) => `test/scenario/${name}.test.ts`);

/** Only a modem that speaks QMI shows these. */
const qmiOnly = ['test/scenario/qmi.test.ts'];

/** What a ModemManager has a say in. The rest of the scenarios runs once, with the host's own. */
const modemManagersSay = 'test/scenario/releases/**/*.test.ts';

const worldly = {
  globalSetup: ['test/world/global-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  maxConcurrency: 3,
  // Real programs on a host that may be busy: a world that went wrong is built anew once. Twice is
  // a fault.
  retry: 1,
  pool: 'forks' as const,
};

const scenarioPath = await commandFolder('scenario');

/**
 * The machine's (1.20.4 on Debian 12) and those that prepare.mjs found, which names what is left
 * out.
 */
const installed = ['host', ...modemManagerVersions].filter(
  (name) =>
    name === 'host' || modemManagers.some((one) => one.version === name && ![undefined, '/'].includes(rootOf(one))),
);
const scenarios = installed.map((name) => ({
  test: {
    ...worldly,
    name: `modemmanager ${name}`,
    include: [name === 'host' ? 'test/scenario/**/*.test.ts' : modemManagersSay],
    exclude: [...ownChoice, ...qmiOnly],
    env: { WORLD_MODEMMANAGER: name, PATH: scenarioPath },
  },
}));

/** On a modem that speaks QMI: what no other shows, the main job, adoption and restarts. */
const qmiFiles = [
  ...qmiOnly,
  ...['main-job', 'adoption', 'modemmanager'].map((name) => `test/scenario/releases/${name}.test.ts`),
];
const qmiScenarios = installed.map((name) => ({
  test: {
    ...worldly,
    name: `modemmanager ${name} qmi`,
    include: qmiFiles,
    env: { WORLD_MODEMMANAGER: name, WORLD_MODEM: 'qmi', PATH: scenarioPath },
  },
}));

/**
 * Vitest begins with the largest files. Those of the faults are small, have their rows elsewhere,
 * and would keep one core waiting for minutes at the end.
 */
class FaultsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isFault = ({ moduleId }: TestSpecification) => moduleId.includes('/test/faults/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isFault), ...sorted.filter((file) => !isFault(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: FaultsFirst },
    reporters: ['default', './test/retried-reporter.ts'],
    // npm run coverage: only what is asked for by --coverage.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts', 'src/program.ts'],
      reporter: ['json-summary'],
      // A title that failed on a busy machine does not take the numbers away.
      reportOnFailure: true,
      reportsDirectory: 'build/coverage',
    },
    poolOptions: { forks: { maxForks: WORLDS_AT_ONCE, minForks: 1 } },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          env: { PATH: await commandFolder('unit') },
          // The walks are seconds of work, and the cores may be busy with worlds.
          testTimeout: 180_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'component',
          include: ['test/component/**/*.test.ts'],
          env: { PATH: await commandFolder('component') },
          retry: 1,
          testTimeout: 60_000,
          pool: 'forks',
        },
      },
      {
        test: {
          ...worldly,
          name: 'world',
          include: ['test/world/**/*.test.ts', ...ownChoice],
          env: { PATH: await commandFolder('world') },
        },
      },
      {
        test: {
          ...worldly,
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          env: { PATH: await commandFolder('faults') },
        },
      },
      ...scenarios,
      ...qmiScenarios,
    ],
  },
});
