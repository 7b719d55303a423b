// A person who looks at the radio: ModemManager measures as long as that, and nobody else's
// measuring is disturbed.
import { expect, test } from 'vitest';
import { status } from '../../../src/cli/status.ts';
import { why } from '../../../src/cli/why.ts';
import type { Bus, BusRequest } from '../../../src/dbus/bus.ts';
import { DBusCallError } from '../../../src/dbus/errors.ts';
import { online, refused } from '../status/statuses.ts';
import { type FakeHost, fakeHost } from './fake-context.ts';

const LTE = { rsrp: -98, rsrq: -11, snr: 9 };
const once = { json: false, watch: false, schema: false };

/** A host whose ModemManager measures `looks` looks after it is told to; null: it may not be told. */
function hostWith({ rate = 0, looks = 2 as number | null, hasSignal = true }) {
  const host: FakeHost = fakeHost();
  const calls: string[] = [];
  let left = rate > 0 ? 0 : Number.POSITIVE_INFINITY;
  let now = rate;
  const answer = ({ member, body = [] }: BusRequest): unknown => {
    calls.push(`${member}${member === 'Setup' ? ` ${body[0]}` : ''}`);
    if (member === 'Setup') {
      if (looks === null) throw new DBusCallError('Unauthorized', 'no', '');
      now = Number(body[0]);
      left = looks;
      return undefined;
    }
    if (member === 'GetAll' && hasSignal) {
      left -= 1;
      return { Rate: now, Lte: left < 0 ? LTE : {} };
    }
    if (member === 'Get') return [43];
    throw new DBusCallError('org.freedesktop.DBus.Error.UnknownMethod', 'no', '');
  };
  let open = 0;
  const bus = {
    call: (request: BusRequest) => new Promise<readonly unknown[]>((resolve) => resolve([answer(request)])),
    close: () => {
      open -= 1;
    },
  } as Partial<Bus> as Bus;
  const openBus = () => {
    open += 1;
    return Promise.resolve(bus);
  };
  return {
    host: { ...host, context: { ...host.context, openBus } },
    calls,
    isClosed: () => open === 0,
    rate: () => now,
  };
}

test('measuring begins for a look and ends with it', async () => {
  const { host, calls, isClosed, rate } = hostWith({});
  host.daemon(online);
  expect(await status(host.context, once)).toBe(0);
  expect(host.printed.join('\n')).toContain('signal: RSRP -98 dBm, RSRQ -11 dB, SNR 9 dB (lte)');
  expect(host.printed.join('\n')).toContain('cell: eutran-13');
  expect(calls.filter((call) => call.startsWith('Setup'))).toEqual(['Setup 60', 'Setup 0']);
  expect([isClosed(), rate()]).toEqual([true, 0]);
});

test('why tells it as well', async () => {
  const { host } = hostWith({});
  host.daemon(online);
  expect(await why(host.context)).toBe(0);
  expect(host.printed[0]).toContain('signal 3 of 5 bars, RSRP -98 dBm');
});

test('where somebody else has it measured, that is left as it is', async () => {
  const { host, calls, rate } = hostWith({ rate: 30 });
  host.daemon(online);
  await status(host.context, once);
  expect(host.printed.join('\n')).toContain('RSRP -98 dBm');
  expect(calls.filter((call) => call.startsWith('Setup'))).toEqual([]);
  expect(rate()).toBe(30);
});

test.each([
  ['polkit allows it to root alone', { looks: null }],
  ['the modem cannot tell', { hasSignal: false }],
  ['the modem is told and measures nothing', { looks: 1_000 }],
])('%s: the rest is shown, and nothing is left set up', async (_, options) => {
  const { host, isClosed, rate } = hostWith(options);
  host.daemon(online);
  expect(await status(host.context, once)).toBe(0);
  expect(host.printed.join('\n')).toContain('signal quality: 67%, 4 of 5 bars');
  expect(host.printed.join('\n')).not.toContain('dBm');
  expect([isClosed(), rate()]).toEqual([true, 0]);
});

test('a modem whose radio is off is not asked, nor is one that is not there', async () => {
  const { host, calls } = hostWith({});
  host.daemon({ ...refused, modem: { ...refused.modem, state: 'disabled' } });
  await status(host.context, once);
  const { modem: _, ...absent } = refused;
  host.daemon(absent);
  await status(host.context, once);
  expect(calls).toEqual([]);
});

test('--watch measures more often, and asks for the cell seldom', async () => {
  const { host, calls, isClosed } = hostWith({ looks: 0 });
  host.daemon(online);
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps += 1;
    if (sleeps === 10) host.interrupt();
  });
  expect(await status(host.context, { ...once, watch: true })).toBe(0);
  expect(calls.filter((call) => call.startsWith('Setup'))).toEqual(['Setup 5', 'Setup 0']);
  expect(calls.filter((call) => call === 'GetCellInfo')).toHaveLength(1);
  expect(isClosed()).toBe(true);
});
