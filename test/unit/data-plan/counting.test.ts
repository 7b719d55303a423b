// Whether every byte is counted once, whatever happens to the daemon, the host, the interface and
// the clock.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atMoment, counted, NO_USAGE, type Usage, usedSince } from '../../../src/data-plan/usage.ts';
import { isDue } from '../../../src/data-plan/usage-store.ts';

const LIMIT = 100_000_000;
const SIMS = ['sim a', 'sim b'] as const;
const NOW = new Date(2026, 10, 27, 12).getTime();

type Step =
  | { readonly kind: 'traffic'; readonly rx: number; readonly tx: number }
  | { readonly kind: 'look' | 'kill' | 'stop' | 'power cut' | 'reboot' | 'counters reset' | 'new interface' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'clock set'; readonly wallMs: number }
  | { readonly kind: 'interface'; readonly index: number }
  | { readonly kind: 'sim'; readonly index: number };

/** A board, its daemon and what really passed, beside what was counted. */
class Board {
  #bootId = 1;
  #monotonicMs = 30_000;
  #wallMs = NOW;
  #nextIndex = 2;
  #interfaces = [{ instance: 'wwan0 1', rxBytes: 5_000, txBytes: 300 }];
  #name = 0;
  #sim = 0;
  #usage: Usage = NO_USAGE;
  #inRun: Usage | undefined;
  #onDisk: Usage = NO_USAGE;
  #unsaved = 0;
  #savedMs = Number.NEGATIVE_INFINITY;
  #unread = 0;
  readonly truth = [0, 0];
  /** What may be missing: what nobody could read any more, or what the disk did not have. */
  readonly mayLose = [0, 0];

  constructor() {
    this.look();
  }

