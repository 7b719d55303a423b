import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFrameHeader, readFrameStart } from '../../../src/dbus/frame.ts';
import { type WireMessage, wireMessage } from './wire.ts';

const RUNS = { numRuns: 300 };

const NAMES = { 1: 'path', 2: 'interface', 3: 'member', 4: 'errorName', 5: 'replySerial', 6: 'destination' } as const;
const MORE_NAMES = { 7: 'sender', 8: 'signature' } as const;
const names: Readonly<Record<number, string>> = { ...NAMES, ...MORE_NAMES };
const kinds = ['', 'o', 's', 's', 's', 'u', 's', 's', 'g'] as const;

const ascii = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 255,
});

const field = fc.integer({ min: 1, max: 8 }).chain((code) => {
  const kind = kinds[code] || 's';
  const value: fc.Arbitrary<string | number> = kind === 'u' ? fc.nat() : ascii;
  return value.map((text) => [code, kind, text] as const);
});

const message: fc.Arbitrary<WireMessage> = fc.record({
  littleEndian: fc.boolean(),
  type: fc.integer({ min: 1, max: 4 }),
  flags: fc.integer({ min: 0, max: 7 }),
  serial: fc.integer({ min: 1, max: 0xffff_ffff }),
  fields: fc.uniqueArray(field, { selector: ([code]) => code }),
  body: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
});

test('what the specification allows is read as it was written, wherever it begins', () => {
  fc.assert(
    fc.property(message, fc.nat(20), (written, offset) => {
      const bytes = Buffer.concat([Buffer.alloc(offset, 0xff), wireMessage(written)]);
      const { littleEndian, type, flags, serial, fields = [], body } = written;
      const known = Object.fromEntries(fields.map(([code, , value]) => [names[code], value]));
      const header = readFrameHeader(bytes, offset);
      expect(header).toMatchObject({ littleEndian, type, flags, serial, bodyLength: body?.length, ...known });
      expect(bytes.subarray(offset + (header?.headerLength ?? 0))).toEqual(body);
    }),
    RUNS,
  );
});

test('bytes that are no message are refused or read, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), fc.nat(8), (bytes, at) => {
      readFrameHeader(Buffer.from(bytes), at);
    }),
    RUNS,
  );
});

test('a message with some bytes changed throws nothing', () => {
  const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(message, changes, (written, changed) => {
      const bytes = wireMessage(written);
      for (const [at, value] of changed) if (at < bytes.length) bytes[at] = value;
      readFrameHeader(bytes);
    }),
    RUNS,
  );
});

test('a field that the specification does not know is passed over', () => {
  const bytes = wireMessage({
    fields: [
      [10, 's', 'new'],
      [7, 's', ':1.5'],
    ],
  });
  expect(readFrameHeader(bytes)).toMatchObject({ sender: ':1.5' });
});

test('a field of another type than it must have is no header', () => {
  expect(readFrameHeader(wireMessage({ fields: [[7, 'u', 5]] }))).toBeUndefined();
});

test('a header that is not complete yet is none', () => {
  const bytes = wireMessage({ fields: [[7, 's', ':1.5']] });
  for (let length = 0; length < bytes.length; length += 1)
    expect(readFrameHeader(bytes.subarray(0, length))).toBeUndefined();
});

test.each([
  ['an unknown byte order', 0, 0x78],
  ['another version of the protocol', 3, 2],
])('%s begins no message', (_, at, value) => {
  const bytes = wireMessage({});
  bytes[at] = value;
  expect(readFrameStart(bytes)).toBeUndefined();
});

test('lengths beyond what D-Bus allows begin no message', () => {
  for (const at of [4, 12]) {
    const bytes = wireMessage({});
    bytes.writeUInt32LE(0xffff_fff0, at);
    expect(readFrameStart(bytes)).toBeUndefined();
  }
});
