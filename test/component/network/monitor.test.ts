// The real `ip monitor` in a real namespace: who is told of what, and of what nobody is.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Interest, KernelEvents } from '../../../src/network/link/monitor.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { CommandRunner } from '../../../src/system/command.ts';
import { eventually, type Namespace, openNamespace } from './namespace.ts';

const link: Interest = { kind: 'link', interface: 'wwan0', addresses: ['10.1.1.1', '2001:DB8:0::7'] };
const uplinks: Interest = { kind: 'uplinks' };

let namespace: Namespace;
let stop: AbortController;
let told: number;

beforeEach(async () => {
  namespace = await openNamespace();
  await namespace.ip(
    'link add wwan0 type veth peer name peer0',
    'link set wwan0 up',
    'link set peer0 up',
    'link add eth0 type veth peer name lan',
    'link set eth0 up',
    'link set lan up',
    'address add 192.168.7.2/24 dev eth0',
    'route add default via 192.168.7.1 dev eth0',
  );
  stop = new AbortController();
  told = 0;
});
afterEach(() => {
  stop.abort();
  namespace.end();
});

function follow(
  interest: Interest,
  runner: CommandRunner = namespace.runner,
  onTrouble: (error: unknown) => void = () => {},
): Promise<void> {
  const events = new KernelEvents({ commands: runner, clock: systemClock, onTrouble });
  events.listen(
    interest,
    () => {
      told += 1;
    },
    stop.signal,
  );
  return events.run(stop.signal);
}

const ms = (duration: number) => new Promise((resolve) => setTimeout(resolve, duration));

/**
 * Follows until the reading after the start is over, and the interfaces of the default routes are
 * known.
 */
async function settled(interest: Interest): Promise<void> {
  void follow(interest);
  await eventually(() => told === 1, 'the first reading after the start');
  await ms(200);
}

test.each([
  [link, 'an address comes to the link', ['address add 10.1.1.1/32 dev wwan0']],
  [link, 'the link goes down', ['link set dev wwan0 down']],
  [link, 'a route over the link comes', ['route add 10.2.0.0/16 dev wwan0']],
  [
    link,
    'the rule to the main table goes',
    ['rule delete from all lookup main', 'rule add from all lookup main pref 32766'],
  ],
  [link, 'a rule to our table goes', ['rule add from 10.1.1.1 lookup 7700', 'rule delete from 10.1.1.1 lookup 7700']],
  [link, 'a route with our protocol comes elsewhere', ['route add 10.2.0.0/16 dev eth0 proto 77']],
  [link, 'another interface gets our address', ['address add 10.1.1.1/24 dev eth0']],
  [link, 'another interface gets our IPv6 address', ['address add 2001:db8::7/64 dev eth0 nodad']],
  [link, 'a default route of somebody else may have replaced ours', ['route replace unreachable default metric 700']],
  [link, 'the interface is deleted', ['link delete wwan0']],
  [uplinks, 'a default route comes', ['route add default dev wwan0 metric 5']],
  [uplinks, 'a default route goes', ['route delete default dev eth0']],
  [uplinks, 'an IPv6 default route comes', ['route add ::/0 dev wwan0 metric 5']],
  [uplinks, 'the link of a default route goes down, of which the kernel tells no route', ['link set eth0 down']],
  [uplinks, 'the address of a default route goes', ['address delete 192.168.7.2/24 dev eth0']],
] as const)('%j tells when %s', async (interest, _, lines) => {
  await settled(interest);
  await namespace.ip(...lines);
  await eventually(() => told > 1, 'told of the change');
});

test('a link that is renamed is told of, once it has been seen', async () => {
  await settled(link);
  await namespace.ip('link set wwan0 down');
  await eventually(() => told === 2, 'seen');
  await namespace.ip('link set wwan0 name lte0');
  await eventually(() => told === 3, 'told of the new name');
});

test.each([link, uplinks])('what is none of its business is not told to %j', async (interest) => {
  await settled(interest);
  await namespace.ip(
    'link add veth1 type veth peer name veth2',
    'link set veth1 up',
    'link set veth2 up',
    'address add 10.1.1.11/24 dev veth1',
    'address add 2001:db8::77/64 dev veth1 nodad',
    'route add 10.9.0.0/16 via 192.168.7.1 dev eth0',
    'route add 10.10.0.0/16 dev veth1 table 77001',
    'rule add from 10.9.9.9 lookup 52 priority 5270',
    'rule delete from 10.9.9.9 lookup 52 priority 5270',
    'link delete veth1',
  );
  await ms(300);
  expect(told).toBe(1);
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
  const followed = follow(link, runner, (error) => troubles.push(String(error)));
  await eventually(() => starts === 2 && told > 0, 'started twice');
  expect(troubles).toEqual(['Error: ip monitor ended with 255']);
  stop.abort();
  await followed;
});
