// From targets to questions: who is asked on a link, who is not, in what order; and what is said of
// questions that did not get out.
import { expect, test } from 'vitest';
import type { Prefix } from '../../../../../src/ip/address.ts';
import type { Attempt, Outcome, ProbeTarget } from '../../../../../src/network/reachability/probe/attempt.ts';
import { internetTargets } from '../../../../../src/network/reachability/probe/internet-targets.ts';
import { NOTHING_LEARNT } from '../../../../../src/network/reachability/probe/memory.ts';
import { refusedBy, unasked } from '../../../../../src/network/reachability/probe/obstacle.ts';
import { type Asking, questionsFor } from '../../../../../src/network/reachability/probe/questions.ts';
import { CommandError } from '../../../../../src/system/command.ts';

const FOUR: Prefix = { address: '100.64.0.2', prefixLength: 24 };
const SIX: Prefix = { address: '2001:db8::2', prefixLength: 64 };
const never = new AbortController().signal;

function asking(targets: readonly ProbeTarget[], changes: Partial<Asking> = {}): Asking {
  return {
    commands: { run: () => Promise.reject(new Error('not asked for')), follow: () => Promise.resolve(undefined) },
    interface: 'wwan0',
    addresses: [FOUR],
    dnsServers: ['198.51.100.53', '198.51.100.54', '198.51.100.55'],
    targets,
    hasArp: false,
    dnsName: '.',
    timeoutMs: 1_000,
    ...changes,
  };
}
const asked = (...args: Parameters<typeof asking>) => questionsFor(asking(...args), NOTHING_LEARNT).map(({ by }) => by);

const dns: ProbeTarget = { kind: 'dns' };
const tcp: ProbeTarget = { kind: 'tcp', address: '1.1.1.1', port: 443 };
const tcp6: ProbeTarget = { kind: 'tcp', address: '2606:4700:4700::1111', port: 443 };
const icmp: ProbeTarget = { kind: 'icmp', address: '8.8.8.8' };

test('the carrier’s first two name servers, then the rest in their order', () => {
  expect(asked([dns, tcp, icmp])).toEqual([
    'dns 198.51.100.53',
    'dns 198.51.100.54',
    'tcp 1.1.1.1:443',
    'icmp 8.8.8.8',
  ]);
});

test('a name server that is named twice is asked once', () => {
  expect(asked([dns, { kind: 'dns', server: '198.51.100.54' }], { dnsServers: ['198.51.100.54'] })).toEqual([
    'dns 198.51.100.54',
  ]);
});

test('what never works here comes last', () => {
  const filtered = { answered: [], contradicted: { 'tcp 1.1.1.1:443': 3 } };
  expect(questionsFor(asking([tcp, icmp]), filtered).map(({ by }) => by)).toEqual(['icmp 8.8.8.8', 'tcp 1.1.1.1:443']);
});

test('what is of a family that the link has no address of is not asked', () => {
  expect(asked([tcp, tcp6])).toEqual(['tcp 1.1.1.1:443']);
  expect(asked([tcp, tcp6], { addresses: [SIX] })).toEqual(['tcp [2606:4700:4700::1111]:443']);
  expect(asked([tcp], { addresses: [] })).toEqual([]);
});

test('each leaves from the link’s address of its family; a ping goes by the interface, whatever the rules say', () => {
  const questions = questionsFor(asking([tcp6, icmp], { addresses: [FOUR, SIX] }), NOTHING_LEARNT);
  expect(questions.map(({ route }) => route)).toEqual([
    { source: SIX.address, address: '2606:4700:4700::1111' },
    undefined,
  ]);
});

test('a name server in the modem’s own network would answer also when LTE is dead: it is not asked', () => {
  const dnsServers = ['100.64.0.1', '198.51.100.53'];
  expect(asked([dns], { dnsServers, hasArp: true })).toEqual(['dns 198.51.100.53']);
  expect(asked([dns], { dnsServers })).toEqual(['dns 100.64.0.1', 'dns 198.51.100.53']);
});

