// What ModemManager says of the radio beyond a percentage: the values of Modem.Signal, the serving
// cell, the band. Parsed like everything else from the bus: what makes no sense is left out.
import * as z from 'zod/mini';
import type { Cell, Signal } from '../objects.ts';
import { bandWord, eutranBandOf } from './bands.ts';
import { isRaw, type Raw } from './raw.ts';

/** Undefined for what is missing or makes no sense. */
function orNone<T extends z.ZodMiniType>(schema: T) {
  return z.catch(z.optional(schema), undefined);
}

/** dBm or dB: far beyond what a receiver can measure, and without -32768 for "unknown". */
const decibels = orNone(
  z.pipe(
    z.number().check(z.gte(-200), z.lte(100)),
    z.transform((value) => Math.round(value * 10) / 10),
  ),
);

const measures = z.object({
  rssi: decibels,
  rsrp: decibels,
  rsrq: decibels,
  snr: decibels,
  rscp: decibels,
  ecio: decibels,
});

/** Modem.Signal's properties in the words of access technologies; the first one with a value. */
const TECHNOLOGIES = [
  ['Lte', 'lte'],
  ['Nr5g', '5gnr'],
  ['Umts', 'umts'],
  ['Gsm', 'gsm'],
  ['Evdo', 'evdo'],
  ['Cdma', '1xrtt'],
] as const;

/** What Modem.Signal says. */
export interface SignalProperties {
  /** Seconds between two looks of ModemManager at the modem; 0: it does not look. */
  readonly rate: number;
  readonly signal?: Signal;
}

/** Reads the properties of Modem.Signal; they are the same from 1.14 to 1.25, but for Nr5g. */
export function parseSignal(raw: Raw): SignalProperties {
  const rate = z.catch(z.int().check(z.gte(0)), 0).parse(raw.Rate);
  for (const [property, technology] of TECHNOLOGIES) {
    const found = Object.entries(z.catch(measures, {}).parse(raw[property])).filter(([, value]) => value !== undefined);
    if (found.length > 0) return { rate, signal: { technology, ...Object.fromEntries(found) } };
  }
  return { rate };
}

const hexadecimal = orNone(
  z.pipe(
    z.string().check(z.regex(/^[0-9A-Fa-f]{1,9}$/)),
    z.transform((text) => Number.parseInt(text, 16)),
  ),
);

const cellInfo = z.object({
  serving: z.catch(z.boolean(), false),
  tac: hexadecimal,
  ci: hexadecimal,
  'physical-ci': hexadecimal,
  earfcn: orNone(z.int().check(z.gte(0), z.lte(262_143))),
});

/** The serving cell in what GetCellInfo (since 1.20) answers; nothing of a neighbour is kept. */
export function parseCellInfo(reply: unknown): Cell {
  const cells = Array.isArray(reply) ? reply.map((cell) => cellInfo.safeParse(cell).data) : [];
  const serving = cells.find((cell) => cell?.serving);
  if (serving === undefined) return {};
  const { ci, tac, earfcn, 'physical-ci': physicalId } = serving;
  return known({ id: ci, tac, physicalId, earfcn, band: earfcn === undefined ? undefined : eutranBandOf(earfcn) });
}

/** MMModemLocationSource: the only source that is looked at, whatever else is switched on. */
const SOURCE_3GPP_LAC_CI = '1';

/** The cell in what Location.GetLocation answers: `MCC,MNC,LAC,CI,TAC`, the last three in hex. */
export function parseLocation(reply: unknown): Cell {
  const text = isRaw(reply) ? reply[SOURCE_3GPP_LAC_CI] : undefined;
  const [, , , ci, tac] = (typeof text === 'string' ? text : '').split(',').map((part) => hexadecimal.parse(part));
  // ModemManager writes 0 for what it does not know.
  return known({ id: ci || undefined, tac: tac || undefined });
}

/** The band of a modem that may use no other: of several nobody knows which one it uses. */
export function parseBands(reply: unknown): Cell {
  const bands = z.catch(z.array(z.int()), []).parse(reply);
  return bands.length === 1 ? known({ band: bandWord(bands[0] ?? 0) }) : {};
}

const known = (cell: { readonly [K in keyof Cell]: Cell[K] | undefined }): Cell =>
  Object.fromEntries(Object.entries(cell).filter(([, value]) => value !== undefined));
