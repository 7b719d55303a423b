// LatestTask: a test for each of its invariants.
import { expect, test } from 'vitest';
import { LatestTask } from '../../../src/runner/latest-task.ts';
import { settled } from '../stepped-clock.ts';

/** A task that ends when it is told to, whatever its signal says. */
function controlled() {
  let end: () => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const state = { started: false, signal: undefined as AbortSignal | undefined };
  const work = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      state.started = true;
      state.signal = signal;
      end = resolve;
      fail = reject;
    });
  return { state, work, end: () => end(), fail: (error: unknown) => fail(error) };
}

test('1, 2: the next task starts only when the one before has ended', async () => {
  const task = new LatestTask();
  const [first, second] = [controlled(), controlled()];
  const firstRun = task.start(first.work);
  await settled();
  const secondRun = task.start(second.work);
  await settled();
  expect(second.state.started).toBe(false);
  expect(task.stuck).toBe(true);
  first.end();
  await firstRun;
  await settled();
  expect(second.state.started).toBe(true);
  expect(task.stuck).toBe(false);
  second.end();
  await secondRun;
});

test('2: a task that rejects is told to whoever started it, and does not hold up the next', async () => {
  const task = new LatestTask();
  const [first, second] = [controlled(), controlled()];
  const firstRun = task.start(first.work);
  await settled();
  const told = expect(firstRun).rejects.toThrow('broken');
  const secondRun = task.start(second.work);
  first.fail(new Error('broken'));
  await told;
  await settled();
  expect(second.state.started).toBe(true);
  second.end();
  await secondRun;
});

test('3: starting and stopping abort the task before at once', async () => {
  const task = new LatestTask();
  const [first, second] = [controlled(), controlled()];
  const runs = [task.start(first.work)];
  await settled();
  runs.push(task.start(second.work));
  expect(first.state.signal?.aborted).toBe(true);
  first.end();
  await settled();
  const stopping = task.stop();
  expect(second.state.signal?.aborted).toBe(true);
  second.end();
  await stopping;
  await Promise.all(runs);
});

test('4: a task that is superseded while it waits never starts', async () => {
  const task = new LatestTask();
  const [first, second, third] = [controlled(), controlled(), controlled()];
  const runs = [task.start(first.work)];
  await settled();
  runs.push(task.start(second.work), task.start(third.work));
  first.end();
  await settled();
  expect([second.state.started, third.state.started]).toEqual([false, true]);
  third.end();
  await Promise.all(runs);
});

test('idle waits for the end without bringing it about, also for one that fails', async () => {
  const task = new LatestTask();
  const first = controlled();
  const run = task.start(first.work);
  run.catch(() => {});
  await settled();
  let idle = false;
  const waiting = task.idle().then(() => {
    idle = true;
  });
  await settled();
  expect([idle, first.state.signal?.aborted]).toEqual([false, false]);
  first.fail(new Error('broken'));
  await waiting;
  expect(idle).toBe(true);
});
