// The kernel's switch for a USB device, in a folder that stands for /sys.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../../src/system/clock.ts';
import { authoriseUsb, NotUsbError, reauthoriseUsb } from '../../../src/system/usb.ts';
import { SteppedClock } from '../stepped-clock.ts';

const DEVICE = '/sys/devices/platform/soc@0/usb3/3-1';
const { signal } = new AbortController();

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'percept-lte-usb-'));
  mkdirSync(join(root, DEVICE), { recursive: true });
  writeFileSync(join(root, DEVICE, 'authorized'), '1\n');
});
afterEach(() => rmSync(root, { recursive: true }));

const authorized = () => readFileSync(join(root, DEVICE, 'authorized'), 'utf8').trim();

/** Sleeps until `act` says how it ends; what the switch was meanwhile. */
function resting(act: () => Promise<void>): { readonly clock: Clock; readonly seen: [string, number][] } {
  const seen: [string, number][] = [];
  const sleep = (ms: number) => {
    seen.push([authorized(), ms]);
    return act();
  };
  return { clock: { now: () => new SteppedClock().now(), sleep }, seen };
}

test('a device loses its authorisation for a second, and has it again', async () => {
  const { clock, seen } = resting(() => Promise.resolve());
  await reauthoriseUsb(DEVICE, clock, signal, root);
  expect(seen).toEqual([['0', 1_000]]);
  expect(authorized()).toBe('1');
});

test('it has it again also where the daemon is stopped in that second', async () => {
  const { clock, seen } = resting(() => Promise.reject(new Error('stopped')));
  await expect(reauthoriseUsb(DEVICE, clock, signal, root)).rejects.toThrow('stopped');
  expect(seen).toEqual([['0', 1_000]]);
  expect(authorized()).toBe('1');
});

test.each([
  ['a modem on PCIe', '/sys/devices/pci0000:00/0000:01:00.0'],
  ['a path outside of the devices', '/sys/bus/usb/devices/3-1'],
  ['a path that climbs', '/sys/devices/../devices/platform/soc@0/usb3/3-1'],
])('%s has no such switch', async (_, device) => {
  const { clock, seen } = resting(() => Promise.resolve());
  await expect(reauthoriseUsb(device, clock, signal, root)).rejects.toThrow(NotUsbError);
  expect(seen).toEqual([]);
});

test('a switch that cannot be written is told as the kernel tells it', async () => {
  rmSync(join(root, DEVICE, 'authorized'));
  mkdirSync(join(root, DEVICE, 'authorized'));
  await expect(reauthoriseUsb(DEVICE, new SteppedClock(), signal, root)).rejects.toThrow('EISDIR');
});

test('a device that was left switched off is switched on, one that is on is left alone', async () => {
  expect(await authoriseUsb(DEVICE, root)).toBe(false);
  writeFileSync(join(root, DEVICE, 'authorized'), '0\n');
  expect(await authoriseUsb(DEVICE, root)).toBe(true);
  expect(authorized()).toBe('1');
});
