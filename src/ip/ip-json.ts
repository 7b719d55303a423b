// What `ip -json` prints, made into a value.

/** The oldest iproute2 that will do. Rules are printed as JSON from 4.17 on, the last of all. */
export const OLDEST_IPROUTE2 = '4.18';

/**
 * Names are printed as they are, and the kernel takes control characters in one: no JSON. Before
 * 6.1 an apostrophe is printed as `\'`, which is none either (iproute2, lib/json_writer.c).
 */
const NO_JSON = /\\(.)|\p{Cc}/gu;

/**
 * Before 5.1 a route's type is printed without its key, `{"local","dst":…`, which is no JSON
 * (ip/iproute.c; mended in 5.1).
 */
const TYPE_WITHOUT_KEY = /\{"([a-z]+)",(?="dst":)/g;

/**
 * The value that `ip -json` has printed; of nothing, the empty list. A name that cannot be in JSON
 * comes with `?` in it: somebody else's interface must not hide all others. @throws SyntaxError
 */
export const parseIpJson = (text: string): unknown =>
  JSON.parse(
    text.trim() === '' ? '[]' : text.replaceAll(TYPE_WITHOUT_KEY, '{"type":"$1",').replaceAll(NO_JSON, jsonOf),
  );

function jsonOf(found: string, escaped: string | undefined): string {
  if (escaped === "'") return escaped;
  return escaped === undefined && found !== '\n' ? '?' : found;
}
