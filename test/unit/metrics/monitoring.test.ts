// The dashboard, the alerts and the document speak of metrics that there are.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { panels } from '../../monitoring/dashboard.ts';
import { examplePage } from './example-page.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Every metric that prometheus-text.ts can write. */
const names = new Set(
  [...read('src/metrics/prometheus-text.ts').matchAll(/metric\(\s*'\w+',\s*'(\w+)'/g)].map(
    ([, name]) => `percept_lte_${name}`,
  ),
);

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

test('every metric of the page is explained', () => {
  const document = read('docs/monitoring.md');
  expect([...names].filter((name) => !document.includes(name))).toEqual([]);
  const page = [...examplePage().matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  expect(page.filter((name) => !names.has(name))).toEqual([]);
});

test('every panel says what it shows', () => {
  expect(panels().filter(({ title, description }) => title === '' || !/\.$/.test(description))).toEqual([]);
});

test('each picture in the document is there, small, and of a panel', () => {
  const shown = [...read('docs/monitoring.md').matchAll(/!\[([^\]]+)\]\((monitoring\/[\w-]+\.svg)\)/g)];
  expect(shown.length).toBeGreaterThan(15);
  for (const [, title = '', path = ''] of shown) {
    const picture = read(`docs/${path}`);
    expect(picture.length).toBeLessThan(40_000);
    expect(picture).toContain(`<title>${title}</title>`);
    expect(panels().map((panel) => panel.title)).toContain(title);
  }
});
