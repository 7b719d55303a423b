// A reload while the hourly ceiling admits no attempt: the session that works stays until another
// one is admitted.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import type { Phase } from '../../../src/connection/phase/phase.ts';
import { isUp } from '../../../src/connection/phase/up.ts';
import { couldPass, trialEventOf } from '../../../src/connection/trial/trial-events.ts';
import { explain } from '../../../src/connection/words/explain.ts';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import {
  at,
  away,
  bearer,
  connected,
  facts,
  failureOf,
  following,
  type Happening,
  having,
  online,
  policy,
  proven,
  reachJudged,
  START_MS,
  started,
} from './builders.ts';
import { dead, elapsed } from './rows.ts';

const session: Happening = { kind: 'reconfigured', relevant: 'session' };
const before = policy({ attemptsPerHour: 1 });
const after = policy({ attemptsPerHour: 1, apns: ['iot'] });
/** The only attempt of the hour was made in second 0; timers have some slack. */
const ADMITTED_S = 3_601;

/** Online since second 2 over `internet`, no attempt left, `iot` asked for in second 10. */
const reloaded = (by = after, changes: Partial<Connection> = {}) =>
  following({ ...online(before), ...changes }, [session], by, 10);

const kind = ({ phase }: Connection) => phase.kind;
const renewal = ({ phase }: Connection) => (phase as Extract<Phase, { kind: 'online' }>).renewal;

test('a reload at the hourly ceiling leaves the session that works', () => {
  const from = online(before);
  const to = reloaded();
  expect(kind(to)).toBe('online');
  expect([to.link, to.sessionSince, to.phaseSince]).toEqual([from.link, from.sessionSince, from.phaseSince]);
  expect(to.outage).toBeUndefined();
});

