// The rungs of the recovery ladder, each performed once. ladder.ts decides whether and when.

import type { Facts } from '../../connection/connection.ts';
import type { Bus } from '../../dbus/bus.ts';
import { rebootHost, restartUnit } from '../../dbus/systemd.ts';
import type { ModemManagerCalls } from '../../modem/calls.ts';
import { classify } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Rung } from '../../state/memory.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import { NotUsbError } from '../../system/usb.ts';
import type { Happening } from '../runner.ts';
import { deleteLeftovers } from './connect.ts';
import { answers, isBackByProbing, type ProbePorts, probeAnew } from './probe-anew.ts';

/**
 * The radio stays in low power this long: shorter, and some firmwares do not notice. A judgement.
 */
const RADIO_REST_MS = 2_000;

/**
 * A modem that resets leaves ModemManager within this, and has then 120 s to come back (`absent`).
 */
const LEAVING_DEADLINE_MS = 45_000;

/** A rung that does not exist here, with the reason in words for a person. */
class RungError extends Error {
  override readonly name = 'RungError';
}

/** ModemManager holds its name on the bus and does not answer. */
export class ModemManagerHungError extends Error {
  override readonly name = 'ModemManagerHungError';
}

export interface RungPorts extends ProbePorts {
  readonly bus: Bus;
  readonly calls: Pick<
    ModemManagerCalls,
    | 'simpleDisconnect'
    | 'deleteBearer'
    | 'enable'
    | 'setPowerState'
    | 'reset'
    | 'ping'
    | 'startService'
    | 'inhibitDevice'
  >;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Resolves when what is remembered outlives a restart of the program, or of the host too.
   * @throws NotRecordedError
   */
  readonly recorded: (outlives: 'restart' | 'reboot', signal: AbortSignal) => Promise<void>;
  /** Writes 0 and then 1 to a USB device's `authorized`. */
  readonly reauthoriseUsb: (device: string, signal: AbortSignal) => Promise<void>;
  /**
   * Name of an interface other than the modem's that has a default route through which something
   * answers, or which cannot be asked; undefined where there is none.
   */
  readonly otherUplink: (signal: AbortSignal) => Promise<string | undefined>;
}

interface RungRow {
  /**
   * Whether it is climbed while another program has the modem. What touches the modem's power, its
   * port, ModemManager or the host would break a firmware update off.
   */
  readonly whileTaken: 'climbed' | 'not climbed';
  /**
   * What the climb must be remembered over before it begins, or its cap would be forgotten:
   * anything that may end this process or take the board's power.
   */
  readonly recorded: 'restart' | 'reboot' | 'not before';
  readonly perform: (ports: RungPorts, modem: Modem | undefined, signal: AbortSignal) => Promise<unknown>;
}

/** How each rung is performed; a rung that is missing here does not compile. */
const RUNGS: Readonly<Record<Rung, RungRow>> = {
  'probe-modem': {
    whileTaken: 'climbed',
    recorded: 'not before',
    perform: (ports, modem, signal) => probeAnew(ports, modem, deviceOf(ports, modem), signal),
  },
  reconnect: {
    whileTaken: 'climbed',
    recorded: 'not before',
    perform: (ports, modem, signal) => disconnect(ports, present(modem), false, signal),
  },
  'delete-bearers': {
    whileTaken: 'climbed',
    recorded: 'not before',
    perform: (ports, modem, signal) => disconnect(ports, present(modem), true, signal),
  },
  'cycle-radio': {
    whileTaken: 'climbed',
    recorded: 'not before',
    perform: (ports, modem, signal) => cycleRadio(ports, present(modem), signal),
  },
  'reset-modem': { whileTaken: 'not climbed', recorded: 'restart', perform: resetModem },
  'reauthorise-usb': { whileTaken: 'not climbed', recorded: 'restart', perform: reauthoriseUsb },
  'restart-modemmanager': { whileTaken: 'not climbed', recorded: 'not before', perform: restartModemManager },
  reboot: {
    whileTaken: 'not climbed',
    recorded: 'reboot',
    perform: (ports, _modem, signal) => reboot(ports, signal),
  },
};

/**
 * Performs `rung`.
 * @throws DeviceTakenError, ModemManagerHungError, or what the call that failed threw
 */
