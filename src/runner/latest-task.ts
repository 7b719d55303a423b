// Runs one task at a time. Starting the next aborts the one before and waits until that has really
// ended, so that two never touch the kernel or the modem at once.
//
// INVARIANTS
//   1. At most one task runs.
//   2. A task starts only after the one before has settled, whether it resolved or rejected.
//   3. Starting a task, or stopping, aborts the signal of the one before at once.
//   4. A task that is superseded while it waits for its turn never starts.

export class LatestTask {
  #last: Promise<void> = Promise.resolve();
  #abort = new AbortController();
  #unsettled = 0;

  /** Whether a task was aborted, has not ended yet, and keeps the next one waiting. */
  get stuck(): boolean {
    return this.#unsettled > 1;
  }

  /**
   * Aborts the current task and runs `work` after it. `work` must end soon after its signal aborts.
   * Resolves or rejects with `work`; resolves where `work` never starts.
   */
  start(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#abort.abort(new Error('superseded'));
    const own = new AbortController();
    this.#abort = own;
    const before = this.#last;
    this.#unsettled += 1;
    const run = before
      .catch(() => {})
      .then(() => (own.signal.aborted ? undefined : work(own.signal)))
      .finally(() => {
        this.#unsettled -= 1;
      });
    this.#last = run;
    return run;
  }

  /** Aborts the current task; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.idle();
  }

  /**
   * Resolves when the task that was started last has ended, however it did: whoever started it
   * hears of a rejection.
   */
  async idle(): Promise<void> {
    await this.#last.catch(() => {});
  }
}
