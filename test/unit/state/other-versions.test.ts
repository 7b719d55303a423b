// The memory's file in the hands of 0.1: what that wrote is understood, and what is written now it
// reads after a downgrade. For one value that it cannot take it would set the file aside, and send
// a refused PIN again. test/package/upgrade.test.ts has the real 0.1.0.
import { expect, test } from 'vitest';
import * as z from 'zod';
import { emptyMemory, type Memory, rungs } from '../../../src/state/memory.ts';
import { memoryText, parseMemory } from '../../../src/state/memory-text.ts';

const AT = { monotonicMs: 500_000, wallMs: Date.UTC(2026, 10, 27) };
const empty = emptyMemory('boot', 'salt', AT);

/** What 0.1.0 lets pass: the schema of its src/state/memory.ts. */
const rungsOf01 = [
  ...['reconnect', 'delete-bearers', 'cycle-radio', 'reset-modem', 'reauthorise-usb', 'restart-modemmanager', 'reboot'],
];
const MemoryOf01 = z.object({
  version: z.literal(1),
  bootId: z.string(),
  savedMonotonicMs: z.number(),
  savedWallMs: z.number(),
  attempts: z.array(z.number()).max(10_000),
  failures: z.number().int().min(0),
  holdUntil: z.number().optional(),
  refusedRounds: z.number().int().min(0),
  climbs: z.partialRecord(z.enum(rungsOf01), z.array(z.number()).max(100)),
  salt: z.string(),
  refusedPins: z.array(z.string()).max(100),
  pinInFlight: z.object({ fingerprint: z.string(), retries: z.number(), sentAt: z.number() }).optional(),
  sim: z.string().optional(),
  lastGoodApn: z.string().optional(),
  pathMtu: z.object({ apn: z.string(), asked: z.number(), mtu: z.number(), wallMs: z.number() }).optional(),
  incidents: z
    .array(z.object({ beganWallMs: z.number(), seconds: z.number(), cause: z.string(), endedBy: z.string() }))
    .max(50),
});

const of01: z.infer<typeof MemoryOf01> = {
  version: 1,
  bootId: 'boot',
  savedMonotonicMs: 490_000,
  savedWallMs: AT.wallMs - 10_000,
  attempts: [100_000, 400_000],
  failures: 3,
  holdUntil: 900_000,
  refusedRounds: 1,
  climbs: { 'reset-modem': [300_000] },
  salt: 'a salt',
  refusedPins: ['c0ffee'],
  sim: 'f00d',
  lastGoodApn: 'internet',
  pathMtu: { apn: 'internet', asked: 1428, mtu: 1400, wallMs: AT.wallMs },
  incidents: [{ beganWallMs: AT.wallMs - 60_000, seconds: 12, cause: 'the bearer was dropped', endedBy: 'reconnect' }],
};

test('an upgrade from 0.1 forgets nothing: attempts, the hold, refused PINs, past outages', () => {
  const { memory, dropped, rest } = parseMemory(JSON.stringify(of01), empty);
  const { version: _, incidents, ...others } = of01;
  expect(dropped).toEqual([]);
  expect(rest).toEqual({});
  expect(memory).toEqual({
    ...others,
    incidents: incidents.map(({ cause, ...incident }) => ({ ...incident, reason: cause })),
  });
});

test('a downgrade to 0.1 forgets no refused PIN, whatever was remembered since', () => {
  const memory: Memory = {
    ...empty,
    climbs: Object.fromEntries(rungs.map((rung) => [rung, [400_000]])),
    refusedPins: ['c0ffee'],
    holdReason: { class: 'apn', name: 'n', text: 't', reason: 'r', remedy: 'm' },
    operatorHolds: { '311480': 600_000 },
    reached: [{ apn: '', destination: '1.1.1.1:443' }],
    pinInFlight: { fingerprint: 'f', retries: 3, sentAt: 1, sim: 's' },
    incidents: [{ beganWallMs: 1, beganMs: 2, seconds: 3, reason: 'why', endedBy: 'reconnect' }],
  };
  const text = memoryText(memory, { keyOfLater: true }, AT);
  const read = MemoryOf01.parse(JSON.parse(text));
  expect(read.refusedPins).toEqual(['c0ffee']);
  expect(read.incidents).toEqual([{ beganWallMs: expect.any(Number), seconds: 3, cause: 'why', endedBy: 'reconnect' }]);
  expect(parseMemory(text, empty).memory.climbs).toEqual(memory.climbs);
});
