// The real `ip monitor` in a real namespace.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followNetlink } from '../../../src/network/link/monitor.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { CommandRunner } from '../../../src/system/command.ts';
import { eventually, type Namespace, openNamespace } from './namespace.ts';

let namespace: Namespace;
let stop: AbortController;
let dirty: number;

beforeEach(async () => {
  namespace = await openNamespace();
  await namespace.ip('link add wwan0 type veth peer name peer0', 'link set wwan0 up', 'link set peer0 up');
  stop = new AbortController();
  dirty = 0;
});
afterEach(() => {
  stop.abort();
  namespace.end();
});

function follow(
  runner: CommandRunner = namespace.runner,
  onTrouble: (error: unknown) => void = () => {},
): Promise<void> {
  const onDirty = () => {
    dirty += 1;
  };
  return followNetlink({ runner, clock: systemClock, interface: 'wwan0', onDirty, onTrouble, signal: stop.signal });
}

test.each([
  ['an address comes', 'address add 10.1.1.1/24 dev wwan0'],
  ['the link goes down', 'link set dev wwan0 down'],
  ['a route comes', 'route add 10.2.0.0/16 dev wwan0'],
  ['a rule comes', 'rule add from 10.1.1.1 lookup 7700'],
])('tells when %s', async (_, line) => {
  void follow();
  await eventually(() => dirty === 1, 'the first reading after the start');
  await namespace.ip(line);
  await eventually(() => dirty > 1, 'told of the change');
});

test('is started again when it ends, and asks for a reading then', async () => {
  const troubles: string[] = [];
  let starts = 0;
  const runner: CommandRunner = {
    ...namespace.runner,
    follow: (argv, onLine, signal) => {
      starts += 1;
      return starts === 1 ? Promise.resolve(255) : namespace.runner.follow(argv, onLine, signal);
    },
  };
  const followed = follow(runner, (error) => troubles.push(String(error)));
  await eventually(() => starts === 2 && dirty > 0, 'started twice');
  expect(troubles).toEqual(['Error: ip monitor ended with 255']);
  stop.abort();
  await followed;
});
