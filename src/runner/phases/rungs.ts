// The rungs of the recovery ladder, each done once. Whether and when is decide's and ladder.ts's business.

import type { Facts } from '../../connection/connection.ts';
import { rebootHost, restartUnit } from '../../dbus/systemd.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Rung } from '../../state/memory.ts';
import { within } from '../../system/clock.ts';
import type { Happening } from '../runner.ts';
import type { ActivityPorts } from './activities.ts';
import { deleteLeftovers } from './connect.ts';

/** The radio stays in low power this long: shorter, and some firmwares do not notice. A judgement. */
const RADIO_REST_MS = 2_000;

/** A modem that resets leaves ModemManager within this, and has then 120 s to come back (`absent`). */
const LEAVING_DEADLINE_MS = 45_000;

/** A ModemManager that answers at all answers a property read in milliseconds. */
const LIVENESS_DEADLINE_MS = 10_000;

/** A rung that cannot be climbed here, with the reason in words for a person. */
export class RungError extends Error {
  override readonly name = 'RungError';
}

/** ModemManager holds its name on the bus and does not answer. */
export class ModemManagerHungError extends Error {
  override readonly name = 'ModemManagerHungError';
}

/** Climbs `rung`. @throws RungError, ModemManagerHungError, or what the call that failed threw. */
export async function climb(
  ports: ActivityPorts,
  rung: Rung,
  modem: Modem | undefined,
  signal: AbortSignal,
): Promise<Happening> {
  switch (rung) {
    case 'reconnect':
      await disconnect(ports, present(modem, rung), false, signal);
      break;
    case 'delete-bearers':
      await disconnect(ports, present(modem, rung), true, signal);
      break;
    case 'cycle-radio':
      await cycleRadio(ports, present(modem, rung), signal);
      break;
    case 'reset-modem':
      await mustAnswer(ports, signal);
      await ports.calls.reset(present(modem, rung).path, signal);
      await ports.factsUntil(another(modem), LEAVING_DEADLINE_MS, signal);
      break;
    case 'reauthorise-usb':
      await ports.reauthoriseUsb(deviceOf(ports, modem), signal);
      await ports.factsUntil(another(modem), LEAVING_DEADLINE_MS, signal);
      break;
    case 'restart-modemmanager':
      await restartUnit(ports.bus, 'ModemManager.service', signal);
      await ports.factsUntil(
        (facts) => facts.kind === 'no-modemmanager' || another(modem)(facts),
        LEAVING_DEADLINE_MS,
        signal,
      );
      break;
    case 'reboot':
      await reboot(ports, signal);
      break;
  }
  return { kind: 'climbed' };
}

function present(modem: Modem | undefined, rung: Rung): Modem {
  if (modem === undefined) throw new RungError(`${rung} needs a modem, and there is none`);
  return modem;
}

function deviceOf(ports: ActivityPorts, modem: Modem | undefined): string {
  const device = modem?.device ?? ports.lastDevice();
  if (device === undefined)
    throw new RungError('the modem was not seen since the daemon started, so its USB device is not known');
  return device;
}

/** Facts in which the modem of before is gone, or another object stands for it. */
const another = (modem: Modem | undefined) => (facts: Facts) =>
  facts.kind !== 'modem' || facts.modem.path !== modem?.path;

async function mustAnswer(ports: ActivityPorts, signal: AbortSignal): Promise<void> {
  await within(ports.clock, LIVENESS_DEADLINE_MS, 'ModemManager', signal, (own) => ports.calls.ping(own)).catch(
    (cause: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw new ModemManagerHungError('ModemManager does not answer', { cause });
    },
  );
}

async function disconnect(ports: ActivityPorts, modem: Modem, deleteAll: boolean, signal: AbortSignal): Promise<void> {
  await mustAnswer(ports, signal);
  await ports.calls.simpleDisconnect(modem.path, undefined, signal);
  await deleteLeftovers(ports, modem.path, deleteAll, signal);
}

/** 1.14 changes the power state only of a disabled modem, so that comes first; `enabling` then switches it on again. */
async function cycleRadio(ports: ActivityPorts, modem: Modem, signal: AbortSignal): Promise<void> {
  await mustAnswer(ports, signal);
  await ports.calls.enable(modem.path, false, signal);
  await ports.calls.setPowerState(modem.path, 'low', signal);
  await ports.clock.sleep(RADIO_REST_MS, signal);
  await ports.calls.setPowerState(modem.path, 'on', signal);
}

async function reboot(ports: ActivityPorts, signal: AbortSignal): Promise<void> {
  const uplink = await ports.otherUplink(signal);
  if (uplink !== undefined) throw new RungError(`no reboot: the board has another uplink, ${uplink}`);
  await rebootHost(ports.bus, signal);
  // Nothing more is wanted from this process; systemd ends it.
  await ports.clock.sleep(LEAVING_DEADLINE_MS, signal);
}
