// Cuts the bytes of the bus into messages. Each is judged by its header before its body is kept:
// what is not wanted passes by without ever being in memory as a whole.
import { FRAME_START_BYTES, type FrameHeader, readFrameHeader, readFrameStart } from './frame.ts';

/** Names and paths of real messages take a few hundred bytes. */
const MOST_HEADER_BYTES = 64 * 1024;

export interface FrameSink {
  /** Whether the whole message is wanted. Called once for each whose header can be read. */
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

const NOTHING = Buffer.alloc(0);

export class FrameReader {
  readonly #sink: FrameSink;
  /** The beginning of a message that is not complete yet. */
  #rest: Buffer = NOTHING;
  /** The header of the message that #rest begins with, once it is wanted. */
  #wanted: FrameHeader | undefined;
  /** How many bytes of an unwanted message are still to come. */
  #skip = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes; the caller may use the buffer again afterwards. @throws FramingError */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const passed = Math.min(this.#skip, bytes.length - at);
      this.#skip -= passed;
      at += passed;
      if (bytes.length - at < FRAME_START_BYTES) break;
      this.#wanted ??= this.#judge(bytes, at);
      if (this.#wanted !== undefined) {
        const body = at + this.#wanted.headerLength;
        const end = body + this.#wanted.bodyLength;
        if (bytes.length < end) break;
        const header = this.#wanted;
        this.#wanted = undefined;
        this.#sink.take(header, Buffer.from(bytes.subarray(body, end)));
        at = end;
      } else if (this.#skip === 0) break;
    }
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }

  /** The header at `at` if its message is wanted; otherwise the message is to be skipped, or more of it is needed. */
  #judge(bytes: Buffer, at: number): FrameHeader | undefined {
    const start = readFrameStart(bytes, at);
    if (start === undefined) throw new FramingError('no D-Bus message begins where one must');
    const { headerLength, bodyLength } = start;
    const tooLong = headerLength > MOST_HEADER_BYTES;
    if (!tooLong && bytes.length - at < headerLength) return undefined;
    const header = tooLong ? undefined : readFrameHeader(bytes, at);
    if (header === undefined) this.#sink.unreadable();
    else if (this.#sink.wants(header)) return header;
    this.#skip = headerLength + bodyLength;
    return undefined;
  }
}
