// What a manager did to the modem beyond connecting, as the modem, the USB bus and systemd saw it:
// the same for every manager.

import type { World } from '../world/world.ts';

/** Numbers since a moment, or since the world began. */
export interface Rungs {
  /** The radio switched off, by whatever way. */
  readonly radioCycles: number;
  readonly resets: number;
  readonly usbCycles: number;
  readonly modemManagerRestarts: number;
}

/** Everything so far. */
export async function readRungs({ modem, usb, bus }: World): Promise<Rungs> {
  const [attempts, usbCycles, restarted] = await Promise.all([
    modem.attempts(),
    usb.deauthorisations(),
    bus.restartedUnits(),
  ]);
  const count = (kind: string): number => attempts.filter((attempt) => attempt.kind === kind).length;
  return {
    radioCycles: count('radio-off'),
    resets: count('reset'),
    usbCycles,
    modemManagerRestarts: restarted.length,
  };
}

/** What came between two readings. */
export function rungsSince(before: Rungs, now: Rungs): Rungs {
  return {
    radioCycles: now.radioCycles - before.radioCycles,
    resets: now.resets - before.resets,
    usbCycles: now.usbCycles - before.usbCycles,
    modemManagerRestarts: now.modemManagerRestarts - before.modemManagerRestarts,
  };
}

/** How many rungs above the radio cycle were climbed. */
export function heavyOf({ resets, usbCycles, modemManagerRestarts }: Rungs): number {
  return resets + usbCycles + modemManagerRestarts;
}

/** Such as "2 radio cycles, 1 reset"; empty when there were none. */
export function spokenRungs({ radioCycles, resets, usbCycles, modemManagerRestarts }: Rungs): string {
  const parts: readonly (readonly [number, string])[] = [
    [radioCycles, 'radio cycle'],
    [resets, 'reset'],
    [usbCycles, 'USB cycle'],
    [modemManagerRestarts, 'ModemManager restart'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}${count === 1 ? '' : 's'}`)
    .join(', ');
}
