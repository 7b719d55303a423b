import { expect, test } from 'vitest';
import {
  messageLines,
  openSdNotify,
  type SdNotifyPorts,
  statusLine,
  watchdogInterval,
} from '../../../src/system/sd-notify.ts';

function ports(overrides: Partial<SdNotifyPorts> = {}) {
  const told: string[] = [];
  return { told, ports: { onTrouble: (text: string) => told.push(text), ...overrides } };
}

const absent = () => {
  throw new Error('Cannot find module');
};

test('without NOTIFY_SOCKET nothing is loaded, sent or said', () => {
  const { ports: given, told } = ports({ load: absent });
  const notify = openSdNotify({ WATCHDOG_USEC: '30000000' }, given);
  notify.send({ READY: true, STATUS: 'online' });
  expect({ told, interval: notify.watchdogIntervalMs }).toEqual({ told: [], interval: undefined });
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

test('without the helper that is said once, with what systemd will do', () => {
  const { ports: given, told } = ports({ load: absent });
  const notify = openSdNotify({ NOTIFY_SOCKET: '/run/systemd/notify' }, given);
  notify.send({ READY: true });
  notify.send({ STATUS: 'online' });
  expect(told).toEqual([expect.stringMatching(/sd_notify\.node cannot be loaded .*it ends this service/)]);
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
  expect(messageLines({ STOPPING: true, WATCHDOG: true }, 0n)).toEqual(['STOPPING=1', 'WATCHDOG=1']);
});

test('the watchdog is fed at half its time, by the process that it watches', () => {
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000' }, 7)).toBe(30_000);
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 7)).toBe(30_000);
  expect(watchdogInterval({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, 7)).toBeUndefined();
  expect(watchdogInterval({ WATCHDOG_USEC: '0' }, 7)).toBeUndefined();
  expect(watchdogInterval({ WATCHDOG_USEC: 'soon' }, 7)).toBeUndefined();
  expect(watchdogInterval({}, 7)).toBeUndefined();
});
