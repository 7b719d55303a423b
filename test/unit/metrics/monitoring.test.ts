// The dashboard, the alerts and the document speak of metrics that there are.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { panels } from '../../monitoring/dashboard.ts';
import { examplePage } from './example-page.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Those of an online board; the two that want a modem and an answer are there in life. */
const names = new Set([
  ...[...examplePage().matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name),
  ...['percept_lte_signal_percent', 'percept_lte_probe_round_trip_seconds', 'percept_lte_through'],
]);

const spokenOf = (text: string) =>
  [...new Set(text.match(/percept_lte_\w+/g))].map((name) => name.replace(/_(bucket|sum|count)$/, ''));

test.each([
  [
    'the dashboard',
    () =>
      panels()
        .flatMap(({ targets }) => targets.map(({ expr }) => expr))
        .join('\n'),
  ],
  ['the alerts', () => read('config/monitoring/percept-lte.rules.yaml')],
  ['the tests of the alerts', () => read('test/monitoring/alerts.yaml')],
  ['the document', () => read('docs/monitoring.md')],
])('%s: every metric is one of the page', (_what, text) => {
  expect(spokenOf(text()).filter((name) => !names.has(name))).toEqual([]);
});

test('every metric is explained, and shown', () => {
  const [document, queries] = [read('docs/monitoring.md'), JSON.stringify(panels())];
  expect([...names].filter((name) => !document.includes(name))).toEqual([]);
  expect([...names].filter((name) => !queries.includes(name))).toEqual([]);
});

test('every panel says what it shows', () => {
  expect(panels().filter(({ title, description }) => title === '' || !/\.$/.test(description))).toEqual([]);
});
