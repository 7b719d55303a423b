// The first fault that ends the daemon, as a promise that others can wait for.

export class Faults {
  /** Rejects with the first fault; never resolves. */
  readonly promise: Promise<never>;
  #reject: (error: unknown) => void = () => {};

  constructor() {
    this.promise = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Whoever waits hears of it; a fault before anybody waits is none of the runtime's business.
    this.promise.catch(() => {});
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}
