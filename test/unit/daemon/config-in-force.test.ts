// The keeper of the configuration in force: written down first, then acted on.

import { expect, test } from 'vitest';
import { parseConfig, type ReadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { Connection } from '../../../src/connection/connection.ts';
import { decide } from '../../../src/connection/decide.ts';
import type { ConnectionEvent } from '../../../src/connection/events/event.ts';
import { ConfigInForce } from '../../../src/daemon/config-in-force.ts';
import { policyOf } from '../../../src/daemon/policy-of-config.ts';
import type { Kept } from '../../../src/state/proven.ts';
import { warningSentence } from '../../../src/status/why.ts';
import {
  at,
  bearerConnected,
  connecting,
  failed,
  following,
  type Happening,
  online,
  proven,
  reachJudged,
} from '../connection/builders.ts';
import { silentLog } from '../silent-log.ts';
import { SteppedClock, settled } from '../stepped-clock.ts';

const GOOD = 'connect:\n  apn: internet\n';
const WRONG = 'connect:\n  apn: wrong\n';

const REST = { placeOf: () => 'line 2', dropIns: [], owned: [], origins: () => [], profile: '', profiles: [] };

function readOf(text: string): ReadConfig {
  const config = parseConfig(text, 'f.yaml');
  const { apn } = config.connect;
  const base = {
    config,
    written: { connect: { apn: apn.kind === 'list' ? apn.apns : 'auto' } },
    placeOf: REST.placeOf,
  };
  return { ...base, ...REST, base };
}

/** A host whose disk can be slow or broken, and the lives of daemons on it. */
class Host {
  readonly clock = new SteppedClock(at().monotonicMs, at().wallMs);
  disk: Kept = { salt: 'salt' };
  /** How often it was written, and whether somebody removed the file. */
  writes = 0;
  isWiped = false;
  /** Undefined: at once. */
  writing: Promise<void> | undefined;
  connection = online();
  readonly warnings = new Map<string, readonly string[]>();
  readonly switches: string[] = [];
  readonly ends: string[] = [];
  keeper = this.start(GOOD);

  start(text: string): ConfigInForce {
    const read = readOf(text);
    const { proven: kept } = this.disk;
    const proven = kept && readOf(`connect: ${JSON.stringify(kept.written.connect)}`).config;
    const save = async (what: Kept) => {
      await this.writing;
      this.disk = structuredClone(what);
      this.writes += 1;
      this.isWiped = false;
    };
    this.keeper = new ConfigInForce(
      {
        clock: this.clock,
        log: silentLog,
        warnings: { set: (topic, found) => void this.warnings.set(topic, found.map(warningSentence)) },
        connection: () => this.connection,
        ended: ({ result, reason }) => void this.ends.push(`${result}: ${reason}`),
        switched: (before) => void this.switches.push(`${apnOf(before)} -> ${apnOf(this.keeper.config)}`),
      },
      {
        read,
        kept: structuredClone(this.disk),
        proven,
        store: { path: '/state/proven.json', save, isMissing: async () => this.isWiped },
        settingsOf: async ({ connect }) => readOf(`connect: ${JSON.stringify(connect)}`).config,
      },
      undefined,
    );
    return this.keeper;
  }

  async happened(from: Connection, what: Happening): Promise<void> {
    const event = { ...what, at: this.clock.now(), chance: 0.5 } as ConnectionEvent;
    this.connection = decide(from, event, policyOf(this.keeper.config));
    this.keeper.observe(from, this.connection, event);
    await settled();
  }

  get warning(): string {
    return [...this.warnings.values()].flat().join('\n');
  }
}

const apnOf = ({ connect: { apn } }: Config) => (apn.kind === 'list' ? apn.apns.join() : 'auto');
/** Online, and asked how far traffic gets. */
const through = () => following(online(), [reachJudged('through')]);
const wrongly = () => connecting(policyOf(readOf(WRONG).config));

async function onTrial(): Promise<Host> {
  const host = new Host();
  await host.happened(through(), proven(1));
  await host.keeper.put(readOf(WRONG), host.connection);
  return host;
}

test('a state folder that was wiped while online has what is proven again, and is written once for it', async () => {
  const host = new Host();
  await host.keeper.keepFile();
  expect(host.writes).toBe(0);
  await host.happened(through(), proven(1));
  const [kept, writes] = [host.disk, host.writes];
  await host.keeper.keepFile();
  expect(host.writes).toBe(writes);
  host.disk = { salt: 'other' };
  host.isWiped = true;
  await host.keeper.keepFile();
  await host.keeper.keepFile();
  expect([host.disk, host.writes]).toEqual([kept, writes + 1]);
});

test('what carries traffic is written down', async () => {
  const host = new Host();
  await host.happened(through(), proven(1));
  expect(host.disk.proven).toMatchObject({ written: { connect: { apn: ['internet'] } } });
});

test('a refusal is written down before the settings before are used', async () => {
  const host = await onTrial();
  let written = () => {};
  host.writing = new Promise<void>((resolve) => {
    written = resolve;
  });
  await host.happened(wrongly(), failed('apn', 27));
  expect(host.switches).toEqual([]);
  written();
  await settled();
  await settled();
  expect(host.switches).toEqual(['wrong -> internet']);
  expect(host.disk.trials?.standing).toMatchObject({ kind: 'condemned', by: { how: 'refused', cause: 27 } });
  expect(host.warning).toMatch(/^APN wrong \(line 2\) was refused, cause 27: running on internet, proven until/);
});

test('a disk that cannot be written is told, and keeps nobody on settings that were refused', async () => {
  const host = await onTrial();
  host.writing = Promise.reject(new Error('ENOSPC'));
  host.writing.catch(() => {});
  await host.happened(wrongly(), failed('apn', 27));
  expect(host.switches).toEqual(['wrong -> internet']);
  expect(host.warning).toMatch(/proven\.json cannot be written \(ENOSPC\)/);
});

test('a disk that hangs does so for twenty seconds at most', async () => {
  const host = await onTrial();
  host.writing = new Promise(() => {});
  await host.happened(wrongly(), failed('apn', 27));
  await host.clock.step(20_000);
  expect(host.switches).toEqual(['wrong -> internet']);
});

test('traffic of the session before is no proof of a change that is just being read', async () => {
  const host = new Host();
  await host.happened(through(), proven(1));
  const reading = host.keeper.put(readOf(WRONG), host.connection);
  await host.happened(through(), proven(2));
  await reading;
  expect(host.keeper.status).toMatchObject({ state: 'trying', changed: ['connect.apn'] });
  expect(host.disk.proven).toMatchObject({ written: { connect: { apn: ['internet'] } } });
});

test('killed at any point, the next life finds the settings that carried traffic', async () => {
  const host = await onTrial();
  expect(apnOf(host.start(WRONG).config)).toBe('wrong');
  await host.happened(wrongly(), failed('apn', 27));
  expect(apnOf(host.start(WRONG).config)).toBe('internet');
  expect(apnOf(host.start('connect:\n  apn: other\n').config)).toBe('other');
  expect(apnOf(host.start(WRONG).config)).toBe('internet');
  expect(apnOf(host.start(`${WRONG}recovery:\n  trial: off\n`).config)).toBe('wrong');
});

test('time in which nothing passes takes a change back', async () => {
  const host = await onTrial();
  const ended = new AbortController();
  const running = host.keeper.run(ended.signal);
  await host.happened(wrongly(), bearerConnected());
  await host.clock.step(11 * 60_000);
  expect(host.switches).toEqual(['wrong -> internet']);
  expect(host.warning).toMatch(/^nothing passed with connect\.apn \(line 2\): running on internet, .* for now/);
  await host.happened(through(), proven(700));
  expect(host.switches).toEqual(['wrong -> internet', 'internet -> wrong']);
  await host.happened(wrongly(), bearerConnected());
  await host.clock.step(3 * 60_000);
  await host.happened(through(), proven(900));
  expect(host.warning).toMatch(/^nothing passed within 10 min with connect\.apn/);
  expect(host.ends).toEqual(['taken-back: nothing passed within 10 min with connect.apn (line 2)']);
  host.keeper.accept();
  await settled();
  expect(host.switches.at(-1)).toBe('internet -> wrong');
  expect(host.warning).toBe('');
  ended.abort();
  await running;
});

test('a person ends a trial: the change is what is gone back to', async () => {
  const host = await onTrial();
  host.keeper.accept();
  await settled();
  expect(host.keeper.status).toBeUndefined();
  expect(host.disk.proven).toMatchObject({ written: { connect: { apn: ['wrong'] } } });
});

test.each([
  ['traffic passes', (host: Host) => host.happened(through(), proven(2)), 'kept: traffic passes'],
  ['a person accepts', async (host: Host) => host.keeper.accept(), 'kept: accepted by hand'],
  [
    'it is refused',
    (host: Host) => host.happened(wrongly(), failed('apn', 27)),
    'taken-back: APN wrong (line 2) was refused, cause 27',
  ],
  [
    'the file is put back',
    (host: Host) => host.keeper.put(readOf(GOOD), host.connection),
    'taken-back: the file has the settings before again',
  ],
  [
    'trials are switched off',
    (host: Host) => host.keeper.put(readOf(`${WRONG}recovery:\n  trial: off\n`), host.connection),
    'kept: recovery.trial is off',
  ],
])('a trial ends once, and says how: %s', async (_what, end, told) => {
  const host = await onTrial();
  expect(host.ends).toEqual([]);
  await end(host);
  await host.happened(wrongly(), failed('apn', 27));
  await settled();
  expect(host.ends).toEqual([told]);
});

/** The file, as it is for a SIM with that profile. */
const inProfile = (text: string, profile: string): ReadConfig => ({ ...readOf(text), profile });

test('another SIM with another profile is no change: nothing is on trial, and each has its own proven settings', async () => {
  const host = new Host();
  await host.happened(through(), proven(1));
  await host.keeper.put(inProfile(WRONG, 'german'), host.connection);
  expect([host.keeper.status, apnOf(host.keeper.config)]).toEqual([undefined, 'wrong']);
  await host.happened(following(online(policyOf(host.keeper.config)), [reachJudged('through')]), proven(2));
  await host.keeper.put(inProfile(GOOD, ''), host.connection);
  expect(host.keeper.status).toBeUndefined();
  expect(host.disk).toMatchObject({ proven: { written: { connect: { apn: ['internet'] } } } });
  expect(host.disk.profile).toBeUndefined();
  await host.keeper.put(inProfile(WRONG, ''), host.connection);
  expect(host.keeper.status?.changed).toEqual(['connect.apn']);
});

test('a change that was on trial for one SIM goes on when that SIM is back', async () => {
  const host = await onTrial();
  await host.keeper.put(inProfile(GOOD, 'german'), host.connection);
  expect(host.keeper.status).toBeUndefined();
  await host.keeper.put(inProfile(WRONG, ''), host.connection);
  expect(host.keeper.status).toMatchObject({ state: 'trying', changed: ['connect.apn'] });
  expect(host.ends).toEqual([]);
});

test('what was refused to one SIM stays refused to it, and is in force for the other', async () => {
  const host = await onTrial();
  await host.happened(wrongly(), failed('apn', 27));
  expect(apnOf(host.keeper.config)).toBe('internet');
  await host.keeper.put(inProfile(WRONG, 'german'), host.connection);
  expect(apnOf(host.keeper.config)).toBe('wrong');
  await host.keeper.put(inProfile(WRONG, ''), host.connection);
  expect([apnOf(host.keeper.config), host.keeper.status?.state]).toEqual(['internet', 'refused']);
});
