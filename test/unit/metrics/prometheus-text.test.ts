// The metrics' page: what node_exporter's textfile collector and promtool insist on.
import { expect, test } from 'vitest';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import { exposition } from '../../../src/metrics/prometheus-text.ts';
import { at, online, policy } from '../connection/builders.ts';
import { around, examplePage, tally } from './example-page.ts';

const page = examplePage();
const lines = page.split('\n');

test('the page ends in a newline, and no line has a timestamp', () => {
  expect(page.endsWith('\n')).toBe(true);
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const form = /^[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? [0-9.]+$/;
  expect(samples.filter((line) => !form.test(line))).toEqual([]);
});

test('each name has one HELP and one TYPE before its samples, and every counter ends in _total', () => {
  const named = (word: string) =>
    lines.filter((line) => line.startsWith(`# ${word} `)).map((line) => line.split(' ')[2]);
  expect(named('HELP')).toEqual(named('TYPE'));
  expect(new Set(named('HELP')).size).toBe(named('HELP').length);
  const counters = lines.filter((line) => / counter$/.test(line)).map((line) => line.split(' ')[2]);
  expect(counters.filter((name) => !name?.endsWith('_total'))).toEqual([]);
});

test('a label with quotes, backslashes and line ends stays one line', () => {
  expect(page).toContain('modemmanager="a \\"b\\" \\\\ c\\nd"');
});

test('the histogram adds up', () => {
  expect(page).toContain('percept_lte_outage_duration_seconds_bucket{le="1"} 1\n');
  expect(page).toContain('percept_lte_outage_duration_seconds_bucket{le="10"} 2\n');
  expect(page).toContain('percept_lte_outage_duration_seconds_bucket{le="+Inf"} 3\n');
  expect(page).toContain(
    'percept_lte_outage_duration_seconds_sum 40008.5\npercept_lte_outage_duration_seconds_count 3\n',
  );
});

test('a standing warning has a row with its code', () => {
  expect(page).toContain('percept_lte_warnings 1\n');
  expect(page).toContain('percept_lte_warning{code="rule-refused",severity="warn"} 1\n');
});

test('every rung has a row before it is climbed', () => {
  expect(page).toContain('percept_lte_rungs_total{rung="reboot"} 0\n');
});

test('every cause of an outage has a row before it happens', () => {
  expect(page).toContain('percept_lte_outages_total{cause="modem-gone"} 0\n');
  expect(page).toContain('percept_lte_outages_total{cause="bearer-dropped"} 3\n');
});

test('a link that is found dead is not online, whatever the phase', () => {
  const dead = exposition(reportOf(online(), policy(), around, at(60)), tally, { isOnline: false, isTakenOver: true });
  expect(dead).toContain('percept_lte_online 0\n');
  expect(dead).toContain('percept_lte_taken_over 1\n');
});

test('a change on trial is told by its state, and 0 stands for the others', () => {
  const trial = { state: 'refused' as const, changed: ['connect.apn'], provenUntil: new Date(0).toISOString() };
  const status = { ...reportOf(online(), policy(), around, at(60)), trial };
  const told = exposition(status, tally, { isOnline: true, isTakenOver: false });
  expect(told).toContain('percept_lte_trial{state="refused"} 1\n');
  expect(told).toContain('percept_lte_trial{state="trying"} 0\n');
  expect(page).toContain('percept_lte_trial{state="refused"} 0\n');
});

test('what is used of a data plan, and its limit where there is one', () => {
  const data = { today: 1, period: 400, own: 30 };
  const used = (more: object) =>
    exposition(reportOf(online(), policy(), { ...around, data: { ...data, ...more } }, at(60)), tally, {
      isOnline: true,
      isTakenOver: false,
    });
  expect(used({ limit: 500 })).toContain('percept_lte_data_used_bytes 400\n');
  expect(used({ limit: 500 })).toContain('percept_lte_data_limit_bytes 500\n');
  expect(used({})).toContain('percept_lte_data_own_bytes 30\n');
  expect(used({})).not.toContain('data_limit_bytes');
});
