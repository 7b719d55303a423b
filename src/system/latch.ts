// A latch: raised by any number of callers, waited for by one. Several raises before the wait are
// one.

export class Latch {
  #up = false;
  #wake: (() => void) | undefined;

  raise(): void {
    this.#up = true;
    this.#wake?.();
  }

  /** Resolves once the latch has been raised, and lowers it; resolves too when `signal` aborts. */
  async raised(signal: AbortSignal): Promise<void> {
    if (!this.#up && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    this.#up = false;
    this.#wake = undefined;
  }
}
