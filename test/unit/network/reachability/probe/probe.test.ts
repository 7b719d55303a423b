// One round of questions, on interfaces that carry more than the probes. The host's ping is the
// test's.
import { expect, test } from 'vitest';
import { type ProbeOptions, proveReachable } from '../../../../../src/network/reachability/probe/probe.ts';
import { CommandError } from '../../../../../src/system/command.ts';
import { SteppedClock } from '../../../stepped-clock.ts';

const FIRST = '192.0.2.1';
const SECOND = '192.0.2.2';

/** What a ping comes to, and what the interface carries meanwhile. */
interface Ping {
  readonly fails?: string;
  readonly sent?: number;
  readonly received?: number;
}

function probing(
  pings: Readonly<Record<string, Ping>>,
  { hasArp = false, memory = undefined as ProbeOptions['memory'] } = {},
) {
  const bytes = { rxBytes: 0, txBytes: 0, rxPackets: 0, hasArp };
  const run = (argv: readonly string[]): Promise<string> => {
    if (argv[0] !== 'ping') return Promise.resolve('[]');
    const { fails, sent = 44, received = 44 } = pings[argv.at(-1) ?? ''] ?? {};
    bytes.txBytes += sent;
    bytes.rxBytes += received;
    bytes.rxPackets += received > 0 ? 1 : 0;
    return fails === undefined ? Promise.resolve('') : Promise.reject(new CommandError(argv, 1, fails));
  };
  return proveReachable({
    commands: { run, follow: () => Promise.resolve(undefined) },
    clock: new SteppedClock(),
    interface: 'eth0',
    addresses: [{ address: '192.168.1.2', prefixLength: 32 }],
    dnsServers: [],
    targets: [FIRST, SECOND].map((address) => ({ kind: 'icmp', address })),
    memory,
    counters: () => Promise.resolve({ ...bytes }),
    signal: new AbortController().signal,
  });
}

const outcomes = (result: Awaited<ReturnType<typeof probing>>) =>
  result.verdict === 'alive' ? result.by : result.tried.map(({ outcome }) => outcome);

test('a LAN that chatters makes no answer of what this host’s firewall refuses', async () => {
  const result = await probing(
    { [FIRST]: { fails: '', received: 300 }, [SECOND]: { sent: 0, received: 0 } },
    { hasArp: true },
  );
  expect(outcomes(result)).toEqual(['silent', 'impossible']);
  expect(result.verdict).toBe('silent');
});

test('an answer that came in while it was asked for is one, whatever was silent before', async () => {
  const result = await probing({ [FIRST]: { fails: '', received: 0 } }, { hasArp: true });
  expect(result).toMatchObject({ verdict: 'alive', by: `icmp ${SECOND}`, memory: { answered: [`icmp ${SECOND}`] } });
});

test('a neighbour that does not answer is asked for once for all questions, and is silence for each', async () => {
  const unreachable = { fails: 'Destination Host Unreachable', received: 0 };
  const result = await probing(
    { [FIRST]: { ...unreachable, sent: 42 }, [SECOND]: { ...unreachable, sent: 0 } },
    { hasArp: true },
  );
  expect(outcomes(result)).toEqual(['silent', 'silent']);
});

test('on a raw IP link what comes in by itself is life, and held against who stayed silent', async () => {
  const result = await probing({ [FIRST]: { fails: '' }, [SECOND]: { fails: '', received: 0 } });
  expect(result).toMatchObject({
    verdict: 'alive',
    by: 'received traffic',
    memory: { answered: [], contradicted: { [`icmp ${FIRST}`]: 1, [`icmp ${SECOND}`]: 1 } },
  });
});
