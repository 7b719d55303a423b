// The memory as the text of its file, and back: what makes no sense is left out value by value.
import * as z from 'zod/mini';
import { Memory, type Rung } from './memory.ts';
import { incidentBeganWallMs } from './rebase.ts';

/** The rungs that 0.1 knows: a list that is closed, so that a new rung needs no line here. */
const RUNGS_OF_0_1: readonly string[] = [
  'reconnect',
  'delete-bearers',
  'cycle-radio',
  'reset-modem',
  'reauthorise-usb',
  'restart-modemmanager',
  'reboot',
] satisfies readonly Rung[];

/**
 * The file's content at `at`, with the dates by the clock as it goes now, and `rest`: the keys of
 * other versions. Version 0.1 must be able to read it after a downgrade: for one value that it
 * cannot take it would set the whole file aside, and send a refused PIN again. So an incident has
 * its reason also as `cause`, and rungs that it does not know stand in a key of their own.
 */
export function memoryText(memory: Memory, rest: object, at: { monotonicMs: number; wallMs: number }): string {
  const incidents = memory.incidents.map((incident) => ({
    ...incident,
    cause: incident.reason,
    beganWallMs: incidentBeganWallMs(incident, at),
  }));
  const saved = { savedMonotonicMs: at.monotonicMs, savedWallMs: at.wallMs };
  const entries = Object.entries(memory.climbs);
  const isOld = ([rung]: (typeof entries)[number]) => RUNGS_OF_0_1.includes(rung);
  const climbs = Object.fromEntries(entries.filter(isOld));
  const newClimbs = Object.fromEntries(entries.filter((entry) => !isOld(entry)));
  return `${JSON.stringify({ version: 1, ...rest, ...memory, ...saved, climbs, newClimbs, incidents })}\n`;
}

/** What a file of 0.1 says in the words of today: an incident's reason was its `cause`. */
function inTodaysWords({ newClimbs, ...found }: Record<string, unknown>): Record<string, unknown> {
  const { climbs, incidents } = found;
  return {
    ...found,
    ...(isRecord(climbs) && isRecord(newClimbs) && { climbs: { ...climbs, ...newClimbs } }),
    ...(Array.isArray(incidents) && {
      incidents: incidents.map((incident) => (isRecord(incident) ? { reason: incident.cause, ...incident } : incident)),
    }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `parseMemory` could read. */
export interface ParsedMemory {
  readonly memory: Memory;
  /** Keys of another version. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** Keys of ours whose value, or a part of it, made no sense and was left out. */
  readonly dropped: readonly string[];
}

/**
 * The memory in `text`; what is missing or makes no sense is taken from `empty`, value by value, so
 * that one bad value costs no other.
 * @throws SyntaxError when it is no JSON object; the error quotes nothing of it
 */
export function parseMemory(text: string, empty: Memory): ParsedMemory {
  const { version: _, ...found } = inTodaysWords(parseObject(text));
  const dropped: string[] = [];
  const read: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(found)) {
    const schema = Object.hasOwn(Memory.shape, key) ? Memory.shape[key as keyof Memory] : undefined;
    if (schema === undefined) {
      rest[key] = value;
      continue;
    }
    const parsed = z.safeParse<z.core.$ZodType>(schema, value);
    if (parsed.success) read[key] = parsed.data;
    else {
      dropped.push(key);
      const saved = salvage(schema, value);
      if (saved !== undefined) read[key] = saved;
    }
  }
  return { memory: Memory.parse({ ...empty, ...read }), rest, dropped };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds hashes that are guessed in no time.
    throw new SyntaxError(text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off');
  }
  if (!isRecord(value)) throw new SyntaxError('it is no JSON object');
  return value;
}

/** Those parts of a list or a record that fit; undefined where nothing does. */
function salvage(schema: z.core.$ZodType, value: unknown): unknown {
  const whole = z.safeParse(schema, value);
  if (whole.success) return whole.data;
  if (schema instanceof z.ZodMiniArray && Array.isArray(value))
    return value.map((item) => salvage(schema.def.element, item)).filter((item) => item !== undefined);
  if (!(schema instanceof z.ZodMiniRecord) || !isRecord(value)) return undefined;
  const parts = Object.entries(value).map(([key, item]) => [key, salvage(schema.def.valueType, item)] as const);
  return Object.fromEntries(parts.filter(([, item]) => item !== undefined));
}
