// ModemManager is made to probe the modem anew, which also tells whether another program has taken
// it: a device that somebody inhibits (fwupd during a firmware update, `mmcli --inhibit-device`)
// disappears like one that is unplugged, and ModemManager says so to nobody but a second one who
// asks for it.
import type { Facts } from '../../connection/connection.ts';
import type { ModemManagerCalls } from '../../modem/calls.ts';
import { classify } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import { type Clock, DeadlineError, within } from '../../system/clock.ts';

/** A ModemManager that answers at all answers a property read in milliseconds. */
const LIVENESS_DEADLINE_MS = 10_000;

/** A device that ModemManager is to look at anew is there again within this. */
const PROBE_DEADLINE_MS = 30_000;

/** Another program has taken the device away from ModemManager. */
export class DeviceTakenError extends Error {
  override readonly name = 'DeviceTakenError';
}

export interface ProbePorts {
  readonly calls: Pick<ModemManagerCalls, 'inhibitDevice' | 'ping'>;
  readonly clock: Clock;
  /** The facts as they are now, and a wait for some to become true; undefined after `ms`. */
  readonly facts: () => Facts;
  readonly factsUntil: (fits: (facts: Facts) => boolean, ms: number, signal: AbortSignal) => Promise<Facts | undefined>;
  /** sysfs path of the modem last seen. */
  readonly lastDevice: () => string | undefined;
}

/** Resolves when ModemManager answers. @throws DeadlineError, or what the call threw. */
export async function answers({ calls, clock }: ProbePorts, signal: AbortSignal): Promise<void> {
  await within(clock, LIVENESS_DEADLINE_MS, 'ModemManager', signal, (own) => calls.ping(own));
}

/**
 * Makes ModemManager probe the device anew: taken away and given back, it is found again within
 * half a second where nothing else is amiss. ModemManager takes a device back whose holder leaves
 * the bus, so that a process that is killed in between leaves nothing behind. The facts with a
 * modem other than `modem`, or undefined after PROBE_DEADLINE_MS.
 * @throws DeviceTakenError, or what the call threw
 */
export async function probeAnew(
  { calls, factsUntil }: ProbePorts,
  modem: Modem | undefined,
  device: string,
  signal: AbortSignal,
): Promise<Facts | undefined> {
  // Not the activity's own signal: this process lives on, and what it has taken must be given back.
  const { signal: untilDone } = new AbortController();
  try {
    await calls.inhibitDevice(device, true, untilDone);
  } catch (error) {
    if (error instanceof DeadlineError) await calls.inhibitDevice(device, false, untilDone);
    if (classify(error).class !== 'busy') throw error;
    throw new DeviceTakenError('another program has taken the modem', { cause: error });
  }
  await calls.inhibitDevice(device, false, untilDone);
  const isBack = (facts: Facts) => facts.kind === 'modem' && facts.modem.path !== modem?.path;
  return await factsUntil(isBack, PROBE_DEADLINE_MS, signal);
}

/**
 * Whether a modem that is gone came back by being probed anew, which costs less than any rung that
 * is for a modem that is gone. A modem that ModemManager shows is nobody else's. Who has one that
 * was never seen, or whose ModemManager does not answer, cannot be asked.
 * @throws DeviceTakenError
 */
export async function isBackByProbing(ports: ProbePorts, signal: AbortSignal): Promise<boolean> {
  const device = ports.lastDevice();
  if (ports.facts().kind !== 'no-modem' || device === undefined) return false;
  try {
    await answers(ports, signal);
    return (await probeAnew(ports, undefined, device, signal)) !== undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeviceTakenError) throw error;
    return false;
  }
}
