import { expect, test } from 'vitest';
import {
  messageLines,
  openSdNotify,
  type SdNotifyPorts,
  statusLine,
  watchdogInterval,
} from '../../../src/system/sd-notify.ts';

function ports(overrides: Partial<SdNotifyPorts> = {}) {
  const runs: string[][] = [];
  const told: string[] = [];
  const run = (argv: readonly string[]) => {
    runs.push([...argv]);
    return Promise.resolve('');
  };
  return { runs, told, ports: { commands: { run }, onTrouble: (text: string) => told.push(text), ...overrides } };
}

const absent = () => {
  throw new Error('Cannot find module');
};

test('without NOTIFY_SOCKET nothing is loaded, sent or said', () => {
  const { ports: given, runs, told } = ports({ load: absent });
  const notify = openSdNotify({ WATCHDOG_USEC: '30000000' }, given);
  notify.send({ READY: true, STATUS: 'online' });
  expect({ runs, told, interval: notify.watchdogIntervalMs }).toEqual({ runs: [], told: [], interval: undefined });
});

test('the native helper gets the address as systemd wrote it, abstract ones too, and one text', () => {
  const sent: string[][] = [];
  const load = () => (address: string, text: string) => {
    sent.push([address, text]);
    return 0;
  };
  const { ports: given } = ports({ load });
  openSdNotify({ NOTIFY_SOCKET: '/run/systemd/notify' }, given).send({ READY: true, STATUS: 'online' });
  openSdNotify({ NOTIFY_SOCKET: '@notify' }, given).send({ WATCHDOG: true });
  openSdNotify({ NOTIFY_SOCKET: '@notify' }, given).send({});
  openSdNotify({ NOTIFY_SOCKET: 'vsock:2:1234' }, given).send({ READY: true });
  expect(sent).toEqual([
    ['/run/systemd/notify', 'READY=1\nSTATUS=online'],
    ['@notify', 'WATCHDOG=1'],
  ]);
});

test('a message that cannot be delivered is mentioned once and forgotten', () => {
  const { ports: given, told } = ports({ load: () => () => 111 });
  const notify = openSdNotify({ NOTIFY_SOCKET: '/run/systemd/notify' }, given);
  notify.send({ READY: true });
  notify.send({ WATCHDOG: true });
  expect(told).toEqual(['systemd was not told: sendto /run/systemd/notify: errno 111']);
});

test('without the helper systemd-notify is run, one message after the other', async () => {
  let release: (text: string) => void = () => {};
  const first = new Promise<string>((resolve) => {
    release = resolve;
  });
  const runs: string[][] = [];
  const run = (argv: readonly string[]) => {
    runs.push([...argv]);
    return runs.length === 1 ? first : Promise.resolve('');
  };
  const { ports: given, told } = ports({ load: absent, commands: { run } });
  const notify = openSdNotify({ NOTIFY_SOCKET: '/run/systemd/notify' }, given);
  notify.send({ READY: true });
  notify.send({ STATUS: 'online\nsince noon' });
  await expect.poll(() => runs).toEqual([['systemd-notify', 'READY=1']]);
  release('');
  await expect.poll(() => runs.at(-1)).toEqual(['systemd-notify', 'STATUS=online since noon']);
  expect(told).toEqual(['sd_notify.node cannot be loaded: notifying through systemd-notify instead']);
});

test('a status is one line, whatever a carrier calls itself', () => {
  expect(statusLine('on\r\n\tline \u0000 with\u2028 "Weird\u0085Tel" \u{1F4F6}\n')).toBe(
    'on line with "Weird Tel" \u{1F4F6}',
  );
  expect(statusLine('x'.repeat(5000))).toHaveLength(1000);
  expect(messageLines({ STATUS: 'a\nREADY=1' }, 0n)).toEqual(['STATUS=a READY=1']);
});

test('a reload is told with the time that newer systemd versions want', () => {
  expect(messageLines({ RELOADING: true }, 1234567n)).toEqual(['RELOADING=1', 'MONOTONIC_USEC=1234567']);
  expect(messageLines({ STOPPING: true, MAINPID: 7 }, 0n)).toEqual(['STOPPING=1', 'MAINPID=7']);
});

test('the watchdog is fed at half its time, by the process that it watches', () => {
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000' }, 7)).toBe(30_000);
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 7)).toBe(30_000);
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, 7)).toBeUndefined();
  expect(watchdogInterval({ WATCHDOG_USEC: '0' }, 7)).toBeUndefined();
  expect(watchdogInterval({ WATCHDOG_USEC: 'soon' }, 7)).toBeUndefined();
  expect(watchdogInterval({}, 7)).toBeUndefined();
});
