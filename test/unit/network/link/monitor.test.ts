// How often a listener is told while the kernel changes all the time; the real monitor is in
// test/component.
import { expect, test } from 'vitest';
import { KernelEvents } from '../../../../src/network/link/monitor.ts';
import type { RunOptions } from '../../../../src/system/command.ts';
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

test('the ways out are read for each who asks, though nothing has changed', async () => {
  const clock = new SteppedClock();
  const stop = new AbortController();
  let onLine = (_line: string) => {};
  let end = () => {};
  let processes = 0;
  const commands = {
    run: () => {
      processes += 1;
      return Promise.resolve('[{"dst":"default","dev":"eth0","metric":100}]');
    },
    follow: (_argv: readonly string[], listener: (line: string) => void) => {
      onLine = listener;
      return new Promise<undefined>((resolve) => {
        end = () => resolve(undefined);
      });
    },
  };
  const events = new KernelEvents({ commands, clock, onTrouble: () => {} });
  const processesOf = async (asks: number) => {
    const before = processes;
    for (let ask = 0; ask < asks; ask += 1) await events.uplinks(stop.signal);
    return processes - before;
  };
  void events.run(stop.signal);
  // Not before changes are heard of.
  expect(await processesOf(2)).toBe(2);
  await clock.step(1_000);
  expect(await processesOf(3)).toBe(0);
  onLine('2: eth7    inet 10.0.0.1/24 scope global eth7');
  expect(await processesOf(3)).toBe(0);
  onLine('Deleted default via 192.168.7.1 dev eth0 metric 100');
  expect(await processesOf(3)).toBe(1);
  onLine('2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500');
  expect(await processesOf(3)).toBe(1);
  events.forgetUplinks();
  expect(await processesOf(3)).toBe(1);
  // Of two who ask at once, one waits for the other's.
  events.forgetUplinks();
  const before = processes;
  await Promise.all([events.uplinks(stop.signal), events.uplinks(stop.signal)]);
  expect(processes - before).toBe(1);
  end();
  await clock.step(50);
  expect(await processesOf(2)).toBe(2);
  stop.abort();
});

test('who asks for the ways out while another reads them is not left without when that one gives up', async () => {
  const clock = new SteppedClock();
  const [stop, first] = [new AbortController(), new AbortController()];
  const commands = {
    run: (_argv: readonly string[], { signal }: RunOptions) =>
      signal === first.signal
        ? new Promise<string>((_, reject) => first.signal.addEventListener('abort', () => reject(first.signal.reason)))
        : Promise.resolve('[{"dst":"default","dev":"eth0","metric":100}]'),
    follow: () => new Promise<undefined>(() => {}),
  };
  const events = new KernelEvents({ commands, clock, onTrouble: () => {} });
  void events.run(stop.signal);
  await clock.step(1_000);
  events.forgetUplinks();
  const givenUp = events.uplinks(first.signal).catch(() => 'given up');
  const waits = events.uplinks(stop.signal);
  first.abort();
  expect(await givenUp).toBe('given up');
  expect(await waits).toMatchObject([{ interface: 'eth0' }]);
  stop.abort();
});
