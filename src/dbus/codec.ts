// D-Bus values to bytes and back, by dbus-next. Nothing of a message that came in gets here before
// its header has been judged (system-bus.ts).
import DBusBuffer from 'dbus-next/lib/dbus-buffer.js';
import compat from 'dbus-next/lib/marshall-compat.js';
import messageType from 'dbus-next/lib/message-type.js';
import type { BusRequest } from './bus.ts';
import { FRAME_TYPE, type FrameHeader } from './frame.ts';
import { unwrap } from './variant.ts';

/** A call must not make the bus start the service [D-Bus specification, NO_AUTO_START]. */
const NO_AUTO_START = 2;

/** A method call. @throws Error for names, a path or a body that D-Bus does not allow */
export function encodeCall(request: BusRequest, serial: number): Buffer {
  return encode({ ...request, type: FRAME_TYPE.call, flags: NO_AUTO_START, serial });
}

/** The answer to a call that this program does not know: it exports no object. */
export function encodeUnknownMethod({ sender, serial }: FrameHeader, ownSerial: number): Buffer {
  return encode({
    type: FRAME_TYPE.error,
    flags: 1,
    serial: ownSerial,
    destination: sender,
    replySerial: serial,
    errorName: 'org.freedesktop.DBus.Error.UnknownMethod',
    signature: 's',
    body: ['percept-lte exports no object'],
  });
}

/** The library rewrites the body in place. */
const encode = (fields: { readonly body?: readonly unknown[] } & Readonly<Record<string, unknown>>): Buffer =>
  compat.marshallMessage(new messageType.Message({ ...fields, body: [...(fields.body ?? [])] }))[0];

/**
 * The values of a body, as plain values. @throws whatever the library throws for a body that it
 * cannot read
 */
export function decodeBody({ signature = '', littleEndian }: FrameHeader, body: Buffer): readonly unknown[] {
  if (signature === '') return [];
  const reader = new DBusBuffer(body, 0, littleEndian ? 0x6c : 0x42, null);
  const values = reader.read(signature);
  if (reader.pos !== body.length) throw new RangeError(`the body has ${body.length} bytes, its values ${reader.pos}`);
  return compat.messageToJsFmt({ signature, body: values }).body.map(unwrap);
}
