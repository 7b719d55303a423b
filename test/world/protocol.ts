// What the test process and the agent say to each other: the start options, the targets of calls,
// and events. Types only; rpc.ts carries the calls.

import type { BusControls } from './agent/bus.ts';
import type { EthernetControls } from './agent/ethernet.ts';
import type { FileControls } from './agent/files.ts';
import type { ModemManagerControls } from './agent/modem-manager.ts';
import type { ProcessControls } from './agent/processes.ts';
import type { UsbControls } from './agent/usb.ts';
import type { CarrierControls } from './carrier/carrier.ts';
import type { ModemControls } from './modem/controls.ts';
import type { RadioControls } from './modem/radio-controls.ts';
import type { SimControls } from './modem/sim-controls.ts';
import type { SimOptions } from './modem/state.ts';
import type { ProfileName } from './profiles.ts';

/**
 * Where a ModemManager comes from: a root directory to run it in, and how that version reads
 * devices.
 */
export interface ModemManagerInstallation {
  readonly version: string;
  /** `/` is the machine's own. */
  readonly root: string;
  /** Reads devices through libudev (before 1.16, which lack --test-no-udev). */
  readonly udev: boolean;
}

export type BusName = 'dbus-daemon' | 'dbus-broker';

export interface AgentOptions {
  readonly bus: BusName;
  readonly profile: ProfileName;
  readonly sim: SimOptions;
  readonly plugged: boolean;
  readonly deviceName?: string;
  readonly arp: boolean;
  readonly serial: boolean;
  readonly ethernet: boolean;
  readonly modemManager: ModemManagerInstallation;
  readonly startModemManager: boolean;
  readonly activatable: boolean;
  readonly debug: boolean;
}

/** The objects that may be called, by name. */
export interface Targets {
  readonly modem: ModemControls;
  readonly radio: RadioControls;
  readonly sim: SimControls;
  readonly usb: UsbControls;
  readonly modemManager: ModemManagerControls;
  readonly bus: BusControls;
  readonly carrier: CarrierControls;
  readonly ethernet: EthernetControls;
  readonly processes: ProcessControls;
  readonly files: FileControls;
}

/** What the agent says unasked. */
export type AgentEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'failed'; readonly message: string }
  | { readonly event: 'output'; readonly process: number; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | {
      readonly event: 'exited';
      readonly process: number;
      readonly code: number | null;
      readonly signal: string | null;
    };
