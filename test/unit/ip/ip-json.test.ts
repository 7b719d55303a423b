// Names of interfaces that `ip -json` prints so that it is no JSON.
import { expect, test } from 'vitest';
import { parseIpJson } from '../../../src/ip/ip-json.ts';

test.each([
  ['a control character', '"a\u0001\u001bb"', 'a??b'],
  ['an apostrophe, before 6.1', String.raw`"john\'s"`, "john's"],
  ['a backslash before an apostrophe', String.raw`"q\\'z"`, String.raw`q\'z`],
  ['a backslash at the end', String.raw`"q\\"`, 'q\\'],
  ['a quote and a backspace, which are escaped', String.raw`"q\"\b"`, 'q"\b'],
  ['letters of all the world', '"büro→"', 'büro→'],
])('%s in a name is read', (_, printed, name) => {
  expect(parseIpJson(`[{"ifname":${printed}}]\n`)).toEqual([{ ifname: name }]);
});

test('nothing printed is an empty list; what is no JSON is refused', () => {
  expect(parseIpJson('\n')).toEqual([]);
  expect(() => parseIpJson('1: lo: <LOOPBACK>')).toThrow(SyntaxError);
});
