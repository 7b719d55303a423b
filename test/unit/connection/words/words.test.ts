// One connection, told four times: in the journal, to `systemctl status`, in the status file and by
// `percept-lte why`. They must say the same.
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../../../src/connection/events/event.ts';
import { explain } from '../../../../src/connection/words/explain.ts';
import { narrate } from '../../../../src/connection/words/narrate.ts';
import { reachWarnings } from '../../../../src/connection/words/reach-words.ts';
import { reportOf } from '../../../../src/connection/words/status-of.ts';
import type { Judged } from '../../../../src/network/reachability/reach/judge-reach.ts';
import { StatusSchema } from '../../../../src/status/schema.ts';
import { whySentence } from '../../../../src/status/why.ts';
import {
  at,
  away,
  bearerConnected,
  connected,
  connecting,
  facts,
  failed,
  failureOf,
  following,
  type Happening,
  having,
  memory,
  online,
  policy,
  sim,
  started,
  unplugged,
} from '../builders.ts';

const SECONDS = 30;

/** What is told of `to`, reached from `from`, half a minute after the start. */
function told(from: Connection, to: Connection) {
  const now = at(SECONDS);
  const because = { kind: 'phaseTimedOut', at: now, chance: 0 } as ConnectionEvent;
  const status = reportOf(
    to,
    policy(),
    {
      pid: 1,
      daemonVersion: '0.1.0',
      offlineSince: to.phase.kind === 'online' ? undefined : at(0),
      modemManager: { onBus: true, version: '1.20.4' },
      counters: { rxBytes: 0, txBytes: 0 },
      warnings: [],
    },
    now,
  );
  return { status, journal: narrate(from, to, because), why: whySentence(status, now.wallMs) };
}

const after = (...happenings: Happening[]) => following(started(), happenings);
const registering = (changes: object) =>
  after(facts(having({ state: 'searching', registrationState: 'searching', ...changes })));

const roaming = (network: object) =>
  following(
    started(),
    [facts(having({ registrationState: 'roaming', ...network }))],
    policy({ connect: { allowRoaming: false } }),
  );

interface Row {
  readonly name: string;
  readonly connection: Connection;
  readonly reason: RegExp;
  readonly remedy?: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'ModemManager is not there',
    connection: after(facts(away)),
    reason: /ModemManager is not on the system bus/,
    remedy: /systemctl status ModemManager/,
  },
  { name: 'no modem', connection: after(facts(unplugged)), reason: /^no modem/, remedy: /percept-lte doctor/ },
  {
    name: 'several modems',
    connection: after(facts({ kind: 'ambiguous', candidates: ['one', 'two'] })),
    reason: /several modems fit: one; two/,
    remedy: /modem\.match/,
  },
  {
    name: 'registering with serial ports alone',
    connection: registering({ ports: [{ name: 'ttyACM0', type: 'at' }] }),
    reason: /has serial ports only: it is in neither MBIM nor QMI mode/,
    remedy: /prepare --to mbim/,
  },
  {
    name: 'searching',
    connection: registering({ signalPercent: 12 }),
    reason: /register with a network \(searching, signal 12 %\)/,
    remedy: /antenna/,
  },
  {
    name: 'searching, after a safety try that failed',
    connection: following(connecting(), [
      failed('coverage', 11),
      facts(having({ state: 'searching', registrationState: 'searching', signalPercent: 12 })),
    ]),
    reason:
      /register with a network \(searching, signal 12 %\); the last attempt failed: coverage failure \(cause 11\)/,
    remedy: /journalctl -u ModemManager/,
  },
  {
    name: 'denied, with the network’s word for it',
    connection: registering({
      registrationState: 'denied',
      networkRejection: { text: 'plmn-not-allowed', failure: failureOf('subscription', 11) },
    }),
    reason: /the network refuses to register this SIM: subscription failure \(cause 11\)/,
    remedy: /journalctl/,
  },
  {
    name: 'denied, and ModemManager does not say why',
    connection: registering({ registrationState: 'denied', signalPercent: 40 }),
    reason: /refuses to register this SIM, and ModemManager does not say why \(denied, signal 40 %\)/,
    remedy: /ask the operator whether this SIM is active/,
  },
  {
    name: 'not searching at all',
    connection: after(facts(having({ state: 'enabled', registrationState: 'idle' }))),
    reason: /it is not searching, as after a refusal or with its radio off/,
    remedy: /rfkill list/,
  },
  {
    name: 'roaming, which is switched off',
    connection: roaming({ operatorName: 'Orange F', operatorCode: '20801' }),
    reason: /roaming is switched off in the configuration, .* in the network of Orange F \(20801\)/,
    remedy: /connect\.allow-roaming: true/,
  },
  {
    name: 'roaming in a network without a name',
    connection: roaming({ operatorName: '', operatorCode: '20801' }),
    reason: /in the network of 20801$/,
  },
  {
    name: 'roaming in a network that nothing is known of',
    connection: roaming({ operatorName: '', operatorCode: '' }),
    reason: /in the network of another operator$/,
  },
  {
    name: 'the modem is between two states',
    connection: after(facts(having({ state: 'disabling' }))),
    reason: /ModemManager says the modem is disabling; waiting for that to end/,
  },
  {
    name: 'the PIN is being sent',
    connection: following(
      started(),
      [facts(having({ state: 'locked', unlockRequired: 'sim-pin', unlockRetries: { 'sim-pin': 3 }, sim: sim() }))],
      policy({ pin: { reveal: () => '0000' } }),
    ),
    reason: /^sending the PIN to the SIM$/,
  },
  {
    name: 'the modem is being enabled',
    connection: after(facts(having({ state: 'disabled' }))),
    reason: /^enabling the modem$/,
  },
  {
    name: 'the link is being configured',
    connection: following(connecting(), [bearerConnected()]),
    reason: /^configuring the link$/,
  },
  {
    name: 'the APN was refused',
    connection: following(connecting(), [failed('apn', 27)]),
    reason: /apn failure \(cause 27\)/,
    remedy: /journalctl -u ModemManager/,
  },
  {
    name: 'an attempt failed',
    connection: following(connecting(), [failed('congestion')]),
    reason: /congestion failure/,
  },
  {
    name: 'the SIM is missing',
    connection: after(facts(having({ state: 'failed', stateFailedReason: 'sim-missing' }))),
    reason: /no SIM in the modem/,
    remedy: /put a SIM in/,
  },
  {
    name: 'no PIN is configured',
    connection: after(facts(having({ state: 'locked', unlockRequired: 'sim-pin' }))),
    reason: /wants a PIN and none is configured/,
    remedy: /sim\.pin/,
  },
];

