import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FrameHeader } from '../../../src/dbus/frame.ts';
import { FrameReader, FramingError } from '../../../src/dbus/frame-reader.ts';
import { wireMessage } from './wire.ts';

/** A reader that keeps what it takes; it wants what `wanted` says. */
function reader(wanted: (header: FrameHeader) => boolean = () => true) {
  const judged: number[] = [];
  const taken: [serial: number, body: string][] = [];
  let unreadable = 0;
  const frames = new FrameReader({
    knows: () => true,
    wants: (header) => {
      judged.push(header.serial);
      return wanted(header);
    },
    take: ({ serial }, body) => taken.push([serial, body.toString()]),
    unreadable: () => {
      unreadable += 1;
    },
  });
  return { frames, judged, taken, unreadable: () => unreadable };
}

const message = (serial: number, body: string) =>
  wireMessage({ serial, fields: [[7, 's', ':1.5']], body: Buffer.from(body) });

test('however the bytes are cut, each message is judged once and taken whole', () => {
  const bodies = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (all, cuts) => {
      const { frames, judged, taken } = reader(({ serial }) => serial % 3 !== 0);
      const bytes = Buffer.concat(all.map((body, index) => message(index + 1, body)));
      let cut = 0;
      for (let at = 0; at < bytes.length; cut += 1) {
        const length = cuts[cut % cuts.length] ?? 1;
        // One buffer that is overwritten each time, as the socket's is.
        const chunk = Buffer.from(bytes.subarray(at, at + length));
        frames.push(chunk);
        chunk.fill(0);
        at += length;
      }
      expect(judged).toEqual(all.map((_, index) => index + 1));
      expect(taken).toEqual(all.map((body, index) => [index + 1, body]).filter(([serial]) => Number(serial) % 3 !== 0));
    }),
    { numRuns: 300 },
  );
});

test('a message that is not wanted passes by without being kept', () => {
  const { frames, taken } = reader(({ bodyLength }) => bodyLength < 1_000);
  const large = message(1, 'x'.repeat(5_000_000));
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0; at < large.length; at += 65_536) frames.push(large.subarray(at, at + 65_536));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  frames.push(message(2, 'next'));
  expect(taken).toEqual([[2, 'next']]);
});

test('a header that is broken or endless costs its own message', () => {
  const { frames, taken, unreadable } = reader();
  const broken = wireMessage({ serial: 1, fields: [[7, 'u', 1]], body: Buffer.from('lost') });
  const endless = wireMessage({ serial: 2, fields: [[1, 'o', `/${'a'.repeat(100_000)}`]], body: Buffer.from('lost') });
  frames.push(Buffer.concat([broken, endless, message(3, 'kept')]));
  expect(taken).toEqual([[3, 'kept']]);
  expect(unreadable()).toBe(2);
});

test('a message of an unknown sender is not even judged', () => {
  const asked: string[] = [];
  const frames = new FrameReader({
    knows: (sender) => {
      asked.push(sender);
      return false;
    },
    wants: () => expect.fail('its header was read'),
    take: () => expect.fail('its body was kept'),
    unreadable: () => {},
  });
  frames.push(Buffer.concat([message(1, 'x'), wireMessage({ serial: 2 })]));
  expect(asked).toEqual([':1.5', '']);
});

test('bytes that are out of step end it', () => {
  const { frames } = reader();
  expect(() => frames.push(Buffer.alloc(16))).toThrow(FramingError);
});
