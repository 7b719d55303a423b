// The kinds of value that a configuration may hold, each with the sentence that says what is
// allowed. Which key takes which: schema.ts.
import * as z from 'zod/mini';
import { familyOf, isHostAddress } from '../ip/address.ts';
import { Secret } from './secret.ts';

const UNITS_IN_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNITS_IN_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const measured = (text: string, units: Readonly<Record<string, number>>): number | undefined => {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor);
};

/**
 * `500ms`, `30s`, `5m`, `1h`, `1d`, or 0, as milliseconds from `min` to `max`; with `off` in
 * `words`, that word is 0.
 */
export const duration = (range: { min: string; max: string; off?: boolean }) => {
  const min = measured(range.min, UNITS_IN_MS) ?? 0;
  const max = measured(range.max, UNITS_IN_MS) ?? Number.POSITIVE_INFINITY;
  const allowed = `${range.off ? 'off, or ' : ''}a duration with its unit from ${range.min} to ${range.max}, such as 500ms, 30s, 5m or 1h`;
  return z.pipe(
    z.union([z.literal(0, allowed), z.string(allowed)], allowed),
    z.transform((text, context) => {
      if (text === 0 || text === '0') return range.off || min === 0 ? 0 : refuse(context, allowed);
      if (text === 'off' && range.off) return 0;
      const ms = measured(text, UNITS_IN_MS);
      return ms === undefined || ms < min || ms > max ? refuse(context, allowed) : ms;
    }),
  );
};

/** `200kB`, `1MB`, `512KiB`, as bytes; with `least` 0 also 0. `such`: examples for people. */
export const size = ({ least = 0, such = '200kB or 1MB, or 0' } = {}) => {
  const allowed = `a size with its unit, such as ${such}`;
  return z.pipe(
    z.union([z.literal(0, allowed), z.string(allowed)], allowed),
    z.transform((text, context) => {
      const bytes = text === 0 || text === '0' ? 0 : measured(text, UNITS_IN_BYTES);
      return bytes === undefined || bytes < least ? refuse(context, allowed) : bytes;
    }),
  );
};

const refuse = ({ issues, value }: z.core.ParsePayload, message: string): never => {
  issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
};

/** A whole number from `min` to `max`, both included. */
export const wholeNumber = (min: number, max: number) => {
  const allowed = `a whole number from ${min} to ${max}`;
  return z.int(allowed).check(z.gte(min, allowed), z.lte(max, allowed));
};

/** One of a few words. */
export const oneOf = <const W extends readonly [string, ...string[]]>(...words: W) =>
  z.enum(words, words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);

/** `true` or `false`, as YAML 1.2 has them. */
export const yesOrNo = () => z.boolean('true or false');

/**
 * Text that is a name of something: not empty, printable, in quotes when YAML would take it for a
 * number.
 */
export const text = (what: string, shape: RegExp = /^[^\p{Cc}]{1,255}$/u) => {
  const allowed = `${what} (text; one that looks like a number must be written in quotes)`;
  return z.string(allowed).check(z.regex(shape, allowed));
};

/** Like `text`, wrapped up so that nothing prints it. */
export const secretText = (what: string, shape: RegExp) =>
  z.pipe(
    text(what, shape),
    z.transform((value) => new Secret(value)),
  );

/** A PIN by 3GPP TS 31.101 §9.5.1: 4 to 8 decimal digits. */
export const PIN = /^\d{4,8}$/;
/** A password that fits a bearer's properties: printable, at most 255 characters. */
export const PASSWORD = /^[^\p{Cc}]{1,255}$/u;

/**
 * The grammar of 3GPP TS 23.003 §9.1, with the underscore that some carriers use; '' is the
 * subscription's default APN.
 */
const APN = /^[A-Za-z0-9._-]{0,100}$/;
const APN_ALLOWED =
  'an APN of letters, digits, ".", "-" and "_", at most 100 of them ("" is the subscription\'s default)';

const apnName = () =>
  z.string(APN_ALLOWED).check(
    z.regex(APN, APN_ALLOWED),
    z.refine((apn) => apn !== 'auto', 'an APN; auto stands alone'),
  );

/** One APN, a list to try in order, or `auto`. */
export const apn = () => {
  const allowed = `${APN_ALLOWED}, a list of them to try in order, or auto`;
  const list = z.array(apnName(), allowed).check(z.minLength(1, allowed));
  return z.pipe(
    z.union([z.literal('auto', allowed), apnName(), list], allowed),
    z.transform((value): { kind: 'auto' } | { kind: 'list'; apns: readonly string[] } => {
      if (value === 'auto') return { kind: 'auto' };
      return { kind: 'list', apns: [...new Set(typeof value === 'string' ? [value] : value)] };
    }),
  );
};

