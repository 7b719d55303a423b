// A change on trial: refused, silent, accepted, and a network that is dead meanwhile.
import { describe, expect, test } from 'vitest';
import {
  afterLoading,
  afterTrialEvent,
  isBack,
  noTrials,
  type TrialEvent,
  type Trials,
} from '../../../../src/connection/trial/trial.ts';

const LIMIT_MS = 600_000;
const start = { limitMs: LIMIT_MS, isStart: true };
const reload = { limitMs: LIMIT_MS, isStart: false };
const changed = (fingerprint: string, sim?: string) => ({ fingerprint, differs: true, sim });

const refused: TrialEvent = { kind: 'refused', class: 'apn', cause: 27, apn: 'iot', sim: 'A' };
const silence = (ms = LIMIT_MS): TrialEvent => ({ kind: 'spent', ms });
const passed: TrialEvent = { kind: 'passed', sim: 'A' };

const following = (trials: Trials, ...events: readonly TrialEvent[]) =>
  events.reduce((now, event) => afterTrialEvent(now, event, LIMIT_MS), trials);
const onTrial = () => afterLoading(noTrials, changed('new'), reload);

describe('a change', () => {
  test('that carries traffic is accepted', () => {
    expect(following(onTrial(), passed).standing).toEqual({ kind: 'settled' });
  });

  test('that is refused is taken back at once, and is not tried when it is read again', () => {
    const back = following(onTrial(), refused);
    expect(isBack(back)).toBe(true);
    expect(afterLoading(back, changed('new'), reload).standing.kind).toBe('condemned');
    expect(afterLoading(back, changed('new'), start).standing.kind).toBe('condemned');
  });

  test('that was refused stays refused after others were tried', () => {
    const back = following(afterLoading(following(onTrial(), refused), changed('other'), reload), refused);
    expect(afterLoading(back, changed('new'), reload).standing.kind).toBe('condemned');
    expect(afterLoading(back, changed('third'), reload).standing.kind).toBe('trying');
  });

  test('over which nothing passes, twice, is taken back when the one before does carry traffic', () => {
    const compared = following(onTrial(), silence());
    expect(compared.standing.kind).toBe('comparing');
    const second = following(compared, passed);
    expect(second.standing).toMatchObject({ kind: 'trying', spentMs: 0, turnMs: 120_000 });
    expect(following(second, silence(120_000), passed).standing).toEqual({
      kind: 'condemned',
      by: { fingerprint: 'new', how: 'silent', sim: 'A' },
    });
  });

  test('is not on trial where nothing is proven yet, nor where trials are off', () => {
    expect(afterLoading(noTrials, { ...changed('new'), differs: false }, start).standing.kind).toBe('settled');
    expect(afterLoading(noTrials, changed('new'), { limitMs: 0, isStart: true }).standing.kind).toBe('settled');
  });

  test('that was condemned is tried again with another SIM', () => {
    const back = following(onTrial(), refused);
    expect(following(back, { kind: 'simSeen', sim: 'A' })).toBe(back);
    expect(following(back, { kind: 'simSeen', sim: 'B' }).standing.kind).toBe('trying');
    expect(afterLoading(back, changed('new', 'B'), start).standing.kind).toBe('trying');
  });
});

describe('a dead network', () => {
  test('condemns nobody: both take turns, and the turns grow', () => {
    let trials = onTrial();
    const turns: string[] = [];
    for (let minute = 0; minute < 300; minute += 1) {
      if (turns.at(-1) !== trials.standing.kind) turns.push(trials.standing.kind);
      trials = following(trials, silence(60_000));
    }
    expect(new Set(turns)).toEqual(new Set(['trying', 'comparing']));
    expect(turns.length).toBeLessThanOrEqual(9);
    expect(following(trials, silence(7_200_000)).condemned).toEqual([]);
  });

  test('that comes back while the settings before have their turn gives the change another', () => {
    expect(following(onTrial(), silence(), silence(1_000), passed, passed).standing.kind).toBe('settled');
  });

  test('does not save a change for ever', () => {
    const once = following(onTrial(), silence(), passed);
    expect(following(once, silence(), passed).standing.kind).toBe('condemned');
  });
});

describe('the settings before', () => {
  test('that are refused themselves get no turn again', () => {
    const alone = following(onTrial(), silence(), refused);
    expect(alone.standing).toMatchObject({ kind: 'trying', turnMs: undefined });
    expect(following(alone, silence(86_400_000), refused).standing.kind).toBe('trying');
    expect(following(alone, passed).standing.kind).toBe('settled');
  });
});

describe('a person', () => {
  test('ends a trial', () => {
    expect(following(onTrial(), { kind: 'accepted' }).standing.kind).toBe('settled');
    expect(following(onTrial(), silence(), { kind: 'accepted' }).standing.kind).toBe('settled');
  });

  test('has what was condemned tried once more', () => {
    const again = following(onTrial(), refused, { kind: 'accepted' });
    expect(again).toMatchObject({ standing: { kind: 'trying' }, condemned: [] });
  });
});

describe('a daemon that is killed', () => {
  test('goes on where it was', () => {
    const half = following(onTrial(), silence(LIMIT_MS / 2));
    expect(afterLoading(half, changed('new'), reload)).toBe(half);
    const life = afterLoading(half, changed('new'), start);
    expect(life.standing).toMatchObject({ kind: 'trying' });
    expect(following(life, silence(LIMIT_MS / 2)).standing.kind).toBe('comparing');
  });

  test('again and again does not try for ever', () => {
    let trials = onTrial();
    for (let life = 0; life < 30; life += 1) trials = afterLoading(trials, changed('new'), start);
    expect(isBack(afterLoading(onTrial(), changed('new'), start))).toBe(false);
    expect(trials.standing).not.toMatchObject({ kind: 'trying', turnMs: LIMIT_MS });
  });
});
