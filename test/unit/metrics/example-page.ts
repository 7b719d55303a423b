// A page of metrics with something of everything.
import { found } from '../../../src/codes/codes.ts';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import { exposition } from '../../../src/metrics/prometheus-text.ts';
import { emptyTally } from '../../../src/metrics/tally.ts';
import { at, online, policy } from '../connection/builders.ts';

export const around = {
  pid: 1,
  offlineSince: undefined,
  daemonVersion: '9.9.9',
  modemManager: { onBus: true, version: 'a "b" \\ c\nd' },
  counters: { rxBytes: 1, txBytes: 2 },
  data: { today: 1, period: 400, own: 30, limit: 500, atLimit: 'warn' as const },
  warnings: [{ ...found('rule-refused'), since: at(0) }],
};

export const tally = {
  ...emptyTally(),
  expectedSeconds: 100.0004,
  onlineSeconds: 90,
  outages: { 'bearer-dropped': 3 },
  outageBuckets: [1, 0, 1, 0, 0, 0, 0, 0, 0, 1],
  outageSeconds: 40_008.5,
};

/** The page of a link that is up. */
export const examplePage = (): string =>
  exposition(reportOf(online(), policy(), around, at(60)), tally, { isOnline: true, isTakenOver: false });
