// MBIM 1.0 messages as bytes: the three kinds that a host sends and the answers to them (USB-IF
// MBIM 1.0 errata 1, clause 9). Knows nothing of any service; the information buffers are laid out
// by buffer.ts. Fragments are not supported.

/** Message types of clause 9.1; an answer carries bit 31. */
export const MessageType = {
  open: 1,
  close: 2,
  command: 3,
  hostError: 4,
  openDone: 0x80000001,
  closeDone: 0x80000002,
  commandDone: 0x80000003,
  functionError: 0x80000004,
  indicateStatus: 0x80000007,
} as const;

/** Status codes of table 9-13, as far as the modem gives them. */
export const Status = {
  ok: 0,
  busy: 1,
  failure: 2,
  simNotInserted: 3,
  pinRequired: 5,
  pinDisabled: 6,
  notRegistered: 7,
  noDeviceSupport: 9,
  packetServiceDetached: 12,
  maxActivatedContexts: 13,
  notInitialized: 14,
  contextNotActivated: 16,
  invalidAccessString: 18,
  invalidUserNamePassword: 19,
  radioPowerOff: 20,
  invalidParameters: 21,
  operationNotAllowed: 28,
} as const;

const HEADER_LENGTH = 12;
const COMMAND_LENGTH = 48;
const INDICATION_LENGTH = 44;

/** A COMMAND as the host sent it; `service` is a lower-case UUID. */
export interface Command {
  readonly transaction: number;
  readonly service: string;
  readonly cid: number;
  readonly set: boolean;
  readonly buffer: Buffer;
}

export type HostMessage =
  | { readonly kind: 'open' | 'close'; readonly transaction: number }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'other'; readonly type: number; readonly transaction: number };

/** The bytes of a UUID in the order in which MBIM sends it (as printed). */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** A UUID as printed, lower case. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/**
 * The length that the message at the start of `bytes` claims, undefined while its header is
 * incomplete, 0 when it cannot be.
 */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_LENGTH) return undefined;
  const length = bytes.readUInt32LE(4);
  return length < HEADER_LENGTH ? 0 : length;
}

/**
 * Reads one whole message; anything that is neither OPEN, CLOSE nor a well-formed COMMAND comes
 * back as `other`.
 */
export function parseHostMessage(bytes: Buffer): HostMessage {
  const type = bytes.readUInt32LE(0);
  const transaction = bytes.readUInt32LE(8);
  if (type === MessageType.open) return { kind: 'open', transaction };
  if (type === MessageType.close) return { kind: 'close', transaction };
  if (type !== MessageType.command || bytes.length < COMMAND_LENGTH) return { kind: 'other', type, transaction };
  const length = bytes.readUInt32LE(44);
  return {
    kind: 'command',
    command: {
      transaction,
      service: uuidText(bytes.subarray(20, 36)),
      cid: bytes.readUInt32LE(36),
      set: bytes.readUInt32LE(40) === 1,
      buffer: bytes.subarray(COMMAND_LENGTH, COMMAND_LENGTH + length),
    },
  };
}

/** OPEN_DONE or CLOSE_DONE. */
export function encodeDone(type: number, transaction: number, status: number): Buffer {
  const bytes = header(type, HEADER_LENGTH + 4, transaction);
  bytes.writeUInt32LE(status, HEADER_LENGTH);
  return bytes;
}

/**
 * COMMAND_DONE for `command`; a status other than 0 may still carry a buffer (CONNECT and PIN do).
 */
export function encodeCommandDone(command: Command, status: number, buffer: Buffer): Buffer {
  const bytes = header(MessageType.commandDone, COMMAND_LENGTH + buffer.length, command.transaction);
  writeFragmentAndService(bytes, command.service, command.cid);
  bytes.writeUInt32LE(status, 40);
  bytes.writeUInt32LE(buffer.length, 44);
  buffer.copy(bytes, COMMAND_LENGTH);
  return bytes;
}

/** INDICATE_STATUS: what the modem says unasked. Its transaction is always 0. */
export function encodeIndication(service: string, cid: number, buffer: Buffer): Buffer {
  const bytes = header(MessageType.indicateStatus, INDICATION_LENGTH + buffer.length, 0);
  writeFragmentAndService(bytes, service, cid);
  bytes.writeUInt32LE(buffer.length, 40);
  buffer.copy(bytes, INDICATION_LENGTH);
  return bytes;
}

/** FUNCTION_ERROR, sent for a message that cannot be understood (clause 9.3.5; 6 is "unknown"). */
export function encodeFunctionError(transaction: number): Buffer {
  const bytes = header(MessageType.functionError, HEADER_LENGTH + 4, transaction);
  bytes.writeUInt32LE(6, HEADER_LENGTH);
  return bytes;
}

function header(type: number, length: number, transaction: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(transaction, 8);
  return bytes;
}

function writeFragmentAndService(bytes: Buffer, service: string, cid: number): void {
  bytes.writeUInt32LE(1, 12);
  bytes.writeUInt32LE(0, 16);
  uuidBytes(service).copy(bytes, 20);
  bytes.writeUInt32LE(cid, 36);
}
