// The daemon's memory and what it counts: opened where systemd says; and what must be put right at
// once by what is remembered.
import { UsageStore } from '../data-plan/usage-store.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { Memory } from '../state/memory.ts';
import { type MemoryStore, openMemoryStore, readBootId, stateDirectoryOf } from '../state/store.ts';
import { runtimeDirectoryOf } from '../status/file.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';
import { authoriseUsb } from '../system/usb.ts';
import type { Warnings } from './warnings.ts';

/** The store of this host. What is wrong with the disk is a warning for as long as it is. */
export function openMemory(env: NodeJS.ProcessEnv, clock: Clock, log: Logger, warnings: Warnings): MemoryStore {
  return openMemoryStore({
    stateDirectory: stateDirectoryOf(env),
    runtimeDirectory: runtimeDirectoryOf(env),
    bootId: readBootId(),
    clock,
    log,
    onTrouble: (trouble) => warnings.set('memory', trouble === undefined ? [] : [trouble]),
  });
}

/** The metrics of this host, counted on from where they were. */
export function openMetrics(env: NodeJS.ProcessEnv, clock: Clock, log: Logger): Metrics {
  return new Metrics({
    stateDirectory: stateDirectoryOf(env),
    runtimeDirectory: runtimeDirectoryOf(env),
    bootId: readBootId(),
    clock,
    onFailure: (error) => log.warn({ err: error }, 'the metrics cannot be written'),
  });
}

/** The data that was used on this host. */
export function openUsage(env: NodeJS.ProcessEnv, log: Logger): UsageStore {
  return new UsageStore({
    stateDirectory: stateDirectoryOf(env),
    runtimeDirectory: runtimeDirectoryOf(env),
    bootId: readBootId(),
    onFailure: (error) => log.warn({ err: error }, 'what data was used cannot be written'),
  });
}

/**
 * Switches the modem's USB port on where a process of ours was killed in the middle of
 * reauthorise-usb.
 */
export async function switchUsbOn(
  { device, climbs }: Pick<Memory, 'device' | 'climbs'>,
  log: Pick<Logger, 'warn'>,
  authorise: typeof authoriseUsb = authoriseUsb,
): Promise<void> {
  // Somebody else's switch (usbguard) is left alone: a positive stamp is of this boot, and ours.
  const wasOurs = climbs['reauthorise-usb']?.some((stampMs) => stampMs > 0);
  if (device === undefined || !wasOurs) return;
  const switchedOn = await authorise(device).catch(() => false); // it is gone, or no USB device
  if (switchedOn) log.warn({ device }, 'the USB device was left switched off; switched on');
}
