// The information buffers of MBIM commands: little-endian fixed fields first, then the data that
// offsets point to (clause 10.3). One writer and one reader; what the fields mean is said where
// they are used.

import { uuidBytes, uuidText } from './codec.ts';

type Field = { readonly bytes: Buffer } | { readonly data: Buffer; readonly withSize: boolean };

/**
 * Collects fields in order; offsets are filled in by `done`, when the length of the fixed part is
 * known.
 */
export class BufferWriter {
  readonly #fields: Field[] = [];

  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.#fields.push({ bytes });
    return this;
  }

  u64(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    this.#fields.push({ bytes });
    return this;
  }

  uuid(value: string): this {
    this.#fields.push({ bytes: uuidBytes(value) });
    return this;
  }

  /** An offset/size pair to UTF-16LE text. An empty string is the pair 0, 0. */
  string(value: string): this {
    this.#fields.push({ data: Buffer.from(value, 'utf16le'), withSize: true });
    return this;
  }

  /** An offset/size pair to a structure, as in an array of references. */
  struct(value: Buffer): this {
    this.#fields.push({ data: value, withSize: true });
    return this;
  }

  /**
   * An offset alone, to data whose length follows from another field (addresses). No data is offset
   * 0.
   */
  reference(value: Buffer): this {
    this.#fields.push({ data: value, withSize: false });
    return this;
  }

  done(): Buffer {
    const fixed = this.#fields.map((field) => ('bytes' in field ? field.bytes.length : field.withSize ? 8 : 4));
    let offset = fixed.reduce((sum, length) => sum + length, 0);
    const head: Buffer[] = [];
    const data: Buffer[] = [];
    for (const field of this.#fields) {
      if ('bytes' in field) {
        head.push(field.bytes);
        continue;
      }
      const pair = Buffer.alloc(field.withSize ? 8 : 4);
      if (field.data.length > 0) {
        pair.writeUInt32LE(offset, 0);
        if (field.withSize) pair.writeUInt32LE(field.data.length, 4);
        const padded = Buffer.alloc(Math.ceil(field.data.length / 4) * 4);
        field.data.copy(padded);
        data.push(padded);
        offset += padded.length;
      }
      head.push(pair);
    }
    return Buffer.concat([...head, ...data]);
  }
}

/**
 * Reads the fields of a host's buffer in order. Reading past the end throws RangeError, which the
 * modem answers with invalid-parameters.
 */
export class BufferReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  uuid(): string {
    const bytes = this.#bytes.subarray(this.#at, this.#at + 16);
    if (bytes.length < 16) throw new RangeError('the buffer ends inside a UUID');
    this.#at += 16;
    return uuidText(bytes);
  }

  string(): string {
    return this.struct().toString('utf16le');
  }

  struct(): Buffer {
    const offset = this.u32();
    const size = this.u32();
    if (offset + size > this.#bytes.length) throw new RangeError('the buffer ends inside referenced data');
    return this.#bytes.subarray(offset, offset + size);
  }
}
