// D-Bus messages as bytes, written here by the specification's words and not by the code under
// test.

export interface WireMessage {
  readonly littleEndian?: boolean;
  readonly type?: number;
  readonly flags?: number;
  readonly serial?: number;
  /** Field code, type and value, in the order in which they are written. */
  readonly fields?: readonly (readonly [code: number, type: 's' | 'o' | 'g' | 'u', value: string | number])[];
  readonly body?: Buffer;
}

/** The bytes of a message. */
export function wireMessage(message: WireMessage): Buffer {
  const { littleEndian = true, type = 4, flags = 0, serial = 1, fields = [], body = Buffer.alloc(0) } = message;
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  let written = Buffer.alloc(0);
  for (const [code, kind, value] of fields) {
    written = Buffer.concat([written, Buffer.alloc((8 - (written.length % 8)) % 8)]);
    const start = Buffer.from([code, 1, kind.charCodeAt(0), 0]);
    const text = Buffer.from(`${value}\0`, 'latin1');
    const length = kind === 'g' ? Buffer.from([text.length - 1]) : word(text.length - 1);
    written = Buffer.concat([written, start, ...(kind === 'u' ? [word(Number(value))] : [length, text])]);
  }
  const head = Buffer.from([littleEndian ? 0x6c : 0x42, type, flags, 1]);
  const padding = Buffer.alloc((8 - ((16 + written.length) % 8)) % 8);
  return Buffer.concat([head, word(body.length), word(serial), word(written.length), written, padding, body]);
}
