// How often a listener is told while the kernel changes all the time; the real monitor is in
// test/component.
import { expect, test } from 'vitest';
import { KernelEvents } from '../../../../src/network/link/monitor.ts';
import { SteppedClock } from '../../stepped-clock.ts';

test('a storm of changes of the link itself is told of once a second, and a single change at once', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  let onLine = (_line: string) => {};
  let told = 0;
  const runner = {
    run: () => Promise.resolve('[]'),
    follow: (_argv: readonly string[], listener: (line: string) => void) => {
      onLine = listener;
      return new Promise<undefined>(() => {});
    },
  };
  const events = new KernelEvents({ commands: runner, clock, onTrouble: () => {} });
  const interest = { kind: 'link', interface: 'wwan0', addresses: [] } as const;
  events.listen(interest, () => (told += 1), stop.signal);
  void events.run(stop.signal);
  await clock.step(1_000);
  expect(told).toBe(1);
  const change = () => onLine('10.2.0.0/16 dev wwan0 scope link');

  for (let i = 0; i < 250; i += 1) {
    change();
    await clock.step(40);
  }
  // Eight at once, then one in each of the ten seconds.
  expect(told - 1).toBeLessThanOrEqual(8 + 10);
  expect(told - 1).toBeGreaterThanOrEqual(8);

  await clock.step(5_000);
  const before = told;
  change();
  await clock.step(30);
  expect(told).toBe(before + 1);
  stop.abort();
});
