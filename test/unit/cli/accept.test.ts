// accept: ends a trial by hand. What it does to the daemon is the daemon's to test; here the file is
// left and the signal sent, to this very process.
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accept } from '../../../src/cli/accept.ts';
import type { Status } from '../../../src/status/schema.ts';
import { online } from '../status/statuses.ts';
import { fakeHost } from './fake-context.ts';

let hangups = 0;
const onHangup = () => {
  hangups += 1;
};
beforeEach(() => {
  hangups = 0;
  process.on('SIGHUP', onHangup);
});
afterEach(() => void process.off('SIGHUP', onHangup));

const trial = (state: NonNullable<Status['trial']>['state']): Status['trial'] => ({
  state,
  changed: ['connect.apn', 'network.mtu'],
  provenUntil: '2026-11-23T09:00:00.000Z',
});

/** A host whose daemon is this process, with such a trial. */
function host(of: Status['trial'], argv = ['node', 'percept-lte', 'run']) {
  const made = fakeHost();
  made.daemon({ ...online, ...(of && { trial: of }) });
  made.files({ [`proc/${process.pid}/cmdline`]: `${argv.join('\0')}\0` });
  return { ...made, request: join(made.context.root, 'run/percept-lte/accept') };
}

/** Signals are delivered by the event loop. */
const delivered = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test.each([
  ['trying', 'accepted: connect.apn, network.mtu'],
  ['comparing', 'accepted: connect.apn, network.mtu'],
  ['refused', 'connect.apn, network.mtu: tried once more, on trial; see percept-lte why'],
  ['silent', 'connect.apn, network.mtu: tried once more, on trial; see percept-lte why'],
] as const)('a change that is %s: the daemon is asked, and the person told', async (state, line) => {
  const { context, printed, request } = host(trial(state));
  expect(await accept(context)).toBe(0);
  await delivered();
  expect(printed).toEqual([line]);
  expect(hangups).toBe(1);
  expect(statSync(request).mode & 0o777).toBe(0o600);
});

test('nothing is on trial: that is said, and nobody is disturbed', async () => {
  const { context, complained, request } = host(undefined);
  expect(await accept(context)).toBe(1);
  await delivered();
  expect(complained).toEqual(['nothing is on trial, and nothing was refused: the configuration of the file is in use']);
  expect([hangups, existsSync(request)]).toEqual([0, false]);
});

test('the daemon does not run: how to start it', async () => {
  const { context, complained } = fakeHost();
  expect(await accept(context)).toBe(1);
  expect(complained[0]).toMatch(/is not running .*systemctl start percept-lte/);
});

test("the daemon ended and its number is a stranger's: that one gets no signal", async () => {
  const { context, complained, request } = host(trial('trying'), ['/usr/bin/editor', 'run-of-the-mill']);
  expect(await accept(context)).toBe(1);
  await delivered();
  expect(complained[0]).toMatch(/^process \d+ is not percept-lte/);
  expect([hangups, existsSync(request)]).toEqual([0, false]);
});

test('a process that has just ended is not taken for the daemon', async () => {
  const made = host(trial('trying'));
  rmSync(join(made.context.root, 'proc', String(process.pid), 'cmdline'));
  expect(await accept(made.context)).toBe(1);
  expect(made.complained[0]).toMatch(/^process \d+ is not percept-lte; it may have ended/);
});

test('a folder that takes no request: the person is told, and the daemon is not disturbed', async () => {
  const { context, complained, request } = host(trial('trying'));
  mkdirSync(request);
  expect(await accept(context)).toBe(1);
  await delivered();
  expect(complained[0]).toMatch(/^the daemon cannot be told \(.*\); are you root\?$/);
  expect(hangups).toBe(0);
});

test('the request cannot be left: the daemon is not told, and the person is', async () => {
  const { context, complained } = host(trial('trying'));
  const elsewhere = join(context.root, 'no-folder');
  const env = { RUNTIME_DIRECTORY: '/no-folder' };
  writeFileSync(elsewhere, '');
  expect(await accept({ ...context, env })).toBe(1);
  rmSync(elsewhere);
  await delivered();
  expect([hangups, complained.length]).toEqual([0, 1]);
});
