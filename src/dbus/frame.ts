// The header of a D-Bus message as it stands on the wire [D-Bus specification, "Message Format"].
// Pure and bounded; it never throws, whatever the bytes are. It never looks at the body.

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
  const bodyLength = readWord(bytes, at + 4, littleEndian);
  const serial = readWord(bytes, at + 8, littleEndian);
  const fieldsLength = readWord(bytes, at + 12, littleEndian);
  const headerLength = padded(FRAME_START_BYTES + fieldsLength);
  if (fieldsLength > MOST_FIELD_BYTES || headerLength + bodyLength > MOST_FRAME_BYTES) return undefined;
  const type = bytes[at + 1] ?? 0;
  const flags = bytes[at + 2] ?? 0;
  return { littleEndian, type, flags, serial, fieldsLength, headerLength, bodyLength };
}

/** The types that fields have, by their letters: o, s, g, u. */
const PATH = 0x6f;
const STRING = 0x73;
const SIGNATURE = 0x67;
const UINT32 = 0x75;

/** Field codes of the specification, with the type that each must have. */
const FIELDS: readonly (readonly [name: keyof FrameFields, type: number] | undefined)[] = [
  undefined,
  ['path', PATH],
  ['interface', STRING],
  ['member', STRING],
  ['errorName', STRING],
  ['replySerial', UINT32],
  ['destination', STRING],
  ['sender', STRING],
  ['signature', SIGNATURE],
];
const SENDER = 7;

/**
 * The whole header of a message at `at`. Undefined when it is incomplete, broken, or has a field of
 * a type that no field of the specification has.
 */
export function readFrameHeader(bytes: Buffer, at = 0): FrameHeader | undefined {
  const start = readFrameStart(bytes, at);
  if (start === undefined || bytes.length - at < start.headerLength) return undefined;
  const fields: FrameFields = {};
  for (let next = firstField(at); next < lastField(at, start); ) {
    next = readField(bytes, at, next, start);
    if (next === BROKEN) return undefined;
    const name = FIELDS[field.code]?.[0];
    if (name === 'replySerial') fields.replySerial = readWord(bytes, field.from, start.littleEndian);
    // Names, paths and signatures are ASCII.
    else if (name !== undefined) fields[name] = bytes.toString('latin1', field.from, field.to);
  }
  return { ...start, ...fields };
}

/** The sender alone, '' when there is none: a flood is judged by it, and makes no garbage. */
export function readSender(bytes: Buffer, at: number, start: FrameStart): string {
  for (let next = firstField(at); next < lastField(at, start); ) {
    next = readField(bytes, at, next, start);
    if (next === BROKEN) break;
    if (field.code === SENDER) return bytes.toString('latin1', field.from, field.to);
  }
  return '';
}

const firstField = (at: number): number => at + FRAME_START_BYTES;

const lastField = (at: number, { fieldsLength }: FrameStart): number => at + FRAME_START_BYTES + fieldsLength;

/** The field that readField has read last, and where its value is. */
const field = { code: 0, from: 0, to: 0 };

/** Beyond every position, so that it ends a loop over fields. */
const BROKEN = Number.MAX_SAFE_INTEGER;

/**
 * Reads the field at `position` into `field`. Where the next one is; BROKEN when this one is not
 * sound.
 */
function readField(bytes: Buffer, at: number, position: number, start: FrameStart): number {
  const end = lastField(at, start);
  // A field is a byte, then a variant: the length of its signature, the signature, a zero.
  if (end - position < 5 || bytes[position + 1] !== 1 || bytes[position + 3] !== 0) return BROKEN;
  const code = bytes[position] ?? 0;
  const type = bytes[position + 2];
  const known = FIELDS[code];
  if (known !== undefined && known[1] !== type) return BROKEN;
  let from = position + 4;
  let length = 4;
  if (type === SIGNATURE) length = bytes[from++] ?? 0;
  else if (end - from < 4) return BROKEN;
  else if (type === STRING || type === PATH) {
    length = readWord(bytes, from, start.littleEndian);
    from += 4;
  } else if (type !== UINT32) return BROKEN;
  field.code = code;
  field.from = from;
  field.to = from + length;
  // Text has a zero behind it.
  const next = type === UINT32 ? field.to : field.to + 1;
  if (next > end || (type !== UINT32 && bytes[field.to] !== 0)) return BROKEN;
  return at + padded(next - at);
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
