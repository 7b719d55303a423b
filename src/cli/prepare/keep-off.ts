// Keeps ModemManager off a modem while its serial ports are in use here, and lets it have the modem
// again. ModemManager gives the modem back by itself when our connection to the bus ends, so a kill
// in the middle leaves nothing behind.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bus } from '../../dbus/bus.ts';
import { processIdOf } from '../../dbus/driver.ts';
import { BusLostError, DBusCallError } from '../../dbus/errors.ts';
import { DEADLINES, modemManagerCalls } from '../../modem/calls.ts';
import type { Modem } from '../../modem/objects.ts';
import { readModemManager } from '../../modem/watch/read-once.ts';
import { MODEM_MANAGER } from '../../modem/wire/vocabulary.ts';
import type { CliContext } from '../context.ts';
import type { UsbModem } from '../usb-modems.ts';
import { PrepareError } from './problem.ts';

/** What ModemManager knew of the modem before it was kept off. */
export interface Known {
  /** Names of the ports that it found to speak AT, such as ttyACM0. */
  readonly atPorts: readonly string[];
  /** Whether ModemManager runs. */
  readonly onBus: boolean;
}

/**
 * Does `work` while ModemManager keeps off the modem. @throws PrepareError, and what `work` throws
 */
export async function whileKeptOff<T>(
  context: CliContext,
  modem: UsbModem,
  work: (known: Known) => Promise<T>,
): Promise<T> {
  const bus = await context.openBus().catch((error: unknown) => {
    if (error instanceof BusLostError) return undefined;
    throw error;
  });
  // No bus, no ModemManager: the ports are free.
  if (bus === undefined) return await work({ atPorts: [], onBus: false });
  try {
    return await keptOff(bus, context, modem, work);
  } finally {
    bus.close();
  }
}

async function keptOff<T>(
  bus: Bus,
  context: CliContext,
  modem: UsbModem,
  work: (known: Known) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const shown = await settled(bus, context, modem);
  if (shown === undefined) return await work({ atPorts: [], onBus: false });
  const calls = modemManagerCalls(bus);
  await calls.inhibitDevice(shown.device, true, signal).catch((error: unknown) => {
    throw error instanceof DBusCallError ? refusal(error) : error;
  });
  try {
    const atPorts = shown.ports.filter(({ type }) => type === 'at').map(({ name }) => name);
    return await work({ atPorts, onBus: true });
  } finally {
    // After an interruption nothing is sent: the end of the connection says the same, and sooner.
    await calls.inhibitDevice(shown.device, false, signal).catch(() => {});
  }
}

/** Milliseconds. ModemManager probes a serial port for half a minute at most. */
const SETTLED_WITHIN_MS = 60_000;
/** It waits 1.5 s before it looks at a new device, and closes a port between two steps. */
const LET_GO_MS = 6_000;
const LOOK_MS = 1_000;

/**
 * The modem as ModemManager shows it, or undefined when ModemManager does not use its ports. Waits
 * until it is one or the other: it refuses to keep off a modem that it has not shown yet.
 * @throws PrepareError
 */
async function settled(bus: Bus, context: CliContext, modem: UsbModem): Promise<Modem | undefined> {
  const { clock, signal, out } = context;
  const began = clock.now().monotonicMs;
  let heldAt = began;
  for (let looks = 0; clock.now().monotonicMs - began < SETTLED_WITHIN_MS; looks += 1) {
    const { onBus, modems } = await readModemManager(bus, clock, signal);
    if (!onBus) return undefined;
    // By its ports, since udev may have named the device otherwise (ID_MM_PHYSDEV_UID).
    const shown = modems.find(({ ports }) => ports.some(({ name }) => modem.serialPorts.includes(name)));
    if (shown !== undefined && shown.state !== 'initializing') return shown;
    if (await holdsPorts(bus, context, modem)) heldAt = clock.now().monotonicMs;
    if (clock.now().monotonicMs - heldAt > LET_GO_MS) return undefined;
    if (looks === 0) out('waiting until ModemManager has looked at it');
    await clock.sleep(LOOK_MS, signal);
  }
  throw new PrepareError(
    'ModemManager is at work on the modem and does not end',
    'systemctl stop ModemManager, try again, systemctl start ModemManager; nothing was changed',
  );
}

/** Whether ModemManager has one of the serial ports open; true where that cannot be seen. */
async function holdsPorts(bus: Bus, { root, signal }: CliContext, { serialPorts }: UsbModem): Promise<boolean> {
  const pid = await processIdOf(bus, MODEM_MANAGER, { timeoutMs: DEADLINES.read, signal });
  if (pid === undefined) return true;
  const numberOf = (path: string) =>
    stat(path).then(
      ({ rdev }) => rdev,
      () => undefined,
    );
  const folder = join(root, 'proc', String(pid), 'fd');
  const open = await readdir(folder).catch(() => undefined);
  if (open === undefined) return true;
  const [held, own] = await Promise.all([
    Promise.all(open.map((name) => numberOf(join(folder, name)))),
    Promise.all(serialPorts.map((name) => numberOf(join(root, 'dev', name)))),
  ]);
  return own.some((number) => number !== undefined && held.includes(number));
}

function refusal(error: DBusCallError): PrepareError {
  const options = { cause: error };
  if (error.type.endsWith('.InProgress'))
    return new PrepareError(
      'another program has taken the modem away from ModemManager (a firmware update?)',
      'wait until it has ended; nothing was changed',
      options,
    );
  if (/\.(Unauthorized|AccessDenied)$/.test(error.type))
    return new PrepareError(
      'ModemManager does not let us have the modem',
      'are you root? nothing was changed',
      options,
    );
  return new PrepareError(
    `ModemManager does not keep off the modem: ${error.text} (${error.type})`,
    'systemctl stop ModemManager, try again, systemctl start ModemManager; nothing was changed',
    options,
  );
}
