// What can go wrong while handing name servers to the host.

/** The name servers could not be handed over. `mode` is the way that was chosen, `what` the file, command or call that failed. */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  constructor(
    readonly mode: string,
    readonly what: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
