// Keeps ModemManager off a modem while its serial ports are in use here, and lets it have the modem
// again. ModemManager gives the modem back by itself when our connection to the bus ends, so a kill
// in the middle leaves nothing behind.
import type { Bus } from '../../dbus/bus.ts';
import { BusLostError, DBusCallError } from '../../dbus/errors.ts';
import { modemManagerCalls } from '../../modem/calls.ts';
import { readModemManager } from '../../modem/watch/read-once.ts';
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

/** Does `work` while ModemManager keeps off the modem. @throws PrepareError, and what `work` throws */
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
  { clock, signal }: CliContext,
  modem: UsbModem,
  work: (known: Known) => Promise<T>,
): Promise<T> {
  const { onBus, modems } = await readModemManager(bus, clock, signal);
  if (!onBus) return await work({ atPorts: [], onBus: false });
  const calls = modemManagerCalls(bus);
  // By its ports, since udev may have named the device otherwise (ID_MM_PHYSDEV_UID).
  const shown = modems.find(({ ports }) => ports.some(({ name }) => modem.serialPorts.includes(name)));
  const device = shown?.device ?? modem.sysfs;
  const inhibited = await calls.inhibitDevice(device, true, signal).then(
    () => true,
    (error: unknown) => {
      // It has never heard of that device, so it does not use its ports.
      if (error instanceof DBusCallError && error.type.endsWith('.NotFound')) return false;
      throw error instanceof DBusCallError ? refusal(error) : error;
    },
  );
  try {
    const atPorts = (shown?.ports ?? []).filter(({ type }) => type === 'at').map(({ name }) => name);
    return await work({ atPorts, onBus });
  } finally {
    // After an interruption the end of the connection says the same, and sooner.
    if (inhibited && !signal.aborted) await calls.inhibitDevice(device, false, signal).catch(() => {});
  }
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
    `ModemManager does not keep off the modem: ${error.text}`,
    'systemctl stop ModemManager, try again, systemctl start ModemManager; nothing was changed',
    options,
  );
}
