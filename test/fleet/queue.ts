// What happens next to which board: a binary heap over typed arrays, since a run has tens of
// millions of entries. Each board has one entry at most: it waits for one thing at a time.

export class Queue {
  #size = 0;
  readonly #times: Float64Array;
  readonly #boards: Int32Array;

  constructor(boards: number) {
    this.#times = new Float64Array(boards + 1);
    this.#boards = new Int32Array(boards + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** The time of the next entry, in milliseconds. */
  get nextMs(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(atMs: number, board: number): void {
    const times = this.#times;
    const boards = this.#boards;
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const parentMs = times[parent] as number;
      if (parentMs <= atMs) break;
      times[hole] = parentMs;
      boards[hole] = boards[parent] as number;
      hole = parent;
    }
    times[hole] = atMs;
    boards[hole] = board;
  }

  /** Takes the next entry away and returns its board. */
  pop(): number {
    const times = this.#times;
    const boards = this.#boards;
    const board = boards[0] as number;
    const last = --this.#size;
    const atMs = times[last] as number;
    const lastBoard = boards[last] as number;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && (times[child + 1] as number) < (times[child] as number)) child += 1;
      if ((times[child] as number) >= atMs) break;
      times[hole] = times[child] as number;
      boards[hole] = boards[child] as number;
      hole = child;
    }
    times[hole] = atMs;
    boards[hole] = lastBoard;
    return board;
  }
}

/** Numbers from [0, 1) that only depend on `seed` (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