  do(step: Step): void {
    switch (step.kind) {
      case 'traffic': {
        const all = this.#interfaces[this.#name];
        if (all === undefined) return;
        this.#interfaces[this.#name] = { ...all, rxBytes: all.rxBytes + step.rx, txBytes: all.txBytes + step.tx };
        this.truth[this.#sim] = (this.truth[this.#sim] ?? 0) + step.rx + step.tx;
        this.#unread += step.rx + step.tx;
        return;
      }
      case 'wait':
        this.#monotonicMs += step.ms;
        this.#wallMs += step.ms;
        this.look();
        return;
      case 'look':
        this.look();
        return;
      case 'clock set':
        this.#wallMs = step.wallMs;
        this.look();
        return;
      case 'kill':
        this.#usage = this.#inRun ?? this.#onDisk;
        this.look();
        return;
      case 'stop':
        this.look();
        this.#write();
        return;
      case 'power cut':
        this.#lose(this.#unread + this.#unsaved);
        this.#boot();
        return;
      case 'reboot':
        this.look();
        this.#write();
        this.#boot();
        return;
      case 'counters reset':
        this.#lose(this.#unread);
        this.#interfaces = this.#interfaces.map((all) => ({ ...all, rxBytes: 0, txBytes: 0 }));
        this.look();
        return;
      case 'new interface':
        this.#lose(this.#unread);
        this.#nextIndex += 1;
        this.#interfaces[this.#name] = { instance: `wwan0 ${this.#nextIndex}`, rxBytes: 0, txBytes: 0 };
        return;
      case 'interface':
        this.look();
        this.#name = step.index;
        this.#nextIndex += 1;
        this.#interfaces[step.index] ??= { instance: `qmapmux0.0 ${this.#nextIndex}`, rxBytes: 0, txBytes: 0 };
        this.look();
        return;
      case 'sim':
        this.look();
        this.#sim = step.index;
    }
  }

  look(): void {
    const at = { monotonicMs: this.#monotonicMs, wallMs: this.#wallMs };
    const reading = this.#interfaces[this.#name];
    const sim = SIMS[this.#sim] ?? '';
    const before = atMoment(this.#usage, at, `boot ${this.#bootId}`);
    this.#usage = reading === undefined ? before : counted(before, sim, reading);
    this.#unsaved += usedSince(this.#usage, sim, '').bytes - usedSince(before, sim, '').bytes;
    this.#unread = 0;
    this.#inRun = this.#usage;
    if (isDue({ bytes: this.#unsaved, ms: this.#monotonicMs - this.#savedMs }, LIMIT)) this.#write();
  }

  counted(sim: number): number {
    return usedSince(this.#usage, SIMS[sim] ?? '', '').bytes;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  #write(): void {
    this.#onDisk = JSON.parse(JSON.stringify(this.#usage)) as Usage;
    this.#unsaved = 0;
    this.#savedMs = this.#monotonicMs;
  }

  #boot(): void {
    this.#bootId += 1;
    this.#monotonicMs = 20_000;
    this.#savedMs = Number.NEGATIVE_INFINITY;
    this.#unsaved = 0;
    this.#unread = 0;
    this.#inRun = undefined;
    this.#usage = this.#onDisk;
    this.#name = 0;
    this.#nextIndex = 2;
    // The kernel gives the same index again.
    this.#interfaces = [{ instance: 'wwan0 1', rxBytes: 0, txBytes: 0 }];
  }

  #lose(bytes: number): void {
    // Unsaved bytes may be of either SIM.
    for (const index of [0, 1]) this.mayLose[index] = (this.mayLose[index] ?? 0) + bytes;
    this.#unread = 0;
  }
}

const bytes = fc.oneof(fc.nat(2_000), fc.nat(3_000_000), fc.nat(5_000_000_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('traffic' as const), rx: bytes, tx: bytes }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('look', 'kill', 'stop', 'power cut', 'reboot', 'counters reset', 'new interface'),
    }),
  },
  fc.record({ kind: fc.constant('wait' as const), ms: fc.oneof(fc.nat(60_000), fc.nat(3 * 86_400_000)) }),
  fc.record({
    kind: fc.constant('clock set' as const),
    wallMs: fc.constantFrom(0, NOW, NOW + 40 * 86_400_000, NOW - 40 * 86_400_000, 4e12, 8.6e15, -1),
  }),
  fc.record({ kind: fc.constant('interface' as const), index: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('sim' as const), index: fc.constantFrom(0, 1) }),
);

test('no byte is counted twice, and none is lost but what a power cut takes from memory', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const board = new Board();
      for (const each of steps) board.do(each);
      board.look();
      for (const sim of [0, 1]) {
        const [truth = 0, mayLose = 0] = [board.truth[sim], board.mayLose[sim]];
        expect(board.counted(sim)).toBeLessThanOrEqual(truth);
        expect(board.counted(sim)).toBeGreaterThanOrEqual(truth - mayLose);
      }
    }),
    { numRuns: 1000 },
  );
});

test('what a power cut takes is bounded, whatever was carried before', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const board = new Board();
      for (const each of steps) {
        board.do(each);
        board.look();
        expect(board.unsaved).toBeLessThanOrEqual(LIMIT / 100);
      }
    }),
  );
});

test.each([
  ['nothing was counted', { bytes: 0, ms: 59 * 60_000 }, undefined, false],
  ['the date alone went on for an hour', { bytes: 0, ms: 60 * 60_000 }, undefined, true],
  ['a little, for five minutes', { bytes: 1, ms: 5 * 60_000 }, undefined, true],
  ['a little, for less', { bytes: 15_000_000, ms: 5 * 60_000 - 1 }, undefined, false],
  ['much', { bytes: 16_000_001, ms: 0 }, undefined, true],
  ['more than a hundredth of the plan', { bytes: 5_000_001, ms: 0 }, 500_000_000, true],
])('the disk is written where %s: %o of a plan of %s: %s', (_what, unsaved, limit, due) => {
  expect(isDue(unsaved, limit)).toBe(due);
});

test('what an interface carried before the first look ever is nobody’s', () => {
  const first = counted(atMoment(NO_USAGE, { monotonicMs: 0, wallMs: NOW }, 'boot'), 'sim', {
    instance: 'wwan0 3',
    rxBytes: 1e9,
    txBytes: 1e9,
  });
  expect(usedSince(first, 'sim', '').bytes).toBe(0);
  const next = counted(first, 'sim', { instance: 'qmapmux0.0 9', rxBytes: 10, txBytes: 5 });
  expect(usedSince(next, 'sim', '').bytes).toBe(15);
});
