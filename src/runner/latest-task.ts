// A lane runs one piece of work at a time: starting the next aborts the one before and waits until that has really ended, so that two
// never touch the kernel or the modem at once.

export class Lane {
  #last: Promise<void> = Promise.resolve();
  #abort = new AbortController();
  #waiting = 0;

  /** Whether work that was aborted has not ended yet, and the next is kept waiting by it. */
  get stuck(): boolean {
    return this.#waiting > 1;
  }

  /** Aborts what runs and starts `work` after it. `work` must end soon after its signal aborts. Resolves or rejects with `work`. */
  start(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#abort.abort(new Error('superseded'));
    const own = new AbortController();
    this.#abort = own;
    const before = this.#last;
    this.#waiting += 1;
    const run = before
      .catch(() => {})
      .then(() => (own.signal.aborted ? undefined : work(own.signal)))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = run;
    return run;
  }

  /** Aborts what runs; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    // What it rejected with has been reported to whoever started it.
    await this.#last.catch(() => {});
  }

  /** Resolves when the work started last has ended, however it did. */
  async idle(): Promise<void> {
    await this.#last.catch(() => {});
  }
}
