// Whether an uplink leads to the internet, and whether LTE does. The host's ping is the test's.
import { expect, test } from 'vitest';
import type { BetterWay } from '../../../../src/connection/uplinks/better-ways.ts';
import type { ProbeTarget } from '../../../../src/network/reachability/probe/attempt.ts';
import { WayAsker } from '../../../../src/runner/uplinks/ask-way.ts';
import { CommandError } from '../../../../src/system/command.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const never = new AbortController().signal;
const eth0: BetterWay = { family: 4, interface: 'eth0', metric: 100, source: '192.168.1.2' };
const lte = { interface: 'wwan0', addresses: [{ address: '10.64.0.2', prefixLength: 30 }] };
const ONE = '8.8.8.8';
const OTHER = '9.9.9.9';

/**
 * Two hosts of the internet, of which over each interface those in `answering` answer. `chatter`:
 * bytes that come in by themselves at each question.
 */
function asking({ chatter = 0, isQuiet = false } = {}) {
  const answering = new Set<string>();
  const asked: string[] = [];
  const spent: number[] = [];
  const bytes = { rxBytes: 0, txBytes: 0, rxPackets: 0, hasArp: false };
  const ping = (argv: readonly string[]): Promise<string> => {
    const [host = '', name = ''] = [argv.at(-1), argv.at(-2)];
    asked.push(`${host} by ${name} from ${argv[argv.indexOf('-I') + 1]}`);
    bytes.txBytes += 44;
    bytes.rxBytes += chatter;
    bytes.rxPackets += chatter > 0 ? 1 : 0;
    if (!answering.has(`${host} ${name}`)) return Promise.reject(new CommandError(argv, 1, ''));
    bytes.rxBytes += 44;
    bytes.rxPackets += 1;
    return Promise.resolve('');
  };
  const targets: readonly ProbeTarget[] = [ONE, OTHER].map((address) => ({ kind: 'icmp', address }));
  const asker = new WayAsker({
    commands: {
      run: (argv) => (argv[0] === 'ping' ? ping(argv) : Promise.resolve('[]')),
      follow: () => Promise.resolve(undefined),
    },
    clock: new SteppedClock(),
    counters: () => Promise.resolve({ ...bytes }),
    isQuiet: () => isQuiet,
    spent: (cost) => spent.push(cost),
    settings: () => ({ targets, dnsName: '.' }),
  });
  return { asker, answering, asked, spent };
}

test('an uplink through which somebody answers is asked from its own address', async () => {
  const { asker, answering, asked, spent } = asking();
  answering.add(`${ONE} eth0`);
  expect(await asker.ask(eth0, never)).toBe('answers');
  expect(asked).toEqual([`${ONE} by eth0 from 192.168.1.2`]);
  expect(spent).toEqual([]); // it is not LTE's data
});

test('one through which nobody answers is silent, and everybody was asked', async () => {
  const { asker, asked } = asking();
  expect(await asker.ask(eth0, never)).toBe('silent');
  expect(asked).toHaveLength(2);
});

test('of one without an address nothing can be told', async () => {
  const { asker, asked } = asking();
  expect(await asker.ask({ ...eth0, source: undefined }, never)).toBe('unclear');
  expect(asked).toEqual([]);
});

test('whom an uplink filters is asked last there, and first elsewhere', async () => {
  const { asker, answering, asked } = asking();
  for (const name of ['eth0', 'wlan0']) answering.add(`${OTHER} ${name}`);
  for (let round = 0; round < 3; round += 1) await asker.ask(eth0, never);
  asked.length = 0;
  await asker.ask(eth0, never);
  await asker.ask({ ...eth0, interface: 'wlan0' }, never);
  expect(asked.map((what) => what.split(' from')[0])).toEqual([
    `${OTHER} by eth0`,
    `${ONE} by wlan0`,
    `${OTHER} by wlan0`,
  ]);
});

test('LTE reaches what answers over it, and what it cost is told', async () => {
  const { asker, answering, spent } = asking();
  answering.add(`${ONE} wwan0`);
  expect(await asker.linkReaches(lte, 4, never)).toBe(true);
  expect(spent).toEqual([88]);
});

test('bytes that come in by themselves are no proof that LTE reaches anything', async () => {
  const { asker, spent } = asking({ chatter: 60 });
  expect(await asker.linkReaches(lte, 4, never)).toBe(false);
  expect(spent).toEqual([176]);
});

test.each<readonly [string, object, 4 | 6]>([
  ['with its data plan used up', { isQuiet: true }, 4],
  ['without an address of the family', {}, 6],
])('LTE is not asked %s', async (_, options, family) => {
  const { asker, asked } = asking(options);
  expect(await asker.linkReaches(lte, family, never)).toBe(false);
  expect(asked).toEqual([]);
});

test('a question that is called off ends with the reason', async () => {
  const { asker } = asking();
  const reason = new Error('superseded');
  await expect(asker.ask(eth0, AbortSignal.abort(reason))).rejects.toBe(reason);
});
