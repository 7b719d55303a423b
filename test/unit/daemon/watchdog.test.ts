// systemd's watchdog: it must bite a daemon that hangs, and no other.
import { expect, test } from 'vitest';
import { feedWatchdog } from '../../../src/daemon/watchdog.ts';
import { SteppedClock } from '../stepped-clock.ts';

function watched() {
  const clock = new SteppedClock();
  const state = { stuck: false, fed: 0 };
  const stop = new AbortController();
  const feed = () => {
    state.fed += 1;
  };
  const done = feedWatchdog({ clock, intervalMs: 10_000, stuck: () => state.stuck, feed }, stop.signal);
  /** How often it is fed in this time. */
  const fedIn = async (ms: number) => {
    const before = state.fed;
    await clock.step(ms);
    return state.fed - before;
  };
  return { state, fedIn, stop, done };
}

test('a daemon that gets on is fed at each interval, from its start to its end', async () => {
  const { state, fedIn, stop, done } = watched();
  expect(state.fed).toBe(1);
  expect(await fedIn(60_000)).toBe(6);
  stop.abort();
  await done;
  expect(await fedIn(60_000)).toBe(0);
});

test('work that does not end has a minute; then systemd may kill the daemon', async () => {
  const { state, fedIn } = watched();
  await fedIn(20_000);
  state.stuck = true;
  expect(await fedIn(50_000)).toBe(5);
  expect(await fedIn(120_000)).toBe(0);
});

test('work that ended within its minute was none that hangs: the next one has a minute of its own', async () => {
  const { state, fedIn } = watched();
  state.stuck = true;
  await fedIn(50_000);
  state.stuck = false;
  await fedIn(10_000);
  state.stuck = true;
  expect(await fedIn(50_000)).toBe(5);
});
