// What one check of how far traffic gets has seen, and what is said of it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DestinationAnswer,
  type DestinationOutcome,
  type Evidence,
  judgeReach,
  lieIn,
  restAfter,
} from '../../../../../src/network/reachability/reach/judge-reach.ts';

const HUB = 'tls myhub.azure-devices.net:8883';
const connected = { outcome: 'connected', by: 'tcp 1.1.1.1:443', tookMs: 40 } as const;

const seen = (changes: Partial<Evidence> = {}): Evidence => ({
  destinations: [],
  lie: undefined,
  isAlive: true,
  beyond: connected,
  ...changes,
});
const hub = (outcome: DestinationOutcome, detail = 'no answer'): readonly DestinationAnswer[] => [
  { by: HUB, outcome, detail, tookMs: 120 },
];

interface Row {
  readonly name: string;
  readonly destination?: string;
  readonly evidence: Evidence;
  readonly expected: object;
}

const rows: readonly Row[] = [
  {
    name: 'a host beyond the carrier takes a connection',
    evidence: seen(),
    expected: { verdict: 'through', by: 'tcp 1.1.1.1:443', roundTripMs: 40, reason: '' },
  },
  {
    name: 'the carrier answers DNS and nothing else',
    evidence: seen({ beyond: { outcome: 'silent' } }),
    expected: {
      verdict: 'not-through',
      mayHeal: true,
      reason: 'the carrier answers, nothing beyond it does: plan used up, or an APN without internet',
    },
  },
  {
    name: 'the name server gives a wrong address, and a transparent proxy takes every connection',
    evidence: seen({ lie: '10.1.1.1' }),
    expected: { verdict: 'not-through', mayHeal: true, reason: expect.stringMatching(/portal.*10\.1\.1\.1/) },
  },
  {
    name: 'nothing answers at all: that is a dead link, which is known by other means',
    evidence: seen({ isAlive: false, beyond: { outcome: 'silent' } }),
    expected: { verdict: 'unclear', reason: '' },
  },
  {
    name: 'a firewall of this host keeps the questions from leaving',
    evidence: seen({ beyond: { outcome: 'hindered' } }),
    expected: { verdict: 'unclear', reason: '' },
  },
  {
    name: 'probe.targets names nobody but the carrier: that is proof enough for whoever wrote it',
    evidence: seen({ beyond: { outcome: 'not-asked' } }),
    expected: { verdict: 'unclear', reason: '' },
  },
  {
    name: 'a private network: nothing else answers, and the destination does',
    destination: HUB,
    evidence: seen({ destinations: hub('reached'), beyond: { outcome: 'silent' }, lie: '10.1.1.1' }),
    expected: { verdict: 'through', by: HUB, roundTripMs: 120, reason: '' },
  },
  {
    name: 'the destination alone is blocked, or down: no session mends that',
    destination: HUB,
    evidence: seen({ destinations: hub('silent') }),
    expected: { verdict: 'not-through', mayHeal: false, reason: `the internet answers, ${HUB} does not: no answer` },
  },
  {
    name: 'neither the destination nor anything else beyond the carrier answers',
    destination: HUB,
    evidence: seen({ destinations: hub('silent'), beyond: { outcome: 'silent' } }),
    expected: { verdict: 'not-through', mayHeal: true, reason: expect.stringMatching(/^the carrier answers, nothing/) },
  },
  {
    name: 'a foreign certificate',
    destination: HUB,
    evidence: seen({ destinations: hub('impostor', 'its certificate is not for this name') }),
    expected: {
      verdict: 'not-through',
      mayHeal: false,
      reason: `somebody else answers in place of ${HUB}: its certificate is not for this name`,
    },
  },
  {
    name: 'a clock in 1970, by which every certificate is of the future: said as that, not as a portal',
    destination: HUB,
    evidence: seen({ destinations: hub('clock', 'the clock says 1970-01-01') }),
    expected: {
      verdict: 'unclear',
      reason: `the certificate of ${HUB} cannot be checked: the clock says 1970-01-01`,
      remedy: expect.stringMatching(/clock/),
    },
  },
  {
    name: 'the destination is there and says no',
    destination: HUB,
    evidence: seen({ destinations: hub('unwell', 'it says 503'), beyond: { outcome: 'silent' } }),
    expected: { verdict: 'not-through', mayHeal: false, reason: `${HUB} answers, but it says 503` },
  },
];

test.each(rows)('$name', ({ destination = '', evidence, expected }) => {
  expect(judgeReach(destination, evidence)).toMatchObject(expected);
});

test('whatever was seen: what is not through says why and what to do, what is through says by what', () => {
  const answer = fc.record<DestinationAnswer>({
    by: fc.constant(HUB),
    outcome: fc.constantFrom('reached', 'silent', 'refused', 'no-name', 'impostor', 'clock', 'unwell', 'impossible'),
    detail: fc.constant('so it is'),
    tookMs: fc.nat(10_000),
  });
  const evidence = fc.record<Evidence>({
    destinations: fc.array(answer, { maxLength: 4 }),
    lie: fc.option(fc.constant('10.1.1.1'), { nil: undefined }),
    isAlive: fc.boolean(),
    beyond: fc.constantFrom(
      connected,
      ...(['silent', 'hindered', 'not-asked'] as const).map((outcome) => ({ outcome })),
    ),
  });
  fc.assert(
    fc.property(evidence, (one) => {
      const judged = judgeReach(one.destinations.length === 0 ? '' : HUB, one);
      expect(judged.by !== '').toBe(judged.verdict === 'through');
      if (judged.verdict === 'not-through') expect(judged.reason !== '' && judged.remedy !== '').toBe(true);
      // Nothing came in: whatever is wrong, it is not that the link leads nowhere.
      if (!one.isAlive) expect(judged.verdict).not.toBe('not-through');
    }),
  );
});

describe('the name whose answer is known', () => {
  test.each<readonly [string, string, readonly string[], string | undefined]>([
    ['tells the truth', 'a.root-servers.net', ['198.41.0.4'], undefined],
    ['tells it in other letters', 'A.ROOT-servers.net.', ['198.41.0.4'], undefined],
    ['leads to a portal', 'a.root-servers.net', ['10.1.1.1'], '10.1.1.1'],
    ['has no address at all, which is no lie', 'a.root-servers.net', [], undefined],
    ['is one of which nothing is known', 'intranet.example', ['10.1.1.1'], undefined],
  ])('%s', (_, name, addresses, lie) => {
    expect(lieIn(name, addresses)).toBe(lie);
  });
});

test('what gets through is asked hourly, a destination every 6 hours, and what does not soon, then hourly', () => {
  const minutes = (...rest: Parameters<typeof restAfter>) => restAfter(...rest) / 60_000;
  expect([minutes('through', '', 1), minutes('through', HUB, 7)]).toEqual([60, 360]);
  expect([1, 2, 3, 4, 5, 60].map((checks) => minutes('not-through', HUB, checks))).toEqual([1, 5, 15, 30, 60, 60]);
  expect(minutes('unclear', '', 1)).toBe(1);
});
