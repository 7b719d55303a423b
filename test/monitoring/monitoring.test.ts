// The alerts and the dashboard, as Prometheus itself takes them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examplePage } from '../unit/metrics/example-page.ts';
import { panels, queryOf } from './dashboard.ts';
import { promtool } from './programs.ts';

const ALERTS = fileURLToPath(new URL('../../config/monitoring/percept-lte.rules.yaml', import.meta.url));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What promtool has to say against it; '' where it is content. */
function complaints(args: readonly string[], input?: string): string {
  const options = { encoding: 'utf8', ...(input !== undefined && { input }) } as const;
  const { status, stdout, stderr } = spawnSync(promtool(), args, options);
  return status === 0 ? '' : `${stdout}${stderr}`;
}

test('Prometheus takes the alerts', () => {
  expect(complaints(['check', 'rules', ALERTS])).toBe('');
});

test('each alert fires when it should, and only then', () => {
  const tests = fileURLToPath(new URL('alerts.yaml', import.meta.url));
  expect(complaints(['test', 'rules', tests])).toBe('');
});

test('Prometheus takes every query of the dashboard', () => {
  const shown = { instance: '.*', seconds: 3600, scrapeSeconds: 15, stepSeconds: 15 };
  const rules = panels()
    .flatMap(({ targets }) => targets)
    .map(({ expr }, index) => ({ record: `query:${index}`, expr: queryOf(expr, shown) }));
  const file = join(folder, 'queries.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(complaints(['check', 'rules', file])).toBe('');
});

test('promtool finds nothing to say against the page', () => {
  expect(complaints(['check', 'metrics'], examplePage())).toBe('');
});
