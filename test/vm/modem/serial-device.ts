// The USB device as it comes out of its box: one serial port, behind which an AT interpreter sits.
import { descriptor, Endpoint, type Identity } from './descriptors.ts';
import { encodeSubmitted, encodeUnlinked, type Request, type Submit, UrbStatus } from './usbip.ts';

export interface SerialPorts {
  readonly identity: Identity;
  /** Takes what the host writes, and returns what the modem says to it. */
  readonly at: (text: string) => string;
  /** Bytes for the host's controller. */
  readonly reply: (bytes: Buffer) => void;
}

const noData = Buffer.alloc(0);

/** 115200 baud, 8N1 (CDC PSTN 1.2 table 17). */
const LINE_CODING = Buffer.from([0x00, 0xc2, 0x01, 0x00, 0, 0, 8]);

/** From plugging in to pulling out. */
export class SerialDevice {
  readonly #ports: SerialPorts;
  /** Reads of the host that wait; those of the notifications wait for ever. */
  #waiting: Submit[] = [];
  #said = '';

  constructor(ports: SerialPorts) {
    this.#ports = ports;
  }

  handle(request: Request): void {
    const { reply, at } = this.#ports;
    if (request.kind === 'unlink') {
      const wasWaiting = this.#waiting.some(({ sequence }) => sequence === request.target);
      this.#waiting = this.#waiting.filter(({ sequence }) => sequence !== request.target);
      reply(encodeUnlinked(request, wasWaiting ? UrbStatus.unlinked : UrbStatus.ok));
      return;
    }
    switch (request.endpoint) {
      case Endpoint.control: {
        const answer = this.#control(request);
        const status = answer === undefined ? UrbStatus.stall : UrbStatus.ok;
        reply(encodeSubmitted(request, status, (answer ?? noData).subarray(0, request.length)));
        return;
      }
      case Endpoint.dataOut:
        reply(encodeSubmitted(request, UrbStatus.ok));
        this.#said += at(request.data.toString('latin1'));
        break;
      default:
        this.#waiting.push(request);
    }
    this.#pump();
  }

  /** Answers one waiting read with all that there is. */
  #pump(): void {
    const read = this.#waiting.find(({ endpoint }) => endpoint === Endpoint.dataIn);
    if (read === undefined || this.#said === '') return;
    this.#waiting = this.#waiting.filter((one) => one !== read);
    const bytes = Buffer.from(this.#said, 'latin1');
    this.#said = bytes.subarray(read.length).toString('latin1');
    this.#ports.reply(encodeSubmitted(read, UrbStatus.ok, bytes.subarray(0, read.length)));
    this.#pump();
  }

  /** USB 2.0 table 9-4 and CDC PSTN 1.2 table 13; undefined: a stall. */
  #control({ setup }: Submit): Buffer | undefined {
    const [request, value] = [setup.readUInt8(1), setup.readUInt16LE(2)];
    if ((setup.readUInt8(0) & 0x60) === 0x20) return request === 0x21 ? LINE_CODING : noData;
    switch (request) {
      case 0x00: // GET_STATUS: self-powered
        return Buffer.from([1, 0]);
      case 0x06: // GET_DESCRIPTOR
        return descriptor(this.#ports.identity, 'serial', value >> 8, value & 0xff);
      case 0x08: // GET_CONFIGURATION
        return Buffer.from([1]);
      case 0x0a: // GET_INTERFACE
        return Buffer.from([0]);
      case 0x01: // CLEAR_FEATURE
      case 0x03: // SET_FEATURE
      case 0x09: // SET_CONFIGURATION
      case 0x0b: // SET_INTERFACE
        return noData;
      default:
        return undefined;
    }
  }
}
