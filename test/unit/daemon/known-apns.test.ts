// The APNs of `connect.apn: auto`: the file that is shipped, and how it is made of its source.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownApns } from '../../../src/daemon/known-apns.ts';
import { knownApns as made } from '../../build/apns.ts';

const lines = readFileSync(new URL('../../../src/daemon/known-apns.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const listed = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(' '));

test('Verizon’s first APN is the one for data, though its source begins with IMS', () => {
  expect(knownApns(['311480']).apns[0]).toBe('vzwinternet');
});

test('AT&T’s are found, though none of them is said to be for the internet alone', () => {
  expect(knownApns(['310410']).apns.slice(0, 2)).toEqual(['broadband', 'nxtgenphone']);
  expect(knownApns(['310280']).apns).toContain('NXTGENPHONE');
});

test('an operator that is not listed, or not known, has none', () => {
  const none = [['00101'], [], ['31148'], ['#']].map(knownApns);
  expect(none).toEqual(['00101', '', '31148', ''].map((operator) => ({ operator, apns: [] })));
});

test('of the two operators that an IMSI may be of, the one that is listed has the APNs', () => {
  expect(knownApns(['262011', '26201']).operator).toBe('26201');
  expect(knownApns(['311480', '31148'])).toEqual(knownApns(['311480']));
});

test('no APN for IMS, MMS or WAP is in the file, and none that the configuration would refuse', () => {
  const apns = listed.flatMap(([, ...names]) => names);
  expect(apns.length).toBeGreaterThan(1_000);
  expect(apns.filter((apn) => /ims|mms|wap/i.test(apn))).toEqual([]);
  expect(apns.filter((apn) => !/^[A-Za-z0-9._-]{1,100}$/.test(apn))).toEqual([]);
});

test('each operator stands once, with four APNs at most: each refused one costs an attempt', () => {
  const codes = listed.map(([code]) => code);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => !/^\d{5,6}$/.test(code ?? ''))).toEqual([]);
  expect(listed.filter((words) => words.length < 2 || words.length > 5)).toEqual([]);
});

const provider = (name: string, apns: string, attributes = '') =>
  `<provider${attributes}><name>${name}</name><gsm><network-id mcc="001" mnc="01"/>${apns}</gsm></provider>`;
const apn = (value: string, usage = 'internet', more = '') =>
  `<apn value="${value}">${usage === '' ? '' : `<usage type="${usage}"/>`}${more}</apn>`;

test.each<[string, string, string]>([
  ['what is for MMS or WAP is left out', provider('A', apn('one', 'mms') + apn('two', 'wap') + apn('three')), 'three'],
  ['what says nothing of its usage is for data', provider('A', apn('one', '')), 'one'],
  ['IMS is left out whatever it is said to be for', provider('A', apn('vzwIMS') + apn('two')), 'two'],
  [
    'the owner of the network comes first',
    provider('A', apn('rent')) + provider('B', apn('own'), ' primary="true"'),
    'own rent',
  ],
  [
    'what most providers name comes first',
    provider('A', apn('one') + apn('two')) + provider('B', apn('TWO')),
    'two one',
  ],
  [
    'what wants no password comes first',
    provider('A', apn('one', 'internet', '<username>u</username>') + apn('two')),
    'two one',
  ],
  ['a comment is none of it', `<!-- ${provider('A', apn('one'))} -->${provider('A', apn('two'))}`, 'two'],
])('%s', (_, xml, apns) => {
  expect(made(`<serviceproviders><country code="xx">${xml}</country></serviceproviders>`)).toContain(`00101 ${apns}`);
});
