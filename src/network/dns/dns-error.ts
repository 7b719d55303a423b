// What can go wrong while handing name servers to the host.

/** The name servers could not be handed over. `what` is the file, command or call that failed. */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  constructor(
    readonly what: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
