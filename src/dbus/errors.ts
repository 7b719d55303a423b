// What can go wrong on the bus itself. What a D-Bus error name means to the connection is
// modem/errors/failure.ts's business.

/**
 * An error reply. `type` is the D-Bus error name, `text` what the peer wrote, `call` the method and
 * object that were called.
 */
export class DBusCallError extends Error {
  override readonly name = 'DBusCallError';
  constructor(
    readonly type: string,
    readonly text: string,
    readonly call: string,
    options?: ErrorOptions,
  ) {
    super(`${call}: ${type}${text === '' ? '' : `: ${text}`}`, options);
  }
}

/**
 * The connection to the bus cannot be had or is gone. There is no way back on the same connection:
 * the process ends and is restarted.
 */
export class BusLostError extends Error {
  override readonly name = 'BusLostError';
}