test.each<readonly [string, CommandError, Outcome, RegExp]>([
  [
    'without ping',
    new CommandError(['ping'], undefined, '', { cause: error('ENOENT') }),
    'impossible',
    /not installed/,
  ],
  ['without the right to ping', new CommandError(['ping'], 2, 'ping: socket: denied'), 'impossible', /denied/],
  ['that could not ask and says nothing', new CommandError(['ping'], 2, ''), 'impossible', /ping failed/],
  ['to which a router answers', new CommandError(['ping'], 1, 'Net Unreachable'), 'unreachable', /Unreachable/],
  ['to which nobody answers', new CommandError(['ping'], 1, ''), 'silent', /no reply/],
])('a ping %s is %s', async (_, refusal, outcome, detail) => {
  const commands = { run: () => Promise.reject(refusal), follow: () => Promise.resolve(undefined) };
  const [question] = questionsFor(asking([icmp], { commands }), NOTHING_LEARNT);
  expect(await question?.ask(never)).toEqual({ outcome, detail: expect.stringMatching(detail) });
});

test('a ping that is called off is silence, and one that succeeds an answer', async () => {
  const ask = (run: () => Promise<string>) =>
    questionsFor(
      asking([icmp], { commands: { run, follow: () => Promise.resolve(undefined) } }),
      NOTHING_LEARNT,
    )[0]?.ask(never);
  expect(await ask(() => Promise.reject(new Error('superseded')))).toMatchObject({ outcome: 'silent' });
  expect(await ask(() => Promise.resolve(''))).toMatchObject({ outcome: 'answered' });
});

function error(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test('another uplink is asked what is public and of its family, or who is well known', () => {
  const lan: ProbeTarget = { kind: 'tcp', address: '192.168.1.1', port: 80 };
  const server: ProbeTarget = { kind: 'dns', server: '9.9.9.9' };
  expect(internetTargets([dns, lan, tcp, tcp6, server], 4)).toEqual([tcp, server]);
  expect(internetTargets([dns, lan, tcp, tcp6], 6)).toEqual([tcp6]);
  expect(internetTargets([dns, lan], 4)).toEqual([tcp, icmp]);
  expect(internetTargets([], 6)).toEqual([tcp6, { kind: 'icmp', address: '2001:4860:4860::8888' }]);
});

const over = { interface: 'wwan0', addresses: [FOUR] };
const tried = (detail: string, outcome: Outcome = 'impossible'): Attempt => ({
  by: 'icmp 8.8.8.8',
  outcome,
  detail,
  tookMs: 0,
});

test('a firewall is told with what this host said, each word once', () => {
  const found = unasked([tried('EPERM'), tried('EPERM'), tried('ping: denied'), tried('x', 'silent')], undefined, over);
  expect(found).toMatchObject({ code: 'probe-forbidden', text: expect.stringMatching(/\(EPERM; ping: denied\)/) });
  expect(unasked([tried('x', 'silent')], undefined, over)?.text).toMatch(/no probe leaves this host/);
});

test.each(['EADDRNOTAVAIL', 'ping: bind: Cannot assign requested address'])(
  'that the link’s address is missing (%s) is no firewall',
  (detail) => {
    expect(unasked([tried(detail)], undefined, over)).toBeUndefined();
  },
);

test.each<readonly [string, string]>([
  ['5270: from all lookup 52', 'priority 100'],
  ['10: from all lookup 52', 'priority 9'],
  ['1: from all lookup 52', 'priority 0'],
  ['lookup 52', 'priority 100'],
])('of the rule "%s" it is said what goes first: %s', (rule, priority) => {
  const found = unasked([], { device: 'tailscale0', rule }, over);
  expect(found).toMatchObject({ code: 'probe-diverted', text: expect.stringContaining(`"${rule}"`) });
  expect(found?.remedy).toContain(`ip rule add from ${FOUR.address} lookup 7700 ${priority})`);
  expect(refusedBy({ device: undefined, rule }, over)).toMatchObject({
    code: 'rule-refuses',
    remedy: expect.stringContaining(priority),
  });
});
