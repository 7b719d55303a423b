// QMI messages as bytes: a QMUX frame around a request, a response or an indication, and the TLVs
// in it (as libqmi has them). All numbers are little-endian. Knows nothing of any service.

/** Numbers of services; 0 is the one that hands out the others' client ids. */
export const ServiceId = { ctl: 0x00, wds: 0x01, dms: 0x02, nas: 0x03, uim: 0x0b, wda: 0x1a } as const;

/** Error codes of a response's result, as far as the modem gives them. */
export const QmiError = {
  none: 0,
  malformedMessage: 1,
  internal: 3,
  clientIdsExhausted: 5,
  invalidClientId: 7,
  invalidHandle: 9,
  incorrectPin: 12,
  callFailed: 14,
  outOfCall: 15,
  notProvisioned: 16,
  missingArgument: 17,
  noEffect: 26,
  invalidServiceType: 31,
  pinBlocked: 35,
  invalidQmiCommand: 71,
  informationUnavailable: 74,
  hardwareRestricted: 83,
  simFileNotFound: 80,
  noSim: 102,
  pinRestriction: 104,
} as const;

/** One type-length-value triple; its value is made by `value()`. */
export type Tlv = readonly [type: number, value: Buffer];

export interface Request {
  readonly service: number;
  readonly client: number;
  readonly transaction: number;
  readonly message: number;
  readonly tlvs: ReadonlyMap<number, Buffer>;
}

const marker = 0x01;
const fromService = 0x80;
const qmuxLength = 6;
const resultTlv = 0x02;

/**
 * The length that the frame at the start of `bytes` claims, undefined while its header is
 * incomplete, 0 when it is no frame.
 */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < 3) return undefined;
  return bytes[0] === marker ? bytes.readUInt16LE(1) + 1 : 0;
}

/** Reads one whole frame; undefined for what is no request or is cut off. */
export function parseRequest(frame: Buffer): Request | undefined {
  const service = frame[4] ?? 0;
  const control = service === ServiceId.ctl;
  const header = qmuxLength + (control ? 6 : 7);
  if (frame.length < header || frame[qmuxLength] !== 0) return undefined;
  const [transaction, message] = control
    ? [frame.readUInt8(7), frame.readUInt16LE(8)]
    : [frame.readUInt16LE(7), frame.readUInt16LE(9)];
  const tlvs = new Map<number, Buffer>();
  for (let at = header; at + 3 <= frame.length; ) {
    const end = at + 3 + frame.readUInt16LE(at + 1);
    if (end > frame.length) return undefined;
    tlvs.set(frame.readUInt8(at), frame.subarray(at + 3, end));
    at = end;
  }
  return { service, client: frame[5] ?? 0, transaction, message, tlvs };
}

/**
 * The answer to `request`; an error other than 0 may still carry TLVs (a refused call its reason, a
 * wrong PIN its tries).
 */
export function encodeResponse(request: Request, error: number, tlvs: readonly Tlv[]): Buffer {
  const result: Tlv = [
    resultTlv,
    value()
      .u16(error === QmiError.none ? 0 : 1)
      .u16(error)
      .done(),
  ];
  return frameOf(request, request.service === ServiceId.ctl ? 0x01 : 0x02, [result, ...tlvs]);
}

/** What a service says to one of its clients unasked. */
export function encodeIndication(service: number, client: number, message: number, tlvs: readonly Tlv[]): Buffer {
  const flag = service === ServiceId.ctl ? 0x02 : 0x04;
  return frameOf({ service, client, message, transaction: 0 }, flag, tlvs);
}

function frameOf(to: Omit<Request, 'tlvs'>, flag: number, tlvs: readonly Tlv[]): Buffer {
  const body = Buffer.concat(tlvs.map(([type, bytes]) => value().u8(type).u16(bytes.length).bytes(bytes).done()));
  const transaction =
    to.service === ServiceId.ctl ? value().u8(to.transaction).done() : value().u16(to.transaction).done();
  const content = value().u8(flag).bytes(transaction).u16(to.message).u16(body.length).bytes(body).done();
  const length = qmuxLength - 1 + content.length;
  return value().u8(marker).u16(length).u8(fromService).u8(to.service).u8(to.client).bytes(content).done();
}

/** Collects the fields of a TLV's value in order. */
export class ValueWriter {
  readonly #parts: Buffer[] = [];

  u8(field: number): this {
    return this.bytes(Buffer.from([field & 0xff]));
  }

  u16(field: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16LE(field & 0xffff);
    return this.bytes(part);
  }

  u32(field: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(field >>> 0);
    return this.bytes(part);
  }

  u64(field: bigint): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(field);
    return this.bytes(part);
  }

  /** Text that fills the rest of a TLV, or a field of fixed length. */
  text(field: string): this {
    return this.bytes(Buffer.from(field, 'utf8'));
  }

  /** Text, or bytes, behind a length of one byte. */
  counted(field: string | Buffer): this {
    const part = Buffer.from(field as string, 'utf8').subarray(0, 255);
    return this.u8(part.length).bytes(part);
  }

  bytes(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export function value(): ValueWriter {
  return new ValueWriter();
}

/**
 * Reads the fields of a TLV's value in order. Reading past the end throws RangeError, which the
 * modem answers with malformed-message.
 */
export class ValueReader {
  readonly #bytes: Buffer;
  #at = 0;

  /** A TLV that the request lacks reads as an empty one. */
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  counted(): Buffer {
    const length = this.u8();
    const at = this.#take(length);
    if (at + length > this.#bytes.length) throw new RangeError('the value ends inside a field');
    return this.#bytes.subarray(at, at + length);
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
