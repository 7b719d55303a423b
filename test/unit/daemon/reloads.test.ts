// Another SIM: its profile is in force before anybody hears of it.
import { expect, test } from 'vitest';
import { parseConfig, type ReadConfig } from '../../../src/config/load.ts';
import type { Facts } from '../../../src/connection/connection.ts';
import { Reloads, type ReloadsPorts } from '../../../src/daemon/reloads.ts';
import { profileOf, simHashOf } from '../../../src/daemon/sim-profile.ts';
import { simFingerprint } from '../../../src/state/pins.ts';
import { having, sim, started } from '../connection/builders.ts';
import { silentLog } from '../silent-log.ts';

const settingsOf = (apn: string) => ({
  config: parseConfig(`connect: { apn: ${apn} }`, 'f.yaml'),
  written: { connect: { apn } },
  placeOf: () => 'line 2',
});
const base = settingsOf('web');
const file: ReadConfig = {
  ...base,
  base,
  profile: '',
  profiles: [{ name: 'german', match: { 'iccid-prefix': '8949' }, read: settingsOf('telekom') }],
  dropIns: [],
  owned: [],
  origins: () => [],
};
const withSim = (iccid: string): Facts => having({ sim: sim(iccid) });
const GERMAN = withSim('89490200001234567890');
const OTHER = withSim('89148000000000000006');

function board() {
  const told: string[] = [];
  let answer = () => {};
  let read = file;
  const trials = {
    get file() {
      return read;
    },
    async put(next: ReadConfig, _connection: unknown, hash: string | undefined) {
      told.push(`put ${next.profile} ${hash?.length}`);
      read = next;
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return base.config;
    },
  };
  const facts = { chosen: OTHER };
  const reloads = new Reloads({
    ...({ configPath: '', env: {}, warnings: {}, systemd: {} } as unknown as ReloadsPorts),
    log: { log: silentLog, setLevel: () => {} } as unknown as ReloadsPorts['log'],
    inForce: trials as unknown as ReloadsPorts['inForce'],
    facts,
    connection: () => started(),
    apply: () => void told.push('applied'),
    settled: () => void told.push(`settled: ${reloads.admits(facts.chosen)}`),
    fault: (error) => void told.push(String(error)),
  });
  const saw = (next: Facts) => {
    facts.chosen = next;
    return reloads.admits(next);
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { told, saw, settled, written: () => answer(), profile: () => read.profile };
}

test('what is known of a SIM with another profile is held back until that is written down and in force', async () => {
  const { told, saw, settled, written } = board();
  expect(saw(OTHER)).toBe(true);
  expect(saw(GERMAN)).toBe(false);
  await settled();
  // Its profile is chosen, and not yet in force.
  expect([saw(GERMAN), told]).toEqual([false, ['put german 64']]);
  written();
  await settled();
  expect(told).toEqual(['put german 64', 'applied', 'settled: true']);
  expect(saw(GERMAN)).toBe(true);
});

test('a SIM that is gone again meanwhile: the profile of the one that is there', async () => {
  const { told, saw, settled, written, profile } = board();
  expect(saw(GERMAN)).toBe(false);
  await settled();
  expect(saw(OTHER)).toBe(false);
  written();
  await settled();
  written();
  await settled();
  expect([profile(), told.at(-1)]).toEqual(['', 'settled: true']);
});

test('without a modem, without a SIM, and while a SIM tells nothing the profile stays', () => {
  const inUse = { ...file, profile: 'german' };
  const facts: readonly Facts[] = [{ kind: 'no-modem' }, having({ sim: undefined as never }), withSim('')];
  expect(facts.map((one) => profileOf(inUse, one))).toEqual(['german', 'german', 'german']);
  expect(profileOf(inUse, OTHER)).toBe('');
});

test('what is on trial is of the SIM that is there', () => {
  const now = started({ sim: 'before' });
  expect(simHashOf(now, GERMAN)).toBe(simFingerprint(now.memory.salt, '89490200001234567890'));
  expect(simHashOf(now, { kind: 'no-modem' })).toBe('before');
});
