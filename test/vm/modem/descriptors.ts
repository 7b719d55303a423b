// What the device says of itself over USB: one MBIM function (USB-IF MBIM 1.0, clause 6) in a
// composite device, or out of its box one serial port (CDC PSTN 1.2, abstract control model).

export interface Identity {
  /** Hexadecimal, as in lsusb; they choose ModemManager's plugin. */
  readonly vendor: string;
  readonly product: string;
  readonly manufacturer: string;
  readonly productName: string;
  readonly serial: string;
}

export const Endpoint = { control: 0, notifications: 1, dataIn: 2, dataOut: 3 } as const;

const IN = 0x80;

/** wMaxControlMessage: the longest MBIM message; longer ones would come in fragments. */
export const MAX_CONTROL_MESSAGE = 4096;

const word = (value: number) => [value & 0xff, value >> 8];

const device = ({ vendor, product }: Identity): Buffer =>
  Buffer.from([
    ...[18, 1, ...word(0x0200)],
    // Class "miscellaneous": interface associations are used.
    ...[0xef, 2, 1, 64],
    ...word(Number.parseInt(vendor, 16)),
    ...word(Number.parseInt(product, 16)),
    ...word(0x0100),
    ...[1, 2, 3, 1],
  ]);

const COMMUNICATIONS_MBIM = [0x02, 0x0e, 0x00];
const DATA_MBIM = [0x0a, 0x00, 0x02];

/** What is in the one configuration that the device has. */
export type Face = 'mbim' | 'serial';

const mbim = Buffer.from([
  // Interface association: interfaces 0 and 1 are one function.
  ...[8, 0x0b, 0, 2, ...COMMUNICATIONS_MBIM, 0],
  // Interface 0: control, with the header, union, MBIM and extended MBIM functional descriptors.
  ...[9, 4, 0, 0, 1, ...COMMUNICATIONS_MBIM, 0],
  ...[5, 0x24, 0x00, ...word(0x0120)],
  ...[5, 0x24, 0x06, 0, 1],
  ...[12, 0x24, 0x1b, ...word(0x0100), ...word(MAX_CONTROL_MESSAGE), 0, 0, ...word(2048), 0x00],
  ...[8, 0x24, 0x1c, ...word(0x0100), 64, ...word(1500)],
  ...[7, 5, IN | Endpoint.notifications, 3, ...word(64), 5],
  // Interface 1: data; setting 0 has no endpoints, setting 1 the two bulk pipes.
  ...[9, 4, 1, 0, 0, ...DATA_MBIM, 0],
  ...[9, 4, 1, 1, 2, ...DATA_MBIM, 0],
  ...[7, 5, IN | Endpoint.dataIn, 2, ...word(512), 0],
  ...[7, 5, Endpoint.dataOut, 2, ...word(512), 0],
]);

const COMMUNICATIONS_AT = [0x02, 0x02, 0x01];

const serial = Buffer.from([
  // Interface association: interfaces 0 and 1 are one serial port that takes AT commands.
  ...[8, 0x0b, 0, 2, ...COMMUNICATIONS_AT, 0],
  // Interface 0: control, with the header, call management, ACM and union functional descriptors.
  ...[9, 4, 0, 0, 1, ...COMMUNICATIONS_AT, 0],
  ...[5, 0x24, 0x00, ...word(0x0120)],
  ...[5, 0x24, 0x01, 0, 1],
  ...[4, 0x24, 0x02, 0x02],
  ...[5, 0x24, 0x06, 0, 1],
  ...[7, 5, IN | Endpoint.notifications, 3, ...word(64), 5],
  // Interface 1: data.
  ...[9, 4, 1, 0, 2, 0x0a, 0, 0, 0],
  ...[7, 5, IN | Endpoint.dataIn, 2, ...word(512), 0],
  ...[7, 5, Endpoint.dataOut, 2, ...word(512), 0],
]);

function configuration(face: Face): Buffer {
  const body = face === 'mbim' ? mbim : serial;
  // One configuration, two interfaces, self-powered, 500 mA.
  return Buffer.concat([Buffer.from([9, 2, ...word(9 + body.length), 2, 1, 0, 0xc0, 250]), body]);
}

function text(value: string): Buffer {
  const characters = Buffer.from(value, 'utf16le');
  return Buffer.concat([Buffer.from([2 + characters.length, 3]), characters]);
}

/**
 * GET_DESCRIPTOR by type and index (the request's wValue); undefined for one that the device lacks.
 */
export function descriptor(identity: Identity, face: Face, type: number, index: number): Buffer | undefined {
  switch (type) {
    case 1:
      return device(identity);
    case 2:
      return configuration(face);
    case 3: {
      // Language 0x0409, which is all that Linux asks for.
      if (index === 0) return Buffer.from([4, 3, 0x09, 0x04]);
      const value = [identity.manufacturer, identity.productName, identity.serial][index - 1];
      return value === undefined ? undefined : text(value);
    }
    default:
      return undefined;
  }
}
