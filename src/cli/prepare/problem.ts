// Why `prepare` stopped, in words for a person.

/** Nothing is half done when this is thrown: its message says what state the modem is in. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError';
  constructor(
    message: string,
    /** What the person can do. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
