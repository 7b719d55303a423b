// The one error of modem/: something on D-Bus does not have the form that ModemManager documents.

/**
 * An essential property is missing or has another type than ModemManager documents. `property` is
 * its name, never its value.
 */
export class DBusShapeError extends Error {
  override readonly name = 'DBusShapeError';
  constructor(
    readonly path: string,
    readonly interfaceName: string,
    readonly property: string,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${interfaceName}.${property} of ${path} is not as ModemManager documents it: ${problem}`, options);
  }
}
