// The runner: a test for each of its invariants, with activities and a keeper that end when the
// test says so.
import { expect, test } from 'vitest';
import type { Connection, Link } from '../../../src/connection/connection.ts';
import type { Phase } from '../../../src/connection/phase/phase.ts';
import type { Policy } from '../../../src/connection/policy.ts';
import { type Activities, type Happening, Runner } from '../../../src/runner/runner.ts';
import {
  away,
  bearer,
  bearerConnected,
  connected,
  connecting,
  facts,
  failureOf,
  having,
  online,
  policy,
  proven,
  START_MS,
  started,
} from '../connection/builders.ts';
import { SteppedClock, settled } from '../stepped-clock.ts';

interface Activity {
  readonly phase: Phase;
  readonly signal: AbortSignal;
  readonly end: (what?: Happening) => void;
  readonly fail: (error: unknown) => void;
}

interface Keeper {
  readonly link: Link | undefined;
  readonly happened: (what: Happening) => void;
  readonly signal: AbortSignal;
  readonly inUse: () => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

interface RunningOptions extends Partial<Policy> {
  readonly stubborn?: boolean;
  readonly onChange?: (to: Connection) => void;
}

/** The runner over `initial`. What runs ends with its signal, unless `stubborn`. */
function running(
  initial: Connection,
  { stubborn = false, onChange = (_to: Connection): void => {}, ...more }: RunningOptions = {},
) {
  const activities: Activity[] = [];
  const keepers: Keeper[] = [];
  const order: string[] = [];
  const started = (phase: Phase, signal: AbortSignal) =>
    new Promise<Happening | undefined>((resolve, reject) => {
      order.push(`activity ${phase.kind}`);
      activities.push({ phase, signal, end: resolve, fail: reject });
      if (!stubborn) signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  const runner: Runner = new Runner(initial, policy(more), {
    clock: new SteppedClock(START_MS),
    chance: () => 0.5,
    activities: new Proxy({}, { get: () => started }) as Activities,
    keepLink: (link, happened, signal, inUse) =>
      new Promise((resolve, reject) => {
        order.push(`keeper ${link?.wanted.interface ?? 'none'}`);
        keepers.push({ link, happened, signal, inUse, end: resolve, fail: reject });
        if (!stubborn) signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    failureOf: (error) => {
      if (error instanceof TypeError) throw error;
      return failureOf('timeout');
    },
    onChange: (_from, to) => {
      order.push(`told ${to.phase.kind}`);
      onChange(to);
    },
  });
  runner.ended.catch(() => {});
  return { runner, activities, keepers, order };
}

const last = <T>(all: readonly T[]): T => {
  const value = all.at(-1);
  if (value === undefined) throw new Error('nothing was started');
  return value;
};

test('1: an event that onChange brings is decided after the one it was brought by', async () => {
  const seen: string[] = [];
  const { runner } = running(started(), {
    onChange: (to) => {
      seen.push(to.phase.kind);
      if (to.phase.kind === 'connecting') runner.happened({ kind: 'failed', failure: failureOf('timeout') });
    },
  });
  runner.happened(facts(having()));
  await settled();
  expect(seen).toEqual(['connecting', 'waiting']);
  await runner.close();
});

test('2, 4: a change is told first, then the link is kept, then the phase acts', async () => {
  const { runner, order } = running(started());
  runner.happened(facts(connected(bearer())));
  await settled();
  expect(order).toEqual(['told configuring', 'keeper wwan0', 'activity configuring']);
  await runner.close();
});

test('3: what a change does not concern runs on', async () => {
  const { runner, activities, keepers } = running(started());
  runner.happened(facts(connected(bearer())));
  await settled();
  last(keepers).happened({ kind: 'linkApplied' });
  await settled();
  expect(runner.connection.phase.kind).toBe('online');
  const before = [activities.length, keepers.length];
  runner.happened(proven());
  runner.happened(facts({ ...connected(bearer()) }));
  await settled();
  expect([activities.length, keepers.length]).toEqual(before);
  expect([last(activities).signal.aborted, last(keepers).signal.aborted]).toEqual([false, false]);
  await runner.close();
});

test('3: another phase ends the activity of the one before', async () => {
  const { runner, activities } = running(started());
  runner.happened(facts(having()));
  await settled();
  const [first] = activities;
  runner.happened(facts(away));
  await settled();
  expect(first?.signal.aborted).toBe(true);
  expect(last(activities).phase.kind).toBe('absent');
  await runner.close();
});

test('4: the next activity waits for one that does not end, and the runner calls itself stuck', async () => {
  const { runner, activities } = running(started(), { stubborn: true });
  runner.happened(facts(having()));
  await settled();
  runner.happened(facts(away));
  await settled();
  expect(activities).toHaveLength(1);
  expect(runner.stuck).toBe(true);
  last(activities).end();
  await settled();
  expect(activities).toHaveLength(2);
  expect(runner.stuck).toBe(false);
});

test('5: what an activity says after it was ended changes nothing', async () => {
  const { runner, activities } = running(connecting(), { stubborn: true });
  runner.happened(facts(away));
  runner.happened(facts(having()));
  await settled();
  const [first] = activities;
  runner.happened(facts(away));
  await settled();
  const { connection } = runner;
  first?.end(bearerConnected());
  await settled();
  expect(runner.connection).toBe(connection);
});

test('5: what a keeper says after it was ended changes nothing', async () => {
  const { runner, keepers } = running(started());
  runner.happened(facts(connected(bearer())));
  await settled();
  const keeper = last(keepers);
  runner.happened({ kind: 'linkDead', reason: 'nothing answers' });
  await settled();
  expect(keeper.signal.aborted).toBe(true);
  const { connection } = runner;
  keeper.happened({ kind: 'linkDead', reason: 'late' });
  expect(runner.connection).toBe(connection);
  await runner.close();
});

test('6: before ModemManager is heard, a link found on the host is not swept; then it is', async () => {
  const { runner, keepers } = running(started());
  runner.happened(facts(away));
  await settled();
  expect(keepers).toEqual([]);
  runner.happened(facts(having({ state: 'disabled' })));
  await settled();
  expect(keepers.map(({ link }) => link)).toEqual([undefined]);
  await runner.close();
});

test('6: what an earlier run left is swept when ModemManager shows no modem', async () => {
  const { runner, keepers } = running(started());
  runner.happened(facts({ kind: 'no-modem' }));
  await settled();
  expect(keepers.map(({ link }) => link)).toEqual([undefined]);
  await runner.close();
});

test.each([
  [false, [undefined]],
  [true, []],
])(
  '6: what an earlier run left is swept on stop although ModemManager was never heard, unless it is kept (%s)',
  async (keepLink, swept) => {
    const { runner, keepers } = running(started());
    runner.happened({ kind: 'stopRequested', keepLink });
    await settled();
    expect(keepers.map(({ link }) => link)).toEqual(swept);
    await runner.close();
  },
);

test('7: a programming error in an activity ends the process', async () => {
  const { runner, activities } = running(started());
  runner.happened(facts(having()));
  await settled();
  last(activities).fail(new TypeError('x is not a function'));
  await expect(runner.ended).rejects.toThrow('x is not a function');
});

test('7: a programming error in the keeper ends the process', async () => {
  const { runner, keepers } = running(started());
  runner.happened(facts(connected(bearer())));
  await settled();
  last(keepers).fail(new TypeError('x is not a function'));
  await expect(runner.ended).rejects.toThrow('x is not a function');
});

test('what the world does to an activity is the event failed, and no end of the process', async () => {
  const { runner, activities } = running(started());
  runner.happened(facts(having()));
  await settled();
  last(activities).fail(new Error('no answer'));
  await settled();
  expect(runner.connection.phase.kind).toBe('waiting');
  expect(runner.connection.lastFailure?.failure.class).toBe('timeout');
  await runner.close();
});

test('7: it has ended when the modem is disconnected and the link is swept, not before', async () => {
  const { runner, activities, keepers } = running(online(), { stubborn: true });
  let ended = false;
  void runner.ended.then(() => {
    ended = true;
  });
  runner.happened({ kind: 'stopRequested', keepLink: false });
  await settled();
  expect([last(activities).phase.kind, last(keepers).link]).toEqual(['stopping', undefined]);
  last(activities).end();
  await settled();
  expect(ended).toBe(false);
  last(keepers).end();
  await settled();
  expect(ended).toBe(true);
});

test('a stop that keeps the link hangs until its deadline, and ends as a fault', async () => {
  const { runner, activities, keepers } = running(online());
  runner.happened(facts(connected(bearer())));
  await settled();
  runner.happened({ kind: 'stopRequested', keepLink: true });
  await settled();
  last(activities).end();
  await expect(runner.ended).resolves.toBeUndefined();
  expect(last(keepers).link).toBeDefined();
  expect(last(keepers).signal.aborted).toBe(true);
});

test('a stop that keeps the link ends when LTE is behind an uplink that answers, with its name servers', async () => {
  const way = { family: 4, interface: 'eth0', metric: 100 } as const;
  const since = { monotonicMs: START_MS, wallMs: 0 };
  const judged = [{ interface: 'eth0', metric: 100, verdict: 'answers', since }] as const;
  const taken = { since, from: way, bytes: 0, counted: 0 };
  const { uplinks, ...before } = online(policy({ takeOver: true, onStop: 'keep' }));
  const connection = { ...before, uplinks: { ...uplinks, 4: { ways: [way], judged, taken, takenAt: [START_MS] } } };
  const { runner, activities, keepers } = running(connection, { takeOver: true, onStop: 'keep' });
  runner.happened(facts(connected(bearer())));
  await settled();
  let hasEnded = false;
  void runner.ended.then(() => {
    hasEnded = true;
  });
  runner.happened({ kind: 'stopRequested', keepLink: false });
  await settled();
  last(activities).end();
  await settled();
  expect(last(keepers).link?.wanted.takenOver).toBeUndefined();
  expect(hasEnded).toBe(false);
  last(keepers).inUse();
  await settled();
  expect(hasEnded).toBe(true);
});

test('a policy counts from the next event on', async () => {
  const { runner, keepers } = running(started());
  runner.happened(facts(connected(bearer())));
  runner.policy = policy({ metric: 900 });
  runner.happened({ kind: 'reconfigured', relevant: 'link' });
  await settled();
  expect(last(keepers).link?.wanted.metric).toBe(900);
  await runner.close();
});
