// Random lives around the pure part: files come and go, the network dies and comes back, the daemon
// is killed between any two steps, and only what was written down is left of it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  afterLoading,
  afterTrialEvent,
  isBack,
  noTrials,
  type TrialEvent,
  type Trials,
} from '../../../../src/connection/trial/trial.ts';

const OPTIONS = {
  numRuns: Number(process.env.WALK_RUNS ?? 500),
  ...(process.env.WALK_SEED !== undefined && { seed: Number(process.env.WALK_SEED) }),
};
const LIMIT_MS = 600_000;
const TICK_MS = 60_000;

/** What the carrier makes of the settings of a file. */
type Kind = 'good' | 'refused' | 'silent';
const FILES: Readonly<Record<string, Kind>> = {
  first: 'good',
  second: 'good',
  wrong: 'refused',
  worse: 'refused',
  dead: 'silent',
};

/** What outlives the daemon. */
interface Disk {
  readonly trials: Trials;
  readonly proven: string;
}

class Board {
  file = 'first';
  networkIsUp = true;
  /** Saved as a whole: the proven settings and what is on trial. */
  disk: Disk = { trials: noTrials, proven: 'first' };
  trials: Trials = noTrials;
  proven = 'first';
  readonly refusals = new Map<string, number>();
  sessionOf: string | undefined;

  constructor() {
    this.load(true);
  }

  get inForce(): string {
    return isBack(this.trials) ? this.proven : this.file;
  }

  load(isStart: boolean): void {
    const loaded = { fingerprint: this.file, differs: this.file !== this.proven, sim: 'A' };
    this.#become(afterLoading(this.trials, loaded, { limitMs: LIMIT_MS, isStart }));
  }

  /** Whatever was not written down is gone; so is the session. */
  kill(): void {
    this.trials = this.disk.trials;
    this.proven = this.disk.proven;
    this.sessionOf = undefined;
    this.load(true);
  }

  reload(file: string): void {
    this.file = file;
    this.load(false);
  }

  /** A minute: a session is made where there is none of the settings in force, and asked. */
  tick(): void {
    const settings = this.inForce;
    const kind = FILES[settings];
    if (this.sessionOf !== settings) {
      if (this.networkIsUp && kind === 'refused') {
        this.refusals.set(settings, (this.refusals.get(settings) ?? 0) + 1);
        this.happened({ kind: 'refused', class: 'apn', cause: 27, sim: 'A' });
        return;
      }
      if (this.networkIsUp) this.sessionOf = settings;
    }
    if (this.networkIsUp && kind === 'good') this.happened({ kind: 'passed', sim: 'A' });
    else this.happened({ kind: 'spent', ms: TICK_MS });
  }

  happened(...events: readonly TrialEvent[]): void {
    for (const event of events) {
      if (event.kind === 'passed' && !isBack(this.trials)) this.proven = this.file;
      this.#become(afterTrialEvent(this.trials, event, LIMIT_MS));
    }
  }

  /** Written down before anything follows from it. */
  #become(next: Trials): void {
    this.trials = next;
    this.disk = { trials: next, proven: this.proven };
  }
}

type Act = readonly [name: string, act: (board: Board) => void];
const act = (name: string, run: (board: Board) => void): fc.Arbitrary<Act> => fc.constant([name, run]);

const acts = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 30 }).map(
      (minutes): Act => [
        `${minutes} min`,
        (board) => {
          for (let minute = 0; minute < minutes; minute += 1) board.tick();
        },
      ],
    ),
    fc.constantFrom(...Object.keys(FILES)).map((file): Act => [`reload ${file}`, (board) => board.reload(file)]),
    act('killed', (board) => board.kill()),
    fc.constantFrom(...Object.keys(FILES)).map(
      (file): Act => [
        `restart with ${file}`,
        (board) => {
          board.file = file;
          board.kill();
        },
      ],
    ),
    fc.boolean().map(
      (up): Act => [
        `network up: ${up}`,
        (board) => {
          board.networkIsUp = up;
        },
      ],
    ),
  ),
  { minLength: 3, maxLength: 60 },
);

const told = (story: readonly Act[]) => story.map(([name]) => name).join('; ');

function live(story: readonly Act[]): Board {
  const board = new Board();
  for (const [, run] of story) {
    run(board);
    expect(FILES[board.proven], told(story)).toBe('good');
    expect(FILES[board.disk.proven], told(story)).toBe('good');
    for (const [file, times] of board.refusals) expect(times, `${file}: ${told(story)}`).toBe(1);
  }
  return board;
}

test('in no sequence is anybody refused twice, or are settings that carried traffic lost', () => {
  fc.assert(
    fc.property(acts, (story) => {
      live(story);
    }),
    OPTIONS,
  );
});

test('whatever happened: with a network that lives the board carries traffic within hours', () => {
  fc.assert(
    fc.property(acts, (story) => {
      const board = live(story);
      board.networkIsUp = true;
      for (let minute = 0; minute < 6 * 60; minute += 1) board.tick();
      expect(FILES[board.inForce], told(story)).toBe('good');
      expect(board.sessionOf).toBe(board.inForce);
    }),
    OPTIONS,
  );
});

test('in no sequence is a change that works condemned by one network that died', () => {
  const deaths = fc.record({
    before: fc.integer({ min: 0, max: 40 }),
    dead: fc.integer({ min: 1, max: 400 }),
    kills: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(deaths, ({ before, dead, kills }) => {
      const board = new Board();
      board.tick();
      board.reload('second');
      board.networkIsUp = before > 20;
      for (let minute = 0; minute < before; minute += 1) board.tick();
      board.networkIsUp = false;
      for (let minute = 0; minute < dead; minute += 1) {
        if (kills.includes(minute)) board.kill();
        board.tick();
      }
      board.networkIsUp = true;
      for (let minute = 0; minute < 180; minute += 1) board.tick();
      expect(board.inForce).toBe('second');
      expect(board.trials.standing.kind).toBe('settled');
    }),
    OPTIONS,
  );
});

test('a network that is dead for a day costs an attempt a turn, and not more', () => {
  const board = new Board();
  board.tick();
  board.reload('second');
  board.networkIsUp = false;
  const turns = new Set<string>();
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    board.tick();
    turns.add(`${board.trials.standing.kind} ${'turnMs' in board.trials.standing ? board.trials.standing.turnMs : ''}`);
  }
  expect(board.trials.condemned).toEqual([]);
  expect(turns.size).toBeLessThanOrEqual(8);
});
