// Counts the messages that were dropped, and says so: each kind at its first, and then at each
// tenfold, so that a flood fills no journal.

/** Each kind with what it means, and the count from which it is worth a line. */
const KINDS = {
  // A few are normal: answers that come after their deadline, last signals of a service that ends.
  foreign: { from: 100, meaning: 'somebody on the bus sends messages that were not asked for; they are dropped' },
  oversized: { from: 1, meaning: 'a message on the bus is too large; it is dropped' },
  unreadable: { from: 1, meaning: 'a message on the bus cannot be read; it is dropped' },
} as const;

const MOST_CHARS = 300;

export class Dropped {
  readonly #say: (text: string) => void;
  readonly #counts = { foreign: 0, oversized: 0, unreadable: 0 };

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Counts one; `what` describes it, when that is asked for. */
  add(kind: keyof typeof KINDS, what: () => string): void {
    this.#counts[kind] += 1;
    const count = this.#counts[kind];
    const { from, meaning } = KINDS[kind];
    if (count < from || !Number.isInteger(Math.log10(count))) return;
    this.#say(`${meaning} (${count} so far): ${what().slice(0, MOST_CHARS)}`);
  }
}