describe.each(rows)('$name', ({ connection, reason, remedy }) => {
  const { status, journal, why } = told(started(), connection);

  test('the reason and the remedy are the same everywhere', () => {
    expect(status.reason).toMatch(reason);
    expect(why).toContain(status.reason);
    expect(journal?.message).toBe(status.sentence);
    if (remedy === undefined) return;
    expect(status.remedy).toMatch(remedy);
    expect(why).toContain(`fix: ${status.remedy}`);
    if (journal?.fields.remedy !== undefined) expect(journal.fields.remedy).toBe(status.remedy);
  });

  test('it is said once, and the status is of the published form', () => {
    expect(why).not.toMatch(/offline.*: offline/);
    expect(StatusSchema.parse(status)).toEqual(status);
  });
});

test('the ceiling of attempts is the reason while it is, and the failure before it is told too', () => {
  const attempts = Array.from({ length: 30 }, (_, index) => at(-index).monotonicMs).reverse();
  const ceiling = following(started({ attempts }), [facts(having({ state: 'registered' }))]);
  const failure = { class: 'timeout', name: 'x', text: '', reason: 'no answer', remedy: 'look' } as const;
  const why = (connection: Connection) => told(started(), connection).why;
  expect(why(ceiling)).toContain(': the hourly ceiling of attempts is reached;');
  const phase = { ...ceiling.phase, failure } as Connection['phase'];
  expect(why({ ...ceiling, phase })).toMatch(
    /: the hourly ceiling of attempts is reached; the last attempt failed: no answer; .*fix: look/,
  );
});

test('a rest that goes on after a restart keeps its reason and its remedy', () => {
  const refused = following(connecting(), [failed('apn', 27)]);
  expect(refused.memory.holdUntil).toBeGreaterThan(at(SECONDS).monotonicMs);
  const restarted = following(started(memory(refused.memory)), [facts(having({ state: 'registered' }))]);
  const { why, status } = told(started(), restarted);
  expect(status.phase).toBe('waiting');
  expect(why).toContain('apn failure');
  expect(why).toContain(`fix: ${explain(refused, at(SECONDS)).remedy}`);
});

test('online, there is nothing to mend', () => {
  const { status, why } = told(started(), online());
  expect(status.remedy).toBeUndefined();
  expect(why).toMatch(/^online for /);
});

