// check: whether a configuration is good.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../src/cli/check.ts';
import { fakeHost } from './fake-context.ts';

test('a good configuration', async () => {
  const { context, files, printed } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: [a, ""] }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
  expect(printed).toEqual([`ok: ${context.root}/c.yaml (apn a, "", ip-type ipv4, metric 700)`]);
});

test('a bad one: a line a problem, 78', async () => {
  const { context, files, printed, complained } = fakeHost();
  files({ 'c.yaml': 'connect: { apm: a }\nlog: { level: loud }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(78);
  expect(printed).toEqual([]);
  expect(complained).toHaveLength(3);
  expect(complained[1]).toMatch(/c\.yaml:1:12: connect\.apm: unknown key; did you mean 'apn'\?$/);
});

test('what the service could not read is wrong, though root reads it', async () => {
  const { context, files, complained } = fakeHost();
  files({ pin: '1234' });
  const pin = join(context.root, 'pin');
  chmodSync(pin, 0o600);
  expect(pin).toMatch(/^\/tmp\//);
  files({ 'c.yaml': `connect: { apn: a }\nsim: { pin-file: ${pin} }` });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(78);
  expect(complained).toEqual([
    expect.stringMatching(/the service cannot read \/tmp\/.*PrivateTmp=yes.*put it into \/etc$/),
  ]);
});

test('a file that is not there is a fault that may pass: the disk may be mounted later', async () => {
  const { context, files, complained } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }\nsim: { pin-file: /nonexistent/pin }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(1);
  expect(complained[0]).toContain('there is no file /nonexistent/pin');
});

test('a credential, which exists only while systemd runs the service, is not missed', async () => {
  const { context, files } = fakeHost();
  files({ 'c.yaml': 'connect: { apn: a }\nsim: { pin-file: sim-pin }' });
  expect(await check(context, join(context.root, 'c.yaml'))).toBe(0);
});
