// The sample module for IoT Edge: what it tells the device twin of real statuses, and what its
// deployment lets it see. The cloud's own SDK is not installed here, and main.mjs was never run.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { patchOf, reportedOf, unreadable } from '../../config/iotedge/reported.mjs';
import { type Status, StatusSchema } from '../../src/status/schema.ts';
import { ago, online, refused } from './status/statuses.ts';

/** Every key that a status can have is there. */
const full: Status = StatusSchema.parse({
  ...online,
  ...refused,
  phase: 'online',
  sim: { state: 'ready' },
  link: {
    ...online.link,
    reach: { verdict: 'not-through', isFault: true, reason: 'a portal answers', since: ago(60), at: ago(1) },
  },
  uplinks: [
    { interface: 'wlan0', family: 'IPv4', metric: 600, verdict: 'answers' },
    { interface: 'eth0', family: 'IPv4', metric: 100, verdict: 'silent', takenOver: { since: ago(9), bytes: 1 } },
  ],
  trial: { state: 'trying', changed: ['connect.apn'], provenUntil: ago(90) },
  data: { today: 1, period: 930, own: 1, limit: 1_000, atLimit: 'warn' },
  warnings: ['x'.repeat(5_000), 'another'].map((text) => ({ code: 'dns', severity: 'warn', text, since: ago(5) })),
});

test.each([
  ['online', StatusSchema.parse(online)],
  ['refused', StatusSchema.parse(refused)],
  ['all there can be', full],
])('%s: the twin takes it, and nobody is told a number or an address', (_, status) => {
  const reported = reportedOf(status);
  // IoT Hub: no dot, dollar or space in a name; strings of 4 KB, 32 KB in all.
  for (const [name, value] of Object.entries(reported)) {
    expect(name).toMatch(/^[a-zA-Z]+$/);
    expect(['string', 'number', 'boolean']).toContain(typeof value);
    expect(String(value).length, name).toBeLessThanOrEqual(300);
  }
  const text = JSON.stringify(reported);
  expect(text.length).toBeLessThan(8_000);
  for (const secret of [status.modem?.imeiTail, ...(status.link?.addresses ?? []), ...(status.link?.dns ?? [])])
    expect(text).not.toContain(secret ?? '(none)');
});

test('it says what an operator of many boards looks for', () => {
  expect(reportedOf(full)).toMatchObject({
    readable: true,
    online: true,
    operator: 'Verizon',
    technology: 'lte',
    signalPercent: 70,
    reach: 'not-through',
    reachReason: 'a portal answers',
    takenOver: 'eth0',
    trial: 'trying',
    outageSeconds: 60,
    planUsedPercent: 90,
    warnings: 2,
    firstWarningCode: 'dns',
  });
  expect(reportedOf(refused)).toMatchObject({ online: false, phase: 'waiting', remedy: refused.remedy });
});

test('a signal that trembles and bytes that are counted cost no message', () => {
  const { modem, link } = online;
  const later = {
    ...online,
    updatedAt: ago(-60),
    modem: { ...modem, signalPercent: 68 },
    link: { ...link, rxBytes: 9e9 },
  };
  expect(patchOf(reportedOf(online), reportedOf(later))).toBeUndefined();
});

test('what has gone is taken off the twin, and what is the same is not sent again', () => {
  const patch = patchOf(reportedOf(refused), reportedOf(online));
  expect(patch).toMatchObject({ online: true, offlineSince: null, remedy: null });
  expect(patch).not.toHaveProperty('operator');
  const gone = patchOf(reportedOf(online), unreadable);
  expect(gone).toMatchObject({ readable: false, online: false, apn: null });
});

test('the deployment shows the module our folder alone, read-only, as the folder and not as one file', () => {
  const read = (name: string) => readFileSync(new URL(`../../config/iotedge/${name}`, import.meta.url), 'utf8');
  const [settings = ''] = /"createOptions": "(?:\\.|[^"\\])*"/.exec(read('deployment.json')) ?? [];
  const { createOptions } = JSON.parse(`{${settings}}`) as { createOptions: string };
  // A file that is replaced by a rename is not seen by who has mounted the one before.
  expect(JSON.parse(createOptions).HostConfig).toEqual({
    Mounts: [{ Type: 'bind', Source: '/run/percept-lte', Target: '/run/percept-lte', ReadOnly: true }],
    CapDrop: ['ALL'],
    ReadonlyRootfs: true,
  });
  expect(() => JSON.parse(read('deployment.json'))).not.toThrow();
  expect(read('Dockerfile')).toMatch(/^USER node$/m);
});