describe('a link that is alive and does not get through', () => {
  const judged = (verdict: Judged['verdict']): Happening => ({
    kind: 'reachJudged',
    judged: {
      verdict,
      destination: 'tls hub.example:8883',
      by: verdict === 'through' ? 'tls hub.example:8883' : '',
      roundTripMs: verdict === 'through' ? 120 : undefined,
      reason: verdict === 'through' ? '' : 'the internet answers, tls hub.example:8883 does not: no answer',
      remedy: verdict === 'through' ? '' : 'check that server',
      mayHeal: false,
    },
  });
  const shut = following(online(), [judged('not-through')], policy(), 10);
  const open = following(shut, [judged('through')], policy(), 20);
  const line = (from: Connection, to: Connection, because: Happening) =>
    narrate(from, to, { ...because, at: at(SECONDS), chance: 0 } as ConnectionEvent);

  test('is not called online: both verdicts are told, with the remedy', () => {
    const { status, why } = told(online(), shut);
    expect(status).toMatchObject({
      phase: 'online',
      reason: 'the internet answers, tls hub.example:8883 does not: no answer',
      remedy: 'check that server',
      link: { metric: 20_700, lastProof: { by: 'dns' }, reach: { verdict: 'not-through', isFault: true } },
    });
    expect(status.incidents.at(-1)).toMatchObject({ reason: expect.stringMatching(/hub/), seconds: 20 });
    expect(StatusSchema.parse(status)).toEqual(status);
    expect(why).toMatch(/^connected for .*last proof .*: dns.*, not through since \d\d/);
    expect(reachWarnings(shut)).toEqual([
      {
        code: 'not-through',
        severity: 'fail',
        text: 'traffic does not get through: the internet answers, tls hub.example:8883 does not: no answer',
        remedy: 'check that server',
      },
    ]);
  });

  test('is told in the journal when it does again, with how long it did not', () => {
    expect(line(shut, open, judged('through'))).toMatchObject({
      level: 'info',
      message: 'traffic gets through again',
      fields: { by: 'tls hub.example:8883', roundTripMs: 120, notThroughMs: 10_000 },
    });
    expect(line(open, following(open, [judged('through')], policy(), 30), judged('through'))?.level).toBe('debug');
    const { why, status } = told(shut, open);
    expect(why).toMatch(/^online for .*through to tls hub\.example:8883 10 s ago$/);
    expect(status.link?.metric).toBe(700);
    expect(reachWarnings(open)).toEqual([]);
  });
});

test('booted in 1970 and set since: every date is as old as what happened', () => {
  const stepMs = 56 * 365.25 * 86_400_000;
  const connection = online();
  const now = { monotonicMs: at(100).monotonicMs, wallMs: at(100).wallMs + stepMs };
  const around = {
    pid: 1,
    daemonVersion: '',
    offlineSince: undefined,
    modemManager: { onBus: true, version: '' },
    counters: { rxBytes: 0, txBytes: 0 },
    warnings: [],
  };
  const incident = {
    beganWallMs: at(1).wallMs,
    beganMs: at(1).monotonicMs,
    seconds: 3,
    reason: 'lost',
    endedBy: 'reconnect',
  };
  const remembering = { ...connection, memory: { ...connection.memory, incidents: [incident] } };
  const status = reportOf(remembering, policy(), around, now);
  expect(whySentence(status, now.wallMs)).toMatch(/^online for 1 min /);
  for (const date of [status.since, status.link?.since, status.incidents[0]?.begin])
    expect(now.wallMs - Date.parse(date ?? '')).toBeLessThan(120_000);
});

describe('the journal', () => {
  test('registering says what the modem hears, and says it again when that changes', () => {
    const [before, denied] = [registering({ signalPercent: 40 }), registering({ registrationState: 'denied' })];
    expect(told(started(), before).journal).toMatchObject({
      level: 'info',
      fields: { registration: 'searching', signal: '40%' },
    });
    const same = { ...denied, phase: before.phase };
    expect(told(before, same).journal).toMatchObject({ fields: { registration: 'denied' } });
    expect(told(before, before).journal).toBeUndefined();
  });

  test('a failed attempt is a warning with its name, the network’s cause, the wait and the remedy', () => {
    const waiting = following(connecting(), [failed('congestion', 26)]);
    expect(told(connecting(), waiting).journal).toMatchObject({
      level: 'warn',
      fields: { networkCause: 26, waitMs: expect.any(Number), attempt: 1, error: expect.any(String) },
    });
  });

  test('an adopted link is said to be one', () => {
    const adopted = following(started(), [facts(connected()), { kind: 'linkApplied' }]);
    const line = told(started(), {
      ...adopted,
      phase: { ...online().phase, adopted: true } as Connection['phase'],
    }).journal;
    expect(line?.fields).toMatchObject({ adopted: true });
  });
});
