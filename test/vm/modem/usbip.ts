// USB/IP as the kernel's vhci_hcd speaks it (Documentation/usb/usbip_protocol.rst): bytes to
// requests and replies to bytes. No device, no socket.

/**
 * A URB that the host has submitted. For an IN transfer `data` is empty and `length` says how much
 * the host takes.
 */
export interface Submit {
  readonly kind: 'submit';
  readonly sequence: number;
  readonly endpoint: number;
  readonly isIn: boolean;
  readonly length: number;
  /** The eight bytes of a control request; zeros on other endpoints. */
  readonly setup: Buffer;
  readonly data: Buffer;
}

/** The host takes the URB with the number `target` back. */
export interface Unlink {
  readonly kind: 'unlink';
  readonly sequence: number;
  readonly target: number;
}

export type Request = Submit | Unlink;

const Command = { submit: 1, unlink: 2, submitted: 3, unlinked: 4 } as const;

const HEADER_LENGTH = 48;

/** Linux errno values as URB statuses. */
export const UrbStatus = { ok: 0, stall: -32, unlinked: -104 } as const;

/** Cuts a byte stream into requests; feed it whatever the socket gives. */
export class RequestReader {
  private rest: Buffer = Buffer.alloc(0);

  read(chunk: Buffer): Request[] {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const requests: Request[] = [];
    for (let request = this.next(); request !== undefined; request = this.next()) requests.push(request);
    return requests;
  }

  private next(): Request | undefined {
    const bytes = this.rest;
    if (bytes.length < HEADER_LENGTH) return undefined;
    const sequence = bytes.readUInt32BE(4);
    if (bytes.readUInt32BE(0) === Command.unlink) {
      this.rest = bytes.subarray(HEADER_LENGTH);
      return { kind: 'unlink', sequence, target: bytes.readUInt32BE(20) };
    }
    const isIn = bytes.readUInt32BE(12) === 1;
    const length = bytes.readUInt32BE(24);
    const end = HEADER_LENGTH + (isIn ? 0 : length);
    if (bytes.length < end) return undefined;
    this.rest = bytes.subarray(end);
    const endpoint = bytes.readUInt32BE(16);
    return {
      kind: 'submit',
      sequence,
      endpoint,
      isIn,
      length,
      setup: bytes.subarray(40, 48),
      data: bytes.subarray(HEADER_LENGTH, end),
    };
  }
}

function header(command: number, sequence: number, status: number): Buffer {
  const bytes = Buffer.alloc(HEADER_LENGTH);
  bytes.writeUInt32BE(command, 0);
  bytes.writeUInt32BE(sequence, 4);
  bytes.writeInt32BE(status, 20);
  return bytes;
}

/**
 * The end of a URB. `data` is what an IN transfer brings; an OUT transfer is always taken whole.
 */
export function encodeSubmitted(urb: Submit, status: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = header(Command.submitted, urb.sequence, status);
  bytes.writeUInt32BE(urb.isIn ? data.length : urb.length, 24);
  return urb.isIn ? Buffer.concat([bytes, data]) : bytes;
}

/**
 * The answer to an unlink: `UrbStatus.unlinked` when the URB was still pending, `UrbStatus.ok` when
 * it had been answered already.
 */
export function encodeUnlinked(request: Unlink, status: number): Buffer {
  return header(Command.unlinked, request.sequence, status);
}
