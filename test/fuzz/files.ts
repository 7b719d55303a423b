// Files that outlive the program or come from people: what it counts, what is proven, what is
// dropped in.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { merged } from '../../src/config/files.ts';
import { parseConfig, writtenConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { parsed } from '../../src/config/yaml.ts';
import { configWarnings } from '../../src/daemon/unusable-config.ts';
import { exposition } from '../../src/metrics/prometheus-text.ts';
import { emptyTally } from '../../src/metrics/tally.ts';
import { parseSaved } from '../../src/metrics/tally-store.ts';
import { parseProven } from '../../src/state/proven.ts';
import { online } from '../unit/status/statuses.ts';
import { changed, changedJson } from './arbitraries.ts';
import { laterTarget, orPromised, type Target, target } from './target.ts';

const tally = { ...emptyTally(), expectedSeconds: 90, outages: { bearer: 2 }, attempts: { connected: 1, 'no "x"': 2 } };
const saved = { bootId: 'boot-1', isOnline: true, isTakenOver: false, tally };

/** A line of the text format that Prometheus reads. */
const SAMPLE = /^[a-z_]+(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\})? [-+.\de]+$/;

const SECRET = 'hunter2hunter2';
const kept = {
  version: 1,
  salt: 'salt',
  proven: {
    written: { connect: { apn: 'web', password: SECRET }, network: { metric: 50 } },
    wallMs: 1_790_000_000_000,
  },
  pin: { pin: '1234', sim: 'hash', wallMs: 1 },
  trials: { fingerprint: 'f', standing: { kind: 'trying', spentMs: 1, turnMs: 2, passes: 0 }, condemned: [] },
};

export const fileTargets: readonly Target[] = [
  target('metrics.json', fc.oneof(changedJson(saved), changed(JSON.stringify(saved))), (text) => {
    const found = orPromised(() => parseSaved(text), SyntaxError, z.core.$ZodError);
    if (found === undefined) return;
    for (const line of exposition(online, found.tally, found).trimEnd().split('\n'))
      assert.ok(line.startsWith('# ') || SAMPLE.test(line), line);
  }),
  laterTarget('proven.json', fc.oneof(changedJson(kept), changed(JSON.stringify(kept))), async (text) => {
    const told: string[] = [];
    const found = parseProven(text, { salt: 'new' }, (what) => told.push(what));
    assert.ok(told.every((what) => /^[a-z]+ makes no sense and is left out$/.test(what)));
    if (found === undefined) return;
    assert.notEqual(found.salt, '');
    const { proven } = found;
    if (proven === undefined) return;
    new Date(proven.wallMs).toISOString();
    const config = await writtenConfig(proven.written, {});
    if (config === undefined) return;
    const inPlaceOf = new ConfigError('f.yaml', [{ file: 'f.yaml', path: '', text: 'bad' }]);
    const [warning] = configWarnings({ config, inPlaceOf, owned: [] });
    assert.ok(warning?.text.startsWith('f.yaml: bad: '));
  }),
  target(
    'what is dropped in',
    fc.tuple(
      changed('connect: { apn: web, password: x }\nprobe: { targets: [dns] }\n', 'sim: { pin-file: /etc/pin }\n'),
      changed('connect:\n  password-file: /etc/password\nsim: { pin: "1234" }\n', 'network: { metric: 5 }\n'),
    ),
    (texts) => {
      const files = orPromised(
        () => texts.map((text) => parsed(text, { path: 'f.yaml', mode: 0o600, uid: 0 })),
        ConfigError,
      );
      if (files === undefined) return;
      const both = files.map(({ value }) => value).reduce(merged, {});
      // A prototype is no section.
      assert.equal(Object.getPrototypeOf(merged({}, {})), Object.prototype);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      orPromised(() => parseConfig(JSON.stringify(both) ?? '', 'f.yaml'), ConfigError);
    },
  ),
];