test.each([
  ['an attempt is left', policy({ attemptsPerHour: 2, apns: ['iot'] })],
  ['roaming is forbidden now, which costs money', policy({ attemptsPerHour: 1, connect: { allowRoaming: false } })],
])('the session is ended at once where %s', (_, by) => {
  const abroad = facts(having({ state: 'connected', registrationState: 'roaming', bearers: [bearer()] }));
  const from = following(online(before), [abroad], before, 5);
  expect(following(from, [session], by, 10).phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
});

test('the session is ended at once where another modem is to be used', () => {
  const to = following(online(before), [{ kind: 'reconfigured', relevant: 'modem', leavesModem: true }], after, 10);
  expect([kind(to), to.link]).toEqual(['recovering', undefined]);
});

test('settings of the link are applied at once, those of the session wait', () => {
  const to = reloaded({ ...after, metric: 50 });
  expect([kind(to), to.link?.wanted.metric]).toEqual(['online', 50]);
  const later = following(to, [{ kind: 'reconfigured', relevant: 'link' }], { ...after, metric: 60 }, 20);
  expect([kind(later), later.link?.wanted.metric]).toEqual(['online', 60]);
  expect(renewal(later)).toEqual(renewal(to));
});

test('the reconnect is made when the ceiling admits it, and its attempt goes out', () => {
  const waits = reloaded();
  expect(Math.ceil(((renewal(waits)?.dueMs ?? 0) - START_MS) / 1000)).toBe(ADMITTED_S);
  const due = following(waits, [elapsed], after, ADMITTED_S);
  expect(due.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
  const sent = following(due, [facts(having()), { kind: 'climbed' }], after, ADMITTED_S);
  expect(sent.phase).toMatchObject({ kind: 'connecting', settings: { apn: 'iot' } });
});

test('a timer that goes off early is waited for again', () => {
  const waits = reloaded();
  const early = following(waits, [elapsed], after, 100);
  expect(early.phase).toEqual(waits.phase);
  expect(early.phase).not.toBe(waits.phase);
});

test('a reload back to the settings of the session cancels the reconnect', () => {
  const back = following(reloaded(), [session], before, 20);
  expect([kind(back), renewal(back)]).toEqual(['online', undefined]);
  expect(following(back, [elapsed], before, ADMITTED_S).phase).toBe(back.phase);
});

test('a ceiling that is raised meanwhile has the reconnect made at once', () => {
  const to = following(
    reloaded(),
    [{ kind: 'reconfigured', relevant: 'nothing' }],
    { ...after, attemptsPerHour: 2 },
    20,
  );
  expect(to.phase).toMatchObject({ kind: 'recovering', rung: 'reconnect' });
});

test.each<[string, Happening]>([
  ['is dropped', facts(having())],
  [
    'is ended by the network for a reason of its own, which was told of the APN before',
    facts(connected({ ...bearer(), connected: false, connectionError: failureOf('apn', 33) })),
  ],
  ['answers nothing any more', dead],
])('a bearer that %s meanwhile goes the usual way', (_, what) => {
  const lost = following(reloaded(), [what, facts(having()), { kind: 'climbed' }], after, 100);
  expect(lost.phase).toMatchObject({ kind: 'waiting', reason: expect.stringContaining('hourly ceiling') });
  expect(lost.memory.holdReason).toBeUndefined();
});

test('one attempt is left, and the reload wants another attach, which counts as well: the session stays', () => {
  const [was, by] = [policy({ attemptsPerHour: 2 }), policy({ attemptsPerHour: 2, apns: ['iot'], attachApn: 'same' })];
  const holding = (initialEpsBearerApn: string) =>
    facts(having({ state: 'connected', bearers: [bearer()], initialEpsBearerApn }));
  const reload = (held: string) => following(online(was), [holding(held), session], by, 10);
  expect(kind(reload('internet'))).toBe('online');
  expect(Math.ceil(((renewal(reload('internet'))?.dueMs ?? 0) - START_MS) / 1000)).toBe(ADMITTED_S);
  // The modem has that one already: the connect alone counts.
  expect(kind(reload('iot'))).toBe('recovering');
  // Where the ceiling admits one in an hour, two never come together.
  const one = following(started(), [holding('internet')], { ...by, attemptsPerHour: 1 }, 10);
  expect(kind(one)).toBe('recovering');
});

test('a link that goes dead at the hourly ceiling stays, and is probed: no other could be had till then', () => {
  const quiet = following(online(before), [dead], before, 300);
  expect(quiet.phase).toMatchObject({ kind: 'waiting', reason: 'nothing answers; the link stays and is probed' });
  expect(quiet.link?.wanted.metric).toBe(20_700);
  expect(quiet.deadBearerPath).toBe(bearer().path);
  const due = (quiet.phase as Extract<Phase, { kind: 'waiting' }>).untilMs;
  expect(Math.ceil((due - START_MS) / 1000)).toBe(ADMITTED_S);
  const healed = following(quiet, [proven(400), { kind: 'linkApplied' }], before, 400);
  expect([kind(healed), healed.link?.wanted.metric, healed.outage]).toEqual(['online', 700, undefined]);
  expect(following(quiet, [elapsed], before, ADMITTED_S).phase).toMatchObject({ kind: 'recovering' });
});

test('a link that goes dead at the hourly ceiling while ModemManager hangs: ModemManager is restarted', () => {
  const hung = following({ ...online(before), hung: true }, [dead], before, 300);
  expect(hung.phase).toMatchObject({ kind: 'recovering', rung: 'restart-modemmanager' });
});

test('ModemManager restarts meanwhile: the session is found again and stays', () => {
  const again = { ...bearer(), path: '/org/freedesktop/ModemManager1/Bearer/9' };
  const back = following(reloaded(), [facts(away), facts(connected(again)), { kind: 'linkApplied' }], after, 100);
  expect([kind(back), back.link?.bearer.path]).toEqual(['online', again.path]);
  expect(renewal(back)?.dueMs).toBe(renewal(reloaded())?.dueMs);
  expect(following(back, [session], before, 110).phase).toMatchObject({ kind: 'online', renewal: undefined });
});

test('ModemManager restarts and knows nothing of the session: the link is up until traffic ends, and said to be', () => {
  const unknown = following(online(before), [facts(away), facts(having())], before, 5);
  expect([kind(unknown), isUp(unknown), unknown.outage]).toEqual(['waiting', true, undefined]);
  expect(explain(unknown, at(10)).sentence).toMatch(/^ModemManager does not know of the session.*hourly ceiling/);
  const gone = following(unknown, [dead], before, 20);
  expect([kind(gone), isUp(gone), gone.link]).toEqual(['waiting', false, undefined]);
  expect(explain(gone, at(20)).sentence).toMatch(/^offline: the hourly ceiling/);
});

test('a reload while ModemManager is away, or while the link is put up, ends no session either', () => {
  const riding = following(online(before), [facts(away)], before, 5);
  const back = following(riding, [session, facts(connected(bearer()))], after, 10);
  expect(kind(back)).toBe('configuring');
  expect(renewal(following(back, [{ kind: 'linkApplied' }], after, 15))).toBeDefined();
  const raced = following(online(before), [{ kind: 'linkFailed', failure: failureOf('host') }], before, 5);
  const up = following(raced, [session, { kind: 'linkApplied' }], after, 10);
  expect([kind(up), renewal(up) !== undefined]).toEqual(['online', true]);
});

test('the service is started anew meanwhile: the session that it left is taken up again', () => {
  const { memory } = reloaded();
  const up = following(started(memory), [facts(connected(bearer())), { kind: 'linkApplied' }], after, 20);
  expect([kind(up), renewal(up) !== undefined]).toEqual(['online', true]);
  const foreign = bearer({ properties: { apn: 'somebody-elses', ipType: 'ipv4' } });
  expect(kind(following(started(memory), [facts(connected(foreign))], after, 20))).toBe('recovering');
});

test('another password waits as well, and the session before is known by its own again', () => {
  const by = (password: string) =>
    policy({ attemptsPerHour: 1, connect: { user: 'u', password: { reveal: () => password }, allowRoaming: true } });
  const asOf = (password: string): Connection => {
    const u = { ...bearer(), properties: { ...bearer().properties, user: 'u' } };
    const { link, ...rest } = online(by(password));
    return { ...rest, link: link && { ...link, bearer: u } };
  };
  const waits = following(asOf('p1'), [session], by('p2'), 10);
  expect(renewal(waits)).toBeDefined();
  expect(renewal(following(waits, [session], by('p1'), 20))).toBeUndefined();
});

test('the time until then counts for no trial, and traffic of the session before proves nothing', () => {
  const waits = reloaded();
  expect(couldPass(waits, 0, { modem: false, attach: false })).toBe(false);
  const through = following(waits, [reachJudged('through')], after, 20);
  const event = { ...proven(30), at: at(30), chance: 0.5 } as Parameters<typeof trialEventOf>[2];
  expect(trialEventOf(through, following(through, [proven(30)], after, 30), event)).toBeUndefined();
  const reload = { ...session, at: at(10), chance: 0.5 } as Parameters<typeof trialEventOf>[2];
  const passing = following(online(before), [reachJudged('through')], before, 5);
  expect(trialEventOf(passing, following(passing, [session], after, 10), reload)).toBeUndefined();
});

test('it is told: in one sentence, as a warning since the reload, and as the next attempt', () => {
  const waits = reloaded();
  const around = {
    pid: 1,
    offlineSince: undefined,
    daemonVersion: '9',
    modemManager: { onBus: true, version: '1.24' },
    counters: { rxBytes: 0, txBytes: 0 },
    warnings: [],
  };
  const status = reportOf(waits, after, around, at(60));
  expect(explain(waits, at(60)).sentence).toMatch(
    /^online on wwan0; the new settings wait until \d\d:\d\d for the hourly ceiling of attempts$/,
  );
  expect(status.warnings).toMatchObject([{ code: 'settings-wait', since: new Date(at(10).wallMs).toISOString() }]);
  expect(Date.parse(status.attempts.nextAt ?? '') - at().wallMs).toBe((renewal(waits)?.dueMs ?? 0) - START_MS);
  expect(reportOf(online(before), before, around, at(60)).warnings).toEqual([]);
});