export async function performRung(
  ports: RungPorts,
  rung: Rung,
  modem: Modem | undefined,
  signal: AbortSignal,
): Promise<Happening> {
  try {
    const { whileTaken, recorded, perform } = RUNGS[rung];
    if (whileTaken === 'not climbed' && (await isBackByProbing(ports, signal))) return { kind: 'climbed' };
    if (recorded !== 'not before') await ports.recorded(recorded, signal);
    await perform(ports, modem, signal);
    return { kind: 'climbed' };
  } catch (error) {
    if (!(error instanceof RungError)) throw error;
    ports.log.info({ rung, reason: error.message }, 'a rung is passed over');
    return { kind: 'rungSkipped', reason: error.message };
  }
}

async function resetModem(ports: RungPorts, modem: Modem | undefined, signal: AbortSignal): Promise<void> {
  await mustAnswer(ports, signal);
  await ports.calls.reset(present(modem).path, signal);
  await ports.factsUntil(another(modem), LEAVING_DEADLINE_MS, signal);
}

async function reauthoriseUsb(ports: RungPorts, modem: Modem | undefined, signal: AbortSignal): Promise<void> {
  const device = deviceOf(ports, modem);
  await ports.reauthoriseUsb(device, signal).catch((error: unknown) => {
    throw error instanceof NotUsbError ? new RungError(error.message, { cause: error }) : error;
  });
  await ports.factsUntil(another(modem), LEAVING_DEADLINE_MS, signal);
}

async function restartModemManager(ports: RungPorts, modem: Modem | undefined, signal: AbortSignal): Promise<void> {
  await restartUnit(ports.bus, 'ModemManager.service', signal);
  // Without a modem it has left only when its name has; until then its end is one that we asked
  // for.
  const isOther = (facts: Facts) => (modem === undefined ? facts.kind === 'modem' : another(modem)(facts));
  const left = (facts: Facts) => facts.kind === 'no-modemmanager' || isOther(facts);
  await ports.factsUntil(left, LEAVING_DEADLINE_MS, signal);
}

function present(modem: Modem | undefined): Modem {
  if (modem === undefined) throw new RungError('this needs a modem, and there is none');
  return modem;
}

function deviceOf(ports: RungPorts, modem: Modem | undefined): string {
  const device = modem?.device ?? ports.lastDevice();
  if (device === undefined)
    throw new RungError('the modem was not seen since the daemon started, so its USB device is not known');
  return device;
}

/** True once the modem we acted on has left the bus or come back under another path. */
const another = (modem: Modem | undefined) => (facts: Facts) =>
  facts.kind !== 'modem' || facts.modem.path !== modem?.path;

async function mustAnswer(ports: RungPorts, signal: AbortSignal): Promise<void> {
  await answers(ports, signal).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw new ModemManagerHungError('ModemManager does not answer', { cause });
  });
}

async function disconnect(ports: RungPorts, modem: Modem, deleteAll: boolean, signal: AbortSignal): Promise<void> {
  await mustAnswer(ports, signal);
  await ports.calls.simpleDisconnect(modem.path, undefined, signal);
  await deleteLeftovers(ports, modem.path, deleteAll, signal);
}

/** 1.14 changes the power state only of a disabled modem; `enabling` then switches it on again. */
async function cycleRadio(ports: RungPorts, modem: Modem, signal: AbortSignal): Promise<void> {
  await mustAnswer(ports, signal);
  await ports.calls.enable(modem.path, false, signal);
  await ports.calls.setPowerState(modem.path, 'low', signal);
  await ports.clock.sleep(RADIO_REST_MS, signal);
  await ports.calls.setPowerState(modem.path, 'on', signal).catch(async (error: unknown) => {
    // It was enabled meanwhile, or is called so. Its radio must not stay off.
    if (classify(error).class !== 'busy') throw error;
    await ports.calls.enable(modem.path, false, signal);
    await ports.calls.setPowerState(modem.path, 'on', signal);
  });
}

async function reboot(ports: RungPorts, signal: AbortSignal): Promise<void> {
  const uplink = await ports.otherUplink(signal);
  if (uplink !== undefined) throw new RungError(`no reboot: the board has another uplink, ${uplink}`);
  await rebootHost(ports.bus, signal);
  // Nothing more is wanted from this process; systemd ends it.
  await ports.clock.sleep(LEAVING_DEADLINE_MS, signal);
}
