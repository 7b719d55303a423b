// What each phase does, in terms of ModemManager's methods and time. Each activity ends its phase
// with one event, or is ended by facts.

import { PHASE_DEADLINES_MS } from '../../connection/phase/deadlines.ts';
import type { ConnectSettings, ModemManagerCalls } from '../../modem/calls.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Activities, Happening } from '../runner.ts';
import { type ConnectPorts, connect } from './connect.ts';
import { disconnectForPlan } from './plan-used-up.ts';
import { performRung, type RungPorts } from './rungs.ts';
import { disconnectOnStop, type StopPorts } from './stop.ts';

/** What all activities together need. */
export type ActivityPorts = ConnectPorts &
  RungPorts &
  StopPorts & { readonly calls: Pick<ModemManagerCalls, 'setInitialEpsBearerSettings' | 'sendPin' | 'startService'> };

/** Between requests to the bus to start ModemManager. */
const ACTIVATION_INTERVAL_MS = 10_000;

const timedOut: Happening = { kind: 'phaseTimedOut' };

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
    return timedOut;
  };
  return {
    absent: (phase, signal) =>
      phase.missing === 'modemmanager'
        ? startModemManager(ports, phase.callMs, signal)
        : after(PHASE_DEADLINES_MS.absent, signal),
    riding: ({ callMs }, signal) => startModemManager(ports, callMs, signal),
    settling: (_phase, signal) => after(PHASE_DEADLINES_MS.settling, signal),
    blocked: ({ untilMs }, signal) =>
      untilMs === undefined ? forFacts(untilMs, signal) : after(untilMs - clock.now().monotonicMs, signal),
    unlocking: async ({ modem, pin }, signal) => {
      if (modem.sim === undefined) return timedOut;
      // Forgotten by a power cut, a PIN that the SIM refuses would be sent again.
      await ports.recorded('reboot', signal);
      await calls.sendPin(modem.sim.path, pin.reveal(), signal);
      return { kind: 'unlocked' };
    },
    enabling: async ({ modem, attach }, signal) => {
      if (attach !== undefined) await setAttachApn(ports, modem, attach.settings, signal);
      await calls.enable(modem.path, true, signal);
      return { kind: 'enabled' };
    },
    registering: (_phase, signal) => after(PHASE_DEADLINES_MS.registering, signal),
    waiting: ({ untilMs }, signal) => after(untilMs - clock.now().monotonicMs, signal),
    connecting: ({ modem, settings, deadlineMs }, signal) => connect(ports, modem.path, settings, deadlineMs, signal),
    'roaming-forbidden': forFacts,
    'plan-used-up': ({ modem }, signal) => disconnectForPlan(ports, modem, signal),
    configuring: (_phase, signal) => after(PHASE_DEADLINES_MS.configuring, signal),
    online: ({ renewal }, signal) =>
      renewal === undefined ? forFacts(renewal, signal) : after(renewal.dueMs - clock.now().monotonicMs, signal),
    recovering: ({ rung, modem }, signal) => performRung(ports, rung, modem, signal),
    stopping: ({ modem, disconnect }) => disconnectOnStop(ports, disconnect ? modem : undefined),
  };
}

/**
 * With the radio off, so that the modem attaches anew when Enable switches it on; ModemManager does
 * so itself from 1.24 on. A modem that does not take it attaches with what it has; the connect is
 * tried all the same.
 */
async function setAttachApn(
  { calls, log }: ActivityPorts,
  { path, state }: Modem,
  attach: ConnectSettings,
  signal: AbortSignal,
) {
  if (state !== 'disabled') await calls.enable(path, false, signal);
  await calls.setPowerState(path, 'low', signal).catch((error: unknown) => {
    signal.throwIfAborted();
    log.debug({ error: String(error) }, 'the radio is not switched off before the APN for attaching is set');
  });
  await calls.setInitialEpsBearerSettings(path, attach, signal).then(
    () => log.info({ apn: attach.apn }, 'the APN for attaching was set'),
    (error: unknown) => {
      signal.throwIfAborted();
      log.warn({ apn: attach.apn, error: String(error) }, 'the modem did not take the APN for attaching');
    },
  );
}

/**
 * Asks the bus to start ModemManager, from `callMs` on, until facts say that it is there, or the
 * time is up.
 */
async function startModemManager(
  ports: ActivityPorts,
  callMs: number | undefined,
  signal: AbortSignal,
): Promise<Happening> {
  const { calls, clock, log } = ports;
  if (callMs !== undefined) await clock.sleep(callMs - clock.now().monotonicMs, signal);
  const deadline = clock.now().monotonicMs + PHASE_DEADLINES_MS.absent;
  while (clock.now().monotonicMs < deadline) {
    await calls.startService(signal).catch((error: unknown) => {
      // No activation file, or systemd is about to start it anyway: its appearance on the bus is
      // what counts.
      log.debug({ error: String(error) }, 'the bus did not start ModemManager');
    });
    await clock.sleep(ACTIVATION_INTERVAL_MS, signal);
  }
  return timedOut;
}
