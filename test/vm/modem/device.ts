// The USB device in MBIM mode: answers the host's URBs. MBIM messages are handed to the modem behind
// it, IP packets to the carrier behind that.
import type { MbimModem } from '../../world/mbim/modem.ts';
import type { ModemClient } from '../../world/modem/modem.ts';
import { descriptor, Endpoint, type Identity } from './descriptors.ts';
import { blockOf, ntbParameters, packetsOf } from './ntb.ts';
import { encodeSubmitted, encodeUnlinked, type Request, type Submit, UrbStatus } from './usbip.ts';

export interface DevicePorts {
  readonly identity: Identity;
  readonly modem: MbimModem;
  /** A packet from the host. */
  readonly toCarrier: (packet: Buffer) => void;
  /** Bytes for the host's controller. */
  readonly reply: (bytes: Buffer) => void;
}

/** Packets that wait for the host to fetch them; more are dropped, as a modem drops them. */
const MAX_WAITING = 200;

/** RESPONSE_AVAILABLE from interface 0 (CDC 1.2 clause 6.3.2). */
const responseAvailable = Buffer.from([0xa1, 0x01, 0, 0, 0, 0, 0, 0]);

const noData = Buffer.alloc(0);

/** The result of a control request: what it brings, or undefined for a stall. */
type Answer = Buffer | undefined;

/** From plugging in to pulling out. */
export class UsbDevice {
  readonly #ports: DevicePorts;
  readonly #client: ModemClient;
  readonly #responses: Buffer[] = [];
  readonly #pending = { notifications: [] as Submit[], dataIn: [] as Submit[] };
  #notifications = 0;
  #packets: Buffer[] = [];
  #blocks = 0;
  #configuration = 0;

  constructor(ports: DevicePorts) {
    this.#ports = ports;
    this.#client = ports.modem.attach((message) => {
      this.#responses.push(message);
      this.#notifications += 1;
      this.#pump();
    });
  }

  handle(request: Request): void {
    if (request.kind === 'submit') this.#submit(request);
    else this.#ports.reply(encodeUnlinked(request, this.#takeBack(request.target)));
  }

  /** A packet for the host. */
  fromCarrier(packet: Buffer): void {
    if (this.#packets.length < MAX_WAITING) this.#packets.push(packet);
    this.#pump();
  }

  close(): void {
    this.#client.detach();
  }

  #submit(urb: Submit): void {
    switch (urb.endpoint) {
      case Endpoint.control: {
        const answer = this.#control(urb);
        const status = answer === undefined ? UrbStatus.stall : UrbStatus.ok;
        this.#ports.reply(encodeSubmitted(urb, status, (answer ?? noData).subarray(0, urb.length)));
        return;
      }
      case Endpoint.notifications:
        this.#pending.notifications.push(urb);
        break;
      case Endpoint.dataIn:
        this.#pending.dataIn.push(urb);
        break;
      case Endpoint.dataOut:
        for (const packet of packetsOf(urb.data)) this.#ports.toCarrier(packet);
        this.#ports.reply(encodeSubmitted(urb, UrbStatus.ok));
        return;
      default:
        this.#ports.reply(encodeSubmitted(urb, UrbStatus.stall));
        return;
    }
    this.#pump();
  }

  /** Answers waiting IN transfers with what there is for them. */
  #pump(): void {
    const { notifications, dataIn } = this.#pending;
    for (let urb = notifications[0]; urb !== undefined && this.#notifications > 0; urb = notifications[0]) {
      notifications.shift();
      this.#notifications -= 1;
      this.#ports.reply(encodeSubmitted(urb, UrbStatus.ok, responseAvailable));
    }
    for (let urb = dataIn[0]; urb !== undefined; urb = dataIn[0]) {
      const packet = this.#packets.shift();
      if (packet === undefined) return;
      dataIn.shift();
      this.#ports.reply(encodeSubmitted(urb, UrbStatus.ok, blockOf(packet, this.#blocks++)));
    }
  }

  #takeBack(sequence: number): number {
    for (const list of Object.values(this.#pending)) {
      const index = list.findIndex((urb) => urb.sequence === sequence);
      if (index < 0) continue;
      list.splice(index, 1);
      return UrbStatus.unlinked;
    }
    return UrbStatus.ok;
  }

  #control({ setup, data }: Submit): Answer {
    const type = setup.readUInt8(0) & 0x60;
    const [request, value] = [setup.readUInt8(1), setup.readUInt16LE(2)];
    if (type === 0x00) return this.#standardRequest(request, value);
    return type === 0x20 ? this.#classRequest(request, data) : undefined;
  }

  /** USB 2.0 table 9-4. The address is set by the virtual controller itself. */
  #standardRequest(request: number, value: number): Answer {
    switch (request) {
      case 0x00: // GET_STATUS: self-powered
        return Buffer.from([1, 0]);
      case 0x06: // GET_DESCRIPTOR
        return descriptor(this.#ports.identity, 'mbim', value >> 8, value & 0xff);
      case 0x08: // GET_CONFIGURATION
        return Buffer.from([this.#configuration]);
      case 0x09: // SET_CONFIGURATION; 0 is what `authorized` does, and ends the function with all its sessions
        this.#configuration = value;
        if (value === 0) void this.#ports.modem.restart();
        return noData;
      case 0x0a: // GET_INTERFACE
        return Buffer.from([0]);
      case 0x01: // CLEAR_FEATURE
      case 0x03: // SET_FEATURE
      case 0x0b: // SET_INTERFACE
        return noData;
      default:
        return undefined;
    }
  }

  /** CDC 1.2 clause 6.2, NCM 1.0 clause 6.2, MBIM 1.0 clause 8.1. */
  #classRequest(request: number, data: Buffer): Answer {
    switch (request) {
      case 0x00: // SEND_ENCAPSULATED_COMMAND
        this.#client.receive(Buffer.from(data));
        return noData;
      case 0x01: // GET_ENCAPSULATED_RESPONSE
        return this.#responses.shift() ?? noData;
      case 0x05: // RESET_FUNCTION
        this.#responses.length = 0;
        this.#notifications = 0;
        this.#packets = [];
        return noData;
      case 0x80:
        return ntbParameters();
      case 0x83: // GET_NTB_FORMAT
      case 0x89: // GET_CRC_MODE
        return Buffer.from([0, 0]);
      case 0x84: // SET_NTB_FORMAT
      case 0x86: // SET_NTB_INPUT_SIZE
      case 0x88: // SET_MAX_DATAGRAM_SIZE
      case 0x8a: // SET_CRC_MODE
        return noData;
      default:
        return undefined;
    }
  }
}
