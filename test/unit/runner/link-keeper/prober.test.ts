// What the prober remembers from round to round: what answered at which APN, and what the day has
// cost. The host's ping is the test's.
import { expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import type { Counters } from '../../../../src/network/reachability/counters.ts';
import { DailyBudget } from '../../../../src/runner/link-keeper/daily-budget.ts';
import { Prober } from '../../../../src/runner/link-keeper/prober.ts';
import { CommandError } from '../../../../src/system/command.ts';
import { online } from '../../connection/builders.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

function linkAt(apn: string): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  return { ...link, apn };
}

/** A prober of two hosts, of which those in `answering` answer. */
function probing({ dailyBytes = 2_000 } = {}) {
  const clock = new SteppedClock();
  const answering = new Set<string>();
  const asked: string[] = [];
  const counters: { -readonly [key in keyof Counters]: Counters[key] } = {
    rxBytes: 0,
    txBytes: 0,
    rxPackets: 0,
    hasArp: false,
  };
  const ping = (argv: readonly string[]): Promise<string> => {
    const host = argv.at(-1) ?? '';
    asked.push(host);
    counters.txBytes += 44;
    if (!answering.has(host)) return Promise.reject(new CommandError(argv, 1, ''));
    counters.rxBytes += 44;
    counters.rxPackets += 1;
    return Promise.resolve('');
  };
  const prober = new Prober({
    commands: { run: ping, follow: () => Promise.resolve(undefined) },
    clock,
    settings: () => ({
      targets: [
        { kind: 'icmp', address: '192.0.2.1' },
        { kind: 'icmp', address: '192.0.2.2' },
      ],
      dnsName: '.',
    }),
    budget: new DailyBudget(clock, () => dailyBytes),
    counters: () => Promise.resolve({ ...counters }),
  });
  return { prober, clock, answering, asked };
}

test('what has answered once at an APN is known to answer there, and nowhere else', async () => {
  const { prober, answering } = probing();
  answering.add('192.0.2.1');
  const [one, other] = [linkAt('one'), linkAt('other')];
  expect(prober.hasAnswered(one)).toBe(false);
  expect(await prober.round(one, never)).toMatchObject({ verdict: 'alive', by: 'icmp 192.0.2.1' });
  expect(prober.hasAnswered(one)).toBe(true);
  expect(prober.hasAnswered(other)).toBe(false);
  answering.clear();
  expect(await prober.round(one, never)).toMatchObject({ verdict: 'silent' });
  expect(prober.hasAnswered(one)).toBe(true);
});

test('a target that the carrier filters is asked last after three rounds in which others answered', async () => {
  const { prober, answering, asked } = probing();
  answering.add('192.0.2.2');
  for (let round = 0; round < 3; round += 1) await prober.round(linkAt('one'), never);
  asked.length = 0;
  await prober.round(linkAt('one'), never);
  expect(asked).toEqual(['192.0.2.2']);
  asked.length = 0;
  await prober.round(linkAt('other'), never);
  expect(asked[0]).toBe('192.0.2.1');
});

test('with the day’s bytes spent no idle link is probed, until a day has passed', async () => {
  const { prober, answering, clock } = probing({ dailyBytes: 700 });
  answering.add('192.0.2.1');
  expect(prober.mayProbeIdle).toBe(true);
  await prober.round(linkAt('one'), never);
  await prober.round(linkAt('one'), never);
  expect(prober.mayProbeIdle).toBe(false);
  await clock.step(25 * HOUR_MS);
  expect(prober.mayProbeIdle).toBe(true);
});

test('a round that is called off teaches nothing', async () => {
  const { prober, answering } = probing();
  answering.add('192.0.2.1');
  const stop = new AbortController();
  stop.abort(new Error('the link goes'));
  await expect(prober.round(linkAt('one'), stop.signal)).rejects.toThrow('the link goes');
  expect(prober.hasAnswered(linkAt('one'))).toBe(false);
});
