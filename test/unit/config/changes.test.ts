// Which sections a reload concerns.
import { expect, test } from 'vitest';
import { changesOf } from '../../../src/config/changes.ts';
import { distance, nearest } from '../../../src/config/did-you-mean.ts';
import { parseConfig } from '../../../src/config/load.ts';

const config = (text: string) => parseConfig(text, 'f.yaml');

test.each([
  ['connect: { apn: web }', 'connect: { apn: [web], ip-type: ipv4 }', []],
  ['connect: { apn: web }', 'connect: { apn: auto }', ['connect']],
  ['connect: { apn: web, password: a }', 'connect: { apn: web, password: b }', ['connect']],
  ['connect: { apn: web, password: a }', 'connect: { apn: web, password: a }', []],
  ['connect: { apn: web }\nsim: { pin: "1234" }', 'connect: { apn: web }\nsim: { pin: "1235" }', ['sim']],
  ['connect: { apn: web }', 'connect: { apn: web }\nprobe: { interval: 300s }', []],
  [
    'connect: { apn: web }',
    'connect: { apn: web }\nprobe: { targets: [dns] }\nlog: { level: debug }',
    ['probe', 'log'],
  ],
  ['connect: { apn: web }', 'connect: { apn: web }\non-stop: keep\nnetwork: { dns: off }', ['network', 'on-stop']],
])('from %j to %j', (before, after, expected) => {
  expect([...changesOf(config(before), config(after))]).toEqual(expected);
});

test.each([
  ['apm', 'apn'],
  ['ip_type', 'ip-type'],
  ['Metric', 'metric'],
  ['zzz', undefined],
])('%s was meant to be %s', (typed, meant) => {
  expect(nearest(typed, ['apn', 'ip-type', 'metric'])).toBe(meant);
});

test('the distance between words', () => {
  expect([distance('', 'abc'), distance('kitten', 'sitting'), distance('a', 'a')]).toEqual([3, 3, 0]);
});