/** An address of a host, of either family, as it was written. */
export const ipAddress = () => {
  const allowed = 'an IPv4 or IPv6 address, without a zone (%wwan0) and not of the form ::ffff:192.0.2.1';
  return z.string(allowed).check(z.refine(isHostAddress, allowed));
};

/** What proves that traffic passes: a DNS question, a TCP connection or an ICMP echo. */
export type ProbeTarget =
  | { readonly kind: 'dns'; readonly server?: string }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'icmp'; readonly address: string };

const parseTarget = (written: string): ProbeTarget | undefined => {
  const [kind, where, ...more] = written.trim().split(/\s+/);
  if (more.length > 0) return undefined;
  if (kind === 'dns' && where === undefined) return { kind };
  if (where === undefined) return undefined;
  if (kind === 'dns' || kind === 'icmp') {
    if (!isHostAddress(where)) return undefined;
    return kind === 'dns' ? { kind, server: where } : { kind, address: where };
  }
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(where) ?? [];
  const address = v6 ?? v4 ?? '';
  const legal = isHostAddress(address) && familyOf(address) === (v6 === undefined ? 4 : 6);
  if (kind !== 'tcp' || !legal || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { kind, address, port: Number(port) };
};

/** What is probed, in the words of the configuration: `dns`, `tcp ADDRESS:PORT`, `icmp ADDRESS`. */
export const probeTarget = () => {
  const allowed =
    'dns (the carrier\'s servers), "dns ADDRESS", "tcp ADDRESS:PORT" or "icmp ADDRESS", by address and not by name, without a zone';
  return z.pipe(
    z.string(allowed),
    z.transform((written, context) => parseTarget(written) ?? refuse(context, allowed)),
  );
};

/** Where traffic is to get through to. `path` is that of a URL, at least `/`. */
export type Destination =
  | { readonly kind: 'tls' | 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'https'; readonly host: string; readonly port: number; readonly path: string };

/**
 * A name by RFC 1123 with at least one dot, for the carrier's name servers know no others, and a
 * last label that is no number.
 */
const HOST_NAME =
  /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Printable ASCII as it goes over the line; what stands behind a `?` is often a secret. */
const URL_PATH = /^\/[!-"$->@-~]{0,255}$/;

const parseDestination = (written: string): Destination | undefined => {
  const words = written.trim().split(/\s+/);
  const isUrl = /^https:\/\//i.test(written);
  const [kind, where = ''] = isUrl ? ['https', words[0]?.slice('https://'.length)] : words;
  const shape = isUrl
    ? /^(?:\[([^\]]+)\]|([^:/?#@[\]]+))(?::(\d{1,5}))?(\/.*)?$/
    : /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;
  const [, v6, host = v6, digits = '443', path = '/'] = shape.exec(where) ?? [];
  const port = Number(digits);
  if (words.length !== (isUrl ? 1 : 2) || host === undefined || port < 1 || port > 65_535) return undefined;
  const isAddress = isHostAddress(host) && familyOf(host) === (v6 === undefined ? 4 : 6);
  if (!isAddress && (v6 !== undefined || !HOST_NAME.test(host))) return undefined;
  if (kind === 'tls' || kind === 'tcp') return { kind, host, port };
  return isUrl && URL_PATH.test(path) ? { kind: 'https', host, port, path } : undefined;
};

/** One destination, or a list of at most `most` of them. */
export const destinations = (most: number) => {
  const allowed =
    'tls HOST:PORT, tcp HOST:PORT or https://HOST/PATH (no user, password or query in it; HOST an address or a ' +
    `whole name with its dots), or a list of at most ${most} of them`;
  const list = z.array(z.string(allowed), allowed).check(z.minLength(1, allowed), z.maxLength(most, allowed));
  return z.pipe(
    z.union([z.string(allowed), list], allowed),
    z.transform((written, context): readonly Destination[] =>
      [written].flat().map((one) => parseDestination(one) ?? refuse(context, allowed)),
    ),
  );
};

/** A file with a secret. */
export const secretFile = (what: string) =>
  z.optional(text(`the path of a file that holds ${what}, or the name of a systemd credential`));

/** Keys of which no other is allowed. */
export const section = <S extends z.core.$ZodLooseShape>(keys: S) =>
  z.strictObject(keys, 'a section: its keys, each on a line of its own, further in');

/**
 * The rule that two keys exclude each other; also checked when other keys are wrong, so that one
 * error tells everything.
 */
export const onlyOneOf = (a: string, b: string) =>
  z.refine<object>((keys) => !(a in keys && b in keys), {
    path: [b],
    message: `only one of ${a} and ${b}`,
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
