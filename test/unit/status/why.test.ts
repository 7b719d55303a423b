// What `percept-lte why` answers.

import { expect, test } from 'vitest';
import { found } from '../../../src/codes/codes.ts';
import { StatusSchema } from '../../../src/status/schema.ts';
import { whySentence } from '../../../src/status/why.ts';
import { spoken, timeOfDay } from '../../../src/system/spoken.ts';
import { ago, NOW, online, refused } from './statuses.ts';

test('offline: how long, why, when it tries again, what the budget is, what to do', () => {
  expect(whySentence(refused, NOW)).toBe(
    "offline for 14 min: the operator refused APN 'foo' (cause 33): Service option not subscribed; next attempt at 10:42; attempts 3 of 30 this hour; fix: check connect.apn in /etc/percept-lte.yaml, then `systemctl reload percept-lte`",
  );
});

test('online: how long, over what, and what proves it', () => {
  expect(whySentence(online, NOW)).toBe(
    'online for 3 h 12 min over LTE (Verizon, 100.112.107.46 on wwan0, signal 4 of 5 bars), last proof 2 min ago: dns 198.51.100.53 in 45 ms, through to tcp 1.1.1.1:443 5 min ago',
  );
});

test('online with something that should be put right', () => {
  const warning = { ...found('hook-refused', { text: 'the clock is wrong', remedy: 'set it' }), since: ago(1) };
  expect(whySentence({ ...online, warnings: [warning] }, NOW)).toMatch(/, but: the clock is wrong\. Remedy: set it$/);
});

test('while ModemManager is away and the link is kept, it is online all the same', () => {
  expect(whySentence({ ...online, phase: 'riding' }, NOW)).toMatch(/^online for .*but: ModemManager is away/);
});

test('while a link is kept whose session ModemManager does not know, it is online until the link is dead', () => {
  const reason = 'the session is not known any more';
  const waiting = { ...online, phase: 'waiting', reason, attempts: { ...online.attempts, nextAt: ago(-60) } } as const;
  expect(whySentence(waiting, NOW)).toMatch(/^online for .*but: the session is not known any more \(at 10:41\)/);
  expect(whySentence({ ...waiting, offlineSince: ago(60) }, NOW)).toMatch(/^offline for 1 min: the session is not/);
});

const eth0 = { interface: 'eth0', family: 'IPv4', metric: 100, verdict: 'silent', since: ago(600) } as const;

test('online by LTE, for nothing answers through ethernet', () => {
  const uplinks = [{ ...eth0, takenOver: { since: ago(590), bytes: 3_200_000 } }];
  expect(whySentence({ ...online, uplinks }, NOW)).toMatch(
    /^online by wwan0; eth0 is connected but nothing answers through it since 10:30 \(LTE has carried 3\.2 MB meanwhile\), up for 3 h 12 min over LTE /,
  );
});

test('ethernet keeps the traffic, and nothing answers by it nor by LTE', () => {
  expect(whySentence({ ...online, uplinks: [eth0] }, NOW)).toMatch(
    /, but: eth0 is connected but nothing answers through it since 10:30, nor has it by LTE$/,
  );
});

test('an attempt whose time has come is one now', () => {
  const due = { ...refused, attempts: { ...refused.attempts, nextAt: ago(1) } };
  expect(whySentence(due, NOW)).toContain('; next attempt now;');
});

test('the rung of the ladder is told', () => {
  const climbing = {
    ...refused,
    phase: 'recovering' as const,
    ladder: { rung: 'reset-modem', rungsTried: ['reconnect'] },
  };
  expect(whySentence(climbing, NOW)).toContain('; recovery: reset-modem;');
});

test('being stopped is no fault', () => {
  expect(whySentence({ ...refused, phase: 'stopping' }, NOW)).toBe('offline for 14 min: percept-lte is being stopped');
});

test.each([
  [-5000, '0 s'],
  [59_400, '59 s'],
  [3_599_000, '59 min'],
  [7_200_000, '2 h'],
  [90_000_000, '1 d 1 h'],
])('%i ms are spoken as %s', (ms, expected) => {
  expect(spoken(ms)).toBe(expected);
});

test('a time of another day has its date', () => {
  expect(timeOfDay(new Date(2026, 10, 22, 9, 5).toISOString(), NOW)).toBe('2026-11-22 09:05');
});

test('the statuses that these tests use are of the published form', () => {
  expect(StatusSchema.parse(refused)).toEqual(refused);
  expect(StatusSchema.parse(online)).toEqual(online);
});
