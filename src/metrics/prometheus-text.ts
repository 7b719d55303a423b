// The metrics in Prometheus' text format, version 0.0.4. No timestamps, one HELP and TYPE for each
// name, a newline at the end: node_exporter's textfile collector refuses anything else.

import { LOSSES } from '../connection/words/loss.ts';
import { rungs } from '../state/memory.ts';
import type { Status } from '../status/schema.ts';
import { OUTAGE_BUCKETS, type Tally, type Timed } from './tally.ts';

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number | undefined, suffix?: string];

const escaped = (value: string | number) =>
  String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelled = (labels: Labels) => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

/** One metric; without a sample that has a value it is left out. */
function metric(type: 'counter' | 'gauge' | 'histogram', name: string, help: string, samples: readonly Sample[]) {
  const lines = samples.flatMap(([labels, value, suffix = '']) =>
    value === undefined ? [] : [`percept_lte_${name}${suffix}${labelled(labels)} ${value}`],
  );
  if (lines.length === 0) return [];
  return [`# HELP percept_lte_${name} ${help}`, `# TYPE percept_lte_${name} ${type}`, ...lines];
}

const one = (value: number | undefined): readonly Sample[] => [[{}, value]];
const by = (label: string, counts: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(counts).map(([word, value]) => [{ [label]: word }, value] as const);
const rounded = (value: number) => Math.round(value * 1000) / 1000;
const flag = (value: boolean) => Number(value);

/** Rows that are there before anything is counted: a rate needs a beginning. */
const zeros = (words: readonly string[]) => Object.fromEntries(words.map((word) => [word, 0]));

const TRIAL_STATES = ['trying', 'comparing', 'refused', 'silent'] satisfies NonNullable<Status['trial']>['state'][];

/** The page for `status` and `tally`; everything in it may be read by everybody. */
export function exposition(status: Status, tally: Tally, timed: Timed): string {
  return `${[...stateOf(status, timed), ...countsOf(tally)].join('\n')}\n`;
}

function stateOf(status: Status, { isOnline, isTakenOver }: Timed): string[] {
  const { phase, link, modem, attempts, warnings, daemonVersion, modemManager, trial, data } = status;
  const proof = link?.lastProof?.roundTripMs;
  return [
    ...metric('gauge', 'build_info', 'Versions of percept-lte, of its Node.js and of ModemManager.', [
      [{ version: daemonVersion, node: process.versions.node, modemmanager: modemManager.version }, 1],
    ]),
    ...metric('gauge', 'online', 'Whether the link is up.', one(flag(isOnline))),
    ...metric('gauge', 'phase', 'What the service is doing.', [[{ phase }, 1]]),
    ...metric(
      'gauge',
      'through',
      'Whether traffic gets beyond the carrier, or to probe.destination.',
      one(
        link?.reach === undefined || link.reach.verdict === 'unclear'
          ? undefined
          : flag(link.reach.verdict === 'through'),
      ),
    ),
    ...metric('gauge', 'taken_over', 'Whether LTE stands in for a better uplink that is dead.', one(flag(isTakenOver))),
    ...metric(
      'gauge',
      'trial',
      'Whether a change of the configuration is on trial, or was taken back.',
      TRIAL_STATES.map((state) => [{ state }, flag(trial?.state === state)] as const),
    ),
    ...metric('gauge', 'signal_percent', 'Signal quality as ModemManager has it.', one(modem?.signalPercent)),
    ...metric('gauge', 'signal_rsrp_dbm', 'Power of the cell (metrics.signal).', one(modem?.signal?.rsrp)),
    ...metric('gauge', 'signal_rsrq_db', 'Quality of the cell (metrics.signal).', one(modem?.signal?.rsrq)),
    ...metric('gauge', 'signal_snr_db', 'Signal to noise (metrics.signal).', one(modem?.signal?.snr)),
    ...metric('gauge', 'signal_rssi_dbm', 'All power that is received (metrics.signal).', one(modem?.signal?.rssi)),
    ...metric(
      'gauge',
      'probe_round_trip_seconds',
      'Time to the answer of the last probe.',
      one(proof === undefined ? undefined : rounded(proof / 1000)),
    ),
    ...metric('gauge', 'attempts_left', 'Attempts that the hourly ceiling still allows.', [
      [{}, Math.max(0, attempts.limitPerHour - attempts.usedThisHour)],
    ]),
    ...metric('gauge', 'consecutive_failures', 'Attempts that failed in a row.', one(attempts.consecutiveFailures)),
    ...metric('gauge', 'data_used_bytes', 'What the SIM has used of the period of its data plan.', one(data?.period)),
    ...metric('gauge', 'data_own_bytes', 'How much of it was sent and received to prove the link.', one(data?.own)),
    ...metric('gauge', 'data_limit_bytes', 'What the data plan has in a period.', one(data?.limit)),
    ...metric('gauge', 'warnings', 'Standing warnings; percept-lte status has the words.', one(warnings.length)),
    ...metric(
      'gauge',
      'warning',
      'One for each standing warning, by its code (docs/codes.md).',
      warnings.map(({ code, severity }) => [{ code, severity }, 1] as const),
    ),
  ];
}

function countsOf(tally: Tally): string[] {
  return [
    ...metric(
      'counter',
      'expected_seconds_total',
      'Seconds in which the service ran.',
      one(rounded(tally.expectedSeconds)),
    ),
    ...metric(
      'counter',
      'online_seconds_total',
      'Seconds of them in which the link was up.',
      one(rounded(tally.onlineSeconds)),
    ),
    ...metric(
      'counter',
      'take_over_seconds_total',
      'Seconds in which LTE stood in for a better uplink that was dead.',
      one(rounded(tally.takeOverSeconds)),
    ),
    ...metric('counter', 'receive_bytes_total', 'Bytes that the link received.', one(tally.receivedBytes)),
    ...metric('counter', 'transmit_bytes_total', 'Bytes that the link sent.', one(tally.transmittedBytes)),
    ...metric('counter', 'attempts_total', 'Connects sent to the carrier, by what came of them.', [
      ...by('result', { connected: 0, ...tally.attempts }),
    ]),
    ...metric(
      'counter',
      'rungs_total',
      'Rungs of the recovery ladder that were climbed.',
      by('rung', { ...zeros(rungs), ...tally.rungs }),
    ),
    ...metric(
      'counter',
      'outages_total',
      'Outages that began, by what took the link away or keeps it from coming.',
      by('cause', { ...zeros(LOSSES), ...tally.outages }),
    ),
    ...metric(
      'counter',
      'outages_ended_total',
      'Outages that ended, by what ended them.',
      by('by', { ...zeros(['reconnect']), ...tally.outagesEndedBy }),
    ),
    ...metric('histogram', 'outage_duration_seconds', 'How long outages lasted.', histogramOf(tally)),
  ];
}

function histogramOf({ outageBuckets, outageSeconds }: Tally): readonly Sample[] {
  let sum = 0;
  const bounds = [...OUTAGE_BUCKETS, '+Inf'];
  const buckets = outageBuckets.map((value, index): Sample => {
    sum += value;
    return [{ le: bounds[index] ?? '+Inf' }, sum, '_bucket'];
  });
  return [...buckets, [{}, rounded(outageSeconds), '_sum'], [{}, sum, '_count']];
}
