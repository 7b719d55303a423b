// Turns one log record into the text that a person reads in journalctl: `component: message
// key=value`. Pure; where it goes is log.ts's.

/** What pino hands over: level (10 … 60), msg, the child's `component`, and any fields. */
export type LogRecord = Readonly<Record<string, unknown>>;

/** A line and its level: the text without the prefix that journald reads. */
export interface LogLine {
  readonly level: number;
  readonly text: string;
}

/** Keys whose values are never shown, at any depth; written without capitals, `-` and `_`. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'pin',
  'puk',
  'password',
  'user',
  'imsi',
  'imei',
  'imeitail',
  'iccid',
  'identifier',
  'simidentifier',
  'equipmentidentifier',
  'deviceidentifier',
  'ownnumbers',
  'msisdn',
]);

/** Whether what stands under `key`, in whatever spelling, must not leave the board. */
export const isSecretKey = (key: string): boolean => SECRET_KEYS.has(key.toLowerCase().replaceAll(/[-_]/g, ''));

/**
 * Control characters, and the invisible ones that reorder or break text, as `\x1b` or `\u202e`:
 * what a network or a modem sends must not be able to drive a terminal or forge a line.
 */
export const escaped = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });

/** `40ms`, `1.5s`, `12s`, `4m10s`, `3h12m`, `2d4h`: milliseconds as a person says them. */
export function humanDuration(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  if (ms < 0) return `-${humanDuration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 9950) return `${Number((ms / 1000).toFixed(1))}s`;
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}

const quoted = (text: string): string =>
  text === '' || /[\s"=\\]/.test(text) ? `"${escaped(text.replaceAll(/["\\]/g, String.raw`\$&`))}"` : escaped(text);

function scalar(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return quoted(value);
  return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** `key=value` pairs; objects become `outer.inner=value`, lists of plain values `key=a,b`. */
function* pairs(fields: LogRecord, prefix = ''): Generator<string> {
  for (const [key, value] of Object.entries(fields)) {
    const name = escaped(prefix + key).replaceAll(/[\s="]/g, '_');
    if (isSecretKey(key)) yield `${name}=[secret]`;
    else if (typeof value === 'number' && /[a-z]Ms$/.test(key)) yield `${name.slice(0, -2)}=${humanDuration(value)}`;
    else if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
      yield `${name}=${quoted(value.map((item) => (item === null ? 'none' : String(item))).join(','))}`;
    } else if (Array.isArray(value))
      for (const [index, item] of value.entries()) yield* pairs({ [index]: item }, `${prefix}${key}.`);
    else if (typeof value === 'object' && value !== null) yield* pairs(value as LogRecord, `${prefix}${key}.`);
    else yield `${name}=${scalar(value)}`;
  }
}

/** An error as log.ts serialises it. */
const errorText = (error: unknown): { text: string; stack: string } => {
  const { text, stack } = (typeof error === 'object' && error !== null ? error : {}) as {
    text?: unknown;
    stack?: unknown;
  };
  return { text: typeof text === 'string' ? text : scalar(error), stack: typeof stack === 'string' ? stack : '' };
};

const DEBUG = 20;

/**
 * The lines of one record, the first with its fields; further lines of its text are set in, so that
 * none looks like one of its own.
 */
export function logLines(record: LogRecord): readonly LogLine[] {
  const { level: givenLevel, msg, component, err, ...fields } = record;
  const level = typeof givenLevel === 'number' ? givenLevel : 30;
  const error = err === undefined ? undefined : errorText(err);
  // pino makes the error's message the record's when it is given no other.
  const said = typeof msg === 'string' && error?.text.endsWith(msg) ? undefined : msg;
  const message = [component, said, error?.text].filter((part): part is string => typeof part === 'string').join(': ');
  const [first = '', ...more] = message.split(/\r?\n/).map(escaped);
  const lines: LogLine[] = [{ level, text: [first, ...pairs(fields)].join(' ') }];
  for (const line of more) lines.push({ level, text: `  ${line}` });
  const frames = error?.stack.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  for (const frame of frames) lines.push({ level: DEBUG, text: `    ${escaped(frame.trim())}` });
  return lines;
}
