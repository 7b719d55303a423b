// The header of a D-Bus message as it stands on the wire [D-Bus specification, "Message Format"].
// Pure and bounded; it never throws, whatever the bytes are. The body is nobody's business here.

/** Message types by their number on the wire. */
export const FRAME_TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const;

/** The flag of a call that wants no answer. */
export const NO_REPLY_EXPECTED = 1;

/** The part of a header that has a fixed length. */
export const FRAME_START_BYTES = 16;

/** The specification's own limits of an array and of a message: 64 MiB and 128 MiB. */
const MOST_FIELD_BYTES = 2 ** 26;
const MOST_FRAME_BYTES = 2 ** 27;

/** The first 16 bytes: enough to know where the message ends. Lengths are in bytes. */
export interface FrameStart {
  readonly littleEndian: boolean;
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly fieldsLength: number;
  /** The start, the fields and their padding: where the body begins. */
  readonly headerLength: number;
  readonly bodyLength: number;
}

/** The fields that a message may carry; those that it does not have are undefined. */
export interface FrameFields {
  path?: string;
  interface?: string;
  member?: string;
  errorName?: string;
  replySerial?: number;
  destination?: string;
  /** The sender's unique name, written by the bus itself: it cannot be forged. */
  sender?: string;
  signature?: string;
}

export type FrameHeader = FrameStart & Readonly<FrameFields>;

/**
 * The first 16 bytes of a message at `at`. Undefined when no message can begin so; what follows
 * cannot be told apart then.
 */
export function readFrameStart(bytes: Buffer, at = 0): FrameStart | undefined {
  if (bytes.length - at < FRAME_START_BYTES) return undefined;
  const endian = bytes[at];
  const littleEndian = endian === 0x6c;
  if ((!littleEndian && endian !== 0x42) || bytes[at + 3] !== 1) return undefined;
  const word = (offset: number) => readWord(bytes, at + offset, littleEndian);
  const [bodyLength, serial, fieldsLength] = [word(4), word(8), word(12)];
  const headerLength = padded(FRAME_START_BYTES + fieldsLength);
  if (fieldsLength > MOST_FIELD_BYTES || headerLength + bodyLength > MOST_FRAME_BYTES) return undefined;
  const [type = 0, flags = 0] = [bytes[at + 1], bytes[at + 2]];
  return { littleEndian, type, flags, serial, fieldsLength, headerLength, bodyLength };
}

/** Field codes of the specification, with the type that each must have. */
const FIELDS: readonly (readonly [name: keyof FrameFields, type: number] | undefined)[] = [
  undefined,
  ['path', 0x6f],
  ['interface', 0x73],
  ['member', 0x73],
  ['errorName', 0x73],
  ['replySerial', 0x75],
  ['destination', 0x73],
  ['sender', 0x73],
  ['signature', 0x67],
];

/**
 * The whole header of a message at `at`. Undefined when it is incomplete, broken, or has a field of
 * a type that no field of the specification has.
 */
export function readFrameHeader(bytes: Buffer, at = 0): FrameHeader | undefined {
  const start = readFrameStart(bytes, at);
  if (start === undefined || bytes.length - at < start.headerLength) return undefined;
  const fields = readFields(bytes, at, start);
  return fields && { ...start, ...fields };
}

function readFields(bytes: Buffer, at: number, { fieldsLength, littleEndian }: FrameStart): FrameFields | undefined {
  const fields: FrameFields = {};
  const end = at + FRAME_START_BYTES + fieldsLength;
  let position = at + FRAME_START_BYTES;
  while (position < end) {
    // A field is a byte, then a variant: the length of its signature, the signature, a zero.
    if (end - position < 5 || bytes[position + 1] !== 1 || bytes[position + 3] !== 0) return undefined;
    const [code = 0, type = 0] = [bytes[position], bytes[position + 2]];
    const known = FIELDS[code];
    if (known !== undefined && known[1] !== type) return undefined;
    const value = readValue(bytes, position + 4, end, type, littleEndian);
    if (value === undefined) return undefined;
    if (known !== undefined) Object.assign(fields, { [known[0]]: value.value });
    position = at + padded(value.next - at);
  }
  return fields;
}

/** A value of one of the types that fields have: a number (u), or text (s, o with 4 bytes of length, g with one). */
function readValue(bytes: Buffer, at: number, end: number, type: number, littleEndian: boolean) {
  const isSignature = type === 0x67;
  if (!isSignature && end - at < 4) return undefined;
  if (type === 0x75) return { value: readWord(bytes, at, littleEndian), next: at + 4 };
  if (!isSignature && type !== 0x73 && type !== 0x6f) return undefined;
  const length = isSignature ? (bytes[at] ?? 0) : readWord(bytes, at, littleEndian);
  const from = at + (isSignature ? 1 : 4);
  const to = from + length;
  if (to >= end || bytes[to] !== 0) return undefined;
  // Names, paths and signatures are ASCII.
  return { value: bytes.toString('latin1', from, to), next: to + 1 };
}

const padded = (length: number): number => (length + 7) & ~7;

const readWord = (bytes: Buffer, at: number, littleEndian: boolean): number =>
  littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

/** How a message is named in the log: cut short, since a stranger may have chosen the names. */
export function describeFrame({ type, interface: iface, member, replySerial, sender }: FrameHeader): string {
  const what =
    type === FRAME_TYPE.signal || type === FRAME_TYPE.call ? `${iface}.${member}` : `a reply to ${replySerial}`;
  return `${what} from ${sender}`.slice(0, 200);
}
