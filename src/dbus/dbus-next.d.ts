// The parts of dbus-next 0.10.2 that codec.ts and variant.ts use: how values are written and read.
// Its connection, proxies and introspection are not part of the program.

declare module 'dbus-next/lib/dbus-buffer.js' {
  /** Reads values one after the other; `endian` is 108 ('l') or 66 ('B'). */
  class DBusBuffer {
    constructor(bytes: Buffer, startPosition: number, endian: number, fileDescriptors: null);
    readonly pos: number;
    /** @throws Error, RangeError, TypeError for bytes that do not fit the signature */
    read(signature: string): unknown[];
  }
  export = DBusBuffer;
}

declare module 'dbus-next/lib/marshall-compat.js' {
  const compat: {
    /** Puts Variant objects where the reader leaves pairs. */
    messageToJsFmt(message: { signature: string; body: unknown[] }): { body: unknown[] };
    /**
     * The bytes of a whole message; its body is rewritten in place. @throws Error for a body that
     * does not fit
     */
    marshallMessage(message: object): [bytes: Buffer, fileDescriptors: unknown[]];
  };
  export = compat;
}

declare module 'dbus-next/lib/message-type.js' {
  const messageType: {
    /** A message whose names and path are checked. @throws Error */
    Message: new (
      fields: Readonly<Record<string, unknown>>,
    ) => object;
  };
  export = messageType;
}

declare module 'dbus-next/lib/variant.js' {
  const variant: {
    Variant: new (signature: string, value: unknown) => { readonly signature: string; readonly value: unknown };
  };
  export = variant;
}
