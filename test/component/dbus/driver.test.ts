// What the bus itself says of names, asked of a real one.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bus } from '../../../src/dbus/bus.ts';
import { hasOwner, ownerOf, processIdOf, startService as startByName } from '../../../src/dbus/driver.ts';
import { BusLostError, DBusCallError } from '../../../src/dbus/errors.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type PrivateBus, startPrivateBus } from './private-bus.ts';
import { type Service, startService } from './service.ts';

const NAME = 'org.example.Peer';
const options = { timeoutMs: 10_000 };

let daemon: PrivateBus;
let bus: Bus;
let service: Service | undefined;
beforeEach(async () => {
  daemon = await startPrivateBus();
  bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  service = undefined;
});
afterEach(async () => {
  service?.stop();
  bus.close();
  await daemon.stop();
});

test('a name that somebody owns has an owner and a process', async () => {
  service = await startService(daemon.address, [NAME]);
  expect(await hasOwner(bus, NAME, options)).toBe(true);
  expect(await ownerOf(bus, NAME, options)).toMatch(/^:\d+\.\d+$/);
  expect(await processIdOf(bus, NAME, options)).toBe(process.pid);
});

test('a name that nobody owns has neither', async () => {
  expect(await hasOwner(bus, NAME, options)).toBe(false);
  expect(await ownerOf(bus, NAME, options)).toBe('');
  expect(await processIdOf(bus, NAME, options)).toBeUndefined();
});

test('a service that the bus does not know cannot be started', async () => {
  await expect(startByName(bus, NAME, options)).rejects.toThrow(DBusCallError);
});

test('a bus that has ended is told of, and not taken for a name without an owner', async () => {
  bus.close();
  await expect(hasOwner(bus, NAME, options)).rejects.toThrow(BusLostError);
  await expect(ownerOf(bus, NAME, options)).rejects.toThrow(BusLostError);
  await expect(processIdOf(bus, NAME, options)).rejects.toThrow(BusLostError);
});
