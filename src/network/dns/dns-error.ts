// What can go wrong while handing name servers to the host.

/**
 * The name servers could not be handed over. `what` is the file, command or call that failed.
 * `remedy`: what to look at, where that is not the file.
 */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  readonly remedy: string | undefined;
  constructor(
    readonly what: string,
    message: string,
    options?: ErrorOptions & { readonly remedy?: string },
  ) {
    super(message, options);
    this.remedy = options?.remedy;
  }
}
