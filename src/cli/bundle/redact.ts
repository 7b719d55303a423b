// Takes out of a text what must not leave the board: the secrets that are known here, in whatever
// way they are written, and every number that could be one of a SIM, a device or a person. Pure.
import { isSecretKey } from '../../system/log-line.ts';

const MASK = '[redacted]';

/** IMEI (14 to 16 digits), IMSI (14 or 15), ICCID (18 to 20, some end in F). */
const IDENTITY = /(?<![\dA-Za-z])\d{14,20}F?(?![\dA-Za-z])/gi;
/** A phone number with its country (E.164). */
const PHONE = /\+\d{7,15}(?!\d)/g;

/**
 * What redacts a text. @param secrets As they are, such as a PIN; what is empty is passed over.
 */
export function redactor(secrets: readonly (string | undefined)[]): (text: string) => string {
  const known = [...new Set(secrets.filter((secret) => secret !== undefined && secret !== ''))].flatMap((secret) =>
    writings(secret ?? ''),
  );
  // The longest first: one may be part of another.
  known.sort((a, b) => b.length - a.length);
  const patterns = known.map(patternOf);
  return (text) => {
    const without = patterns.reduce((rest, pattern) => rest.replace(pattern, MASK), text);
    return without.replace(IDENTITY, MASK).replace(PHONE, MASK);
  };
}

/**
 * As text, as JSON has it, and as programs dump bytes: hexadecimal, of UTF-8 and of MBIM's UTF-16.
 */
function writings(secret: string): readonly string[] {
  const dumps = (['utf8', 'utf16le'] as const).flatMap((encoding) => {
    const pairs = Buffer.from(secret, encoding).toString('hex').match(/../g) ?? [];
    return [pairs.join(''), pairs.join(':'), pairs.join(' ')];
  });
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...dumps,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ];
}

/** A number is meant only as a whole: a PIN is part of many others. */
function patternOf(text: string): RegExp {
  const literal = text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  const isShort = /^\d+$/.test(text) || text.length < 4;
  return new RegExp(isShort ? `(?<![\\dA-Za-z])${literal}(?![\\dA-Za-z])` : literal, 'gi');
}

/** The same value for JSON, with what stands under a secret's key taken out. */
export const withoutSecretKeys = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (isSecretKey(key) && typeof inner !== 'object' ? MASK : inner)) ??
      'null',
  );
