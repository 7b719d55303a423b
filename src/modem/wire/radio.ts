// What ModemManager says of the radio beyond a percentage: the values of Modem.Signal, the serving
// cell, the band. Parsed like everything else from the bus: what makes no sense is left out.
import * as z from 'zod';
import type { Cell, Signal } from '../objects.ts';
import { bandWord, eutranBandOf } from './bands.ts';
import { isRaw, type Raw } from './raw.ts';

/** dBm or dB: far beyond what a receiver can measure, and without -32768 for "unknown". */
const decibels = z
  .number()
  .min(-200)
  .max(100)
  .transform((value) => Math.round(value * 10) / 10)
  .optional()
  .catch(undefined);

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
  const rate = z.int().min(0).catch(0).parse(raw.Rate);
  for (const [property, technology] of TECHNOLOGIES) {
    const found = Object.entries(measures.catch({}).parse(raw[property])).filter(([, value]) => value !== undefined);
    if (found.length > 0) return { rate, signal: { technology, ...Object.fromEntries(found) } };
  }
  return { rate };
}

const hexadecimal = z
  .string()
  .regex(/^[0-9A-Fa-f]{1,9}$/)
  .transform((text) => Number.parseInt(text, 16))
  .optional()
  .catch(undefined);

const cellInfo = z.object({
  serving: z.boolean().catch(false),
  tac: hexadecimal,
  ci: hexadecimal,
  'physical-ci': hexadecimal,
  earfcn: z.int().min(0).max(262_143).optional().catch(undefined),
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
  const bands = z.array(z.int()).catch([]).parse(reply);
  return bands.length === 1 ? known({ band: bandWord(bands[0] ?? 0) }) : {};
}

const known = (cell: { readonly [K in keyof Cell]: Cell[K] | undefined }): Cell =>
  Object.fromEntries(Object.entries(cell).filter(([, value]) => value !== undefined));
