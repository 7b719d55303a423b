// Cuts the bytes of the bus into messages. Each is judged by its header before its body is kept:
// what is not wanted passes by without ever being in memory as a whole.
import {
  FRAME_START_BYTES,
  type FrameHeader,
  type FrameStart,
  readFrameHeader,
  readFrameStart,
  readSender,
} from './frame.ts';

/** Names and paths of real messages take a few hundred bytes. */
const MOST_HEADER_BYTES = 64 * 1024;

export interface FrameSink {
  /** Whether a message of that sender is worth a look at the rest of its header. */
  knows(sender: string, start: FrameStart): boolean;
  /** Whether the whole message is wanted. Called once for each whose sender is known. */
  wants(header: FrameHeader): boolean;
  /** A message that was wanted. The body is the sink's to keep. */
  take(header: FrameHeader, body: Buffer): void;
  /** A message whose header cannot be read: it has been left out. */
  unreadable(): void;
}

/** The bytes are out of step: no message begins where one must. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/**
 * What a message that is not complete yet is kept in; it grows for a large one, and shrinks again.
 */
const STORE_BYTES = 128 * 1024;

export class FrameReader {
  readonly #sink: FrameSink;
  /**
   * Begins with the first `#kept` bytes of a message that is not complete yet. Used again and
   * again: a flood makes no garbage.
   */
  #store: Buffer = Buffer.allocUnsafe(STORE_BYTES);
  #kept = 0;
  /** The header of the message that the store begins with, once it is wanted. */
  #wanted: FrameHeader | undefined;
  /** How many bytes of an unwanted message are still to come. */
  #skip = 0;
  /**
   * The fields that were read last, and their sender: a flood is the same message again and again.
   */
  #lastFields: Buffer = Buffer.alloc(0);
  #lastSender = '';

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes; the caller may use the buffer again afterwards. @throws FramingError */
  push(chunk: Buffer): void {
    const bytes = this.#kept === 0 ? chunk : this.#joined(chunk);
    const rest = bytes.subarray(this.#read(bytes));
    if (rest.length > this.#store.length || (rest.length < STORE_BYTES && this.#store.length > STORE_BYTES)) {
      this.#store = Buffer.allocUnsafe(Math.max(rest.length, STORE_BYTES));
    }
    rest.copy(this.#store);
    this.#kept = rest.length;
  }

  /** What was kept, with the chunk behind it. */
  #joined(chunk: Buffer): Buffer {
    const length = this.#kept + chunk.length;
    if (length > this.#store.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      this.#store.copy(larger, 0, 0, this.#kept);
      this.#store = larger;
    }
    chunk.copy(this.#store, this.#kept);
    return this.#store.subarray(0, length);
  }

  /** Reads all messages that are complete. Where the first begins that is not. */
  #read(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      const passed = Math.min(this.#skip, bytes.length - at);
      this.#skip -= passed;
      at += passed;
      if (bytes.length - at < FRAME_START_BYTES) return at;
      this.#wanted ??= this.#judge(bytes, at);
      if (this.#wanted !== undefined) {
        const body = at + this.#wanted.headerLength;
        const end = body + this.#wanted.bodyLength;
        if (bytes.length < end) return at;
        const header = this.#wanted;
        this.#wanted = undefined;
        this.#sink.take(header, Buffer.from(bytes.subarray(body, end)));
        at = end;
      } else if (this.#skip === 0) return at;
    }
  }

  /**
   * The header at `at` if its message is wanted; otherwise the message is to be skipped, or more of
   * it is needed.
   */
  #judge(bytes: Buffer, at: number): FrameHeader | undefined {
    const start = readFrameStart(bytes, at);
    if (start === undefined) throw new FramingError('no D-Bus message begins where one must');
    const { headerLength, bodyLength } = start;
    const readable = headerLength <= MOST_HEADER_BYTES;
    if (readable && bytes.length - at < headerLength) return undefined;
    if (!readable) this.#sink.unreadable();
    else if (this.#sink.knows(this.#senderOf(bytes, at, start), start)) {
      const header = readFrameHeader(bytes, at);
      if (header === undefined) this.#sink.unreadable();
      else if (this.#sink.wants(header)) return header;
    }
    this.#skip = headerLength + bodyLength;
    return undefined;
  }

  #senderOf(bytes: Buffer, at: number, start: FrameStart): string {
    const from = at + FRAME_START_BYTES;
    const to = at + start.headerLength;
    if (this.#lastFields.compare(bytes, from, to) !== 0) {
      this.#lastFields = Buffer.from(bytes.subarray(from, to));
      this.#lastSender = readSender(bytes, at, start);
    }
    return this.#lastSender;
  }
}
