// What each phase does, in terms of ModemManager's methods and time. Each activity ends its phase with one happening, or is ended by facts.

import type { Facts, Offer } from '../../connection/connection.ts';
import type { Bus } from '../../dbus/bus.ts';
import type { ModemManagerCalls } from '../../modem/calls.ts';
import type { Clock } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import type { Activities, Happening } from '../runner.ts';
import { connect } from './connect.ts';
import { climb } from './rungs.ts';
import { disconnectOnStop } from './stop.ts';

/** What connecting needs beside the offer; the password is revealed only into the D-Bus message. */
export interface Credentials {
  readonly user?: string;
  readonly password?: { reveal(): string };
  readonly allowedAuth?: readonly ('none' | 'pap' | 'chap' | 'mschap' | 'mschapv2' | 'eap')[];
  readonly allowRoaming: boolean;
}

export interface ActivityPorts {
  readonly bus: Bus;
  readonly calls: ModemManagerCalls;
  readonly clock: Clock;
  readonly log: Logger;
  /** The facts as they are now, and a wait for some to become true; undefined after `ms`. */
  readonly facts: () => Facts;
  readonly factsUntil: (fits: (facts: Facts) => boolean, ms: number, signal: AbortSignal) => Promise<Facts | undefined>;
  readonly credentials: () => Credentials;
  readonly pin: () => string | undefined;
  /** ModemManager's Version property. */
  readonly version: () => string;
  /** sysfs path of the modem last seen. */
  readonly lastDevice: () => string | undefined;
  /** Writes 0 and then 1 to a USB device's `authorized`. */
  readonly reauthoriseUsb: (device: string, signal: AbortSignal) => Promise<void>;
  /** Name of an interface other than the modem's that has a default route, or undefined. */
  readonly otherUplink: (signal: AbortSignal) => Promise<string | undefined>;
}

/** ModemManager's own answers to a state that lasts: MBIM steps of 60 s each, twice (mm-bearer-mbim.c), and a margin. */
const SETTLING_DEADLINE_MS = 150_000;

/** Without the modem or ModemManager for this long, the ladder is climbed (EVE's and modemfwd's number, PEERS.md). */
const ABSENCE_DEADLINE_MS = 120_000;

/** Out of coverage the registration event is waited for; an event may be missed, so one try is made all the same. */
const SAFETY_TRY_MS = 15 * 60_000;

/** Between requests to the bus to start ModemManager. */
const ACTIVATION_INTERVAL_MS = 10_000;

/** Applying a link takes milliseconds; this is a hung `ip` twice over. */
const CONFIGURING_DEADLINE_MS = 30_000;

const elapsed: Happening = { kind: 'elapsed' };

/** Waits for the phase to be left by facts. */
async function forFacts(_phase: unknown, signal: AbortSignal): Promise<undefined> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return undefined;
}

/** The table of activities over the given ports. */
export function activitiesOf(ports: ActivityPorts): Activities {
  const { calls, clock } = ports;
  const after = async (ms: number, signal: AbortSignal): Promise<Happening> => {
    await clock.sleep(ms, signal);
    return elapsed;
  };
  return {
    absent: (phase, signal) =>
      phase.missing === 'modemmanager' ? startModemManager(ports, signal) : after(ABSENCE_DEADLINE_MS, signal),
    riding: (_phase, signal) => startModemManager(ports, signal),
    settling: (_phase, signal) => after(SETTLING_DEADLINE_MS, signal),
    blocked: ({ until }, signal) =>
      until === undefined ? forFacts(until, signal) : after(until - clock.now().monotonicMs, signal),
    unlocking: async ({ modem }, signal) => {
      const pin = ports.pin();
      if (pin === undefined || modem.sim === undefined) return elapsed;
      await calls.sendPin(modem.sim.path, pin, signal);
      return { kind: 'unlocked' };
    },
    enabling: async ({ modem }, signal) => {
      await calls.enable(modem.path, true, signal);
      return { kind: 'enabled' };
    },
    registering: (_phase, signal) => after(SAFETY_TRY_MS, signal),
    waiting: ({ until }, signal) => after(until - clock.now().monotonicMs, signal),
    connecting: ({ modem, offer }: { modem: { path: string }; offer: Offer }, signal) =>
      connect(ports, modem.path, offer, signal),
    configuring: (_phase, signal) => after(CONFIGURING_DEADLINE_MS, signal),
    online: forFacts,
    recovering: ({ rung, modem }, signal) => climb(ports, rung, modem, signal),
    stopping: ({ modem, disconnect }) => disconnectOnStop(ports, disconnect ? modem : undefined),
  };
}

/** Asks the bus to start ModemManager until facts say that it is there; `elapsed` when it does not come. */
async function startModemManager(ports: ActivityPorts, signal: AbortSignal): Promise<Happening> {
  const { calls, clock, log } = ports;
  const deadline = clock.now().monotonicMs + ABSENCE_DEADLINE_MS;
  while (clock.now().monotonicMs < deadline) {
    await calls.startService(signal).catch((error: unknown) => {
      // No activation file, or systemd is about to start it anyway: its appearance on the bus is what counts.
      log.debug({ error: String(error) }, 'the bus did not start ModemManager');
    });
    await clock.sleep(ACTIVATION_INTERVAL_MS, signal);
  }
  return elapsed;
}
