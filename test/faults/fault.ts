// What a row of the table of faults is, and what it is given to play with.

import type { World, WorldOptions } from '../world/world.ts';
import type { Reachability } from './reachability.ts';
import type { Supervisor } from './supervisor.ts';

/** How a manager is set up, in terms that all of them know; each writes its own files from it. */
export interface Settings {
  /** Tried in order. */
  readonly apn: string | readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly pin?: string;
  /** After how long an idle link is probed, by managers that probe. */
  readonly probeInterval?: string;
  /** Where traffic is to get through to, for managers that ask; its CA is in TRUSTED_CA. */
  readonly destination?: string;
  /** The carrier's ceiling, for managers that keep one. */
  readonly attemptsPerHour?: number;
  readonly ipType?: 'ipv4' | 'ipv6' | 'ipv4v6';
  /** Default: it may connect in another carrier's network. */
  readonly allowRoaming?: boolean;
  /** APN for the attach to LTE; `same` is the first of `apn`. */
  readonly attachApn?: string;
  /** Whether the host may be rebooted for the link, by managers that would. Default: no. */
  readonly reboot?: 'allowed';
  /** How long a change may go without traffic, for managers that take one back. */
  readonly trial?: string;
  /** The modem's device, as ModemManager names it. */
  readonly device?: string;
  /**
   * The manager has ethernet too, as it would on a board, and its check of connectivity is on, where
   * it has one.
   */
  readonly ethernet?: boolean;
  /** Something that concerns no link: what a reload changes when it changes nothing relevant. */
  readonly logLevel?: 'info' | 'debug';
}

/** What there is before the manager runs. */
export interface Setup {
  readonly world: World;
  readonly settings: Settings;
  /** Where the manager keeps what must outlive it. */
  readonly stateDirectory: string;
  /** Waits until something is true. @throws naming it after `timeoutMs` (10 s) */
  readonly until: (what: string, holds: () => Promise<boolean> | boolean, timeoutMs?: number) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Situation extends Setup {
  /** The manager under test as its service manager runs it. */
  readonly manager: Supervisor;
  readonly reachability: Reachability;
}

export interface Fault {
  readonly name: string;
  readonly world?: WorldOptions;
  readonly settings?: Partial<Settings>;
  /**
   * Done before the manager is started. Rows with `fresh` begin there: the fault is present when it
   * comes up.
   */
  readonly before?: (setup: Setup) => Promise<void>;
  readonly fresh?: boolean;
  /**
   * The fault itself, and whatever heals it from outside. When it resolves, all that is left is the
   * manager's to mend.
   */
  readonly break: (situation: Situation) => Promise<void>;
  /**
   * Whole seconds from the fault until it must be reachable for good; counted as offline when it is
   * not. Default 45.
   */
  readonly limit?: number;
  /**
   * Seconds for which it is watched, where that is longer than `limit`: what comes too late is then
   * measured, and not survived.
   */
  readonly watched?: number;
  /** Most activations that the policy admits from the fault on. Default 1: one reconnect. */
  readonly attempts?: number;
  /**
   * What must get through is not bound to the link: by which way is the host's to decide. Its routes
   * may then be others afterwards than before.
   */
  readonly unbound?: boolean;
  /** What is pinged. Default 192.0.2.1. */
  readonly target?: string;
  /** No ping may be lost, whatever happens. */
  readonly lossless?: boolean;
  /**
   * Nothing may be sent meanwhile: the link has to look idle. Pings begin when somebody has
   * connected anew.
   */
  readonly quiet?: boolean;
  /** How long it must have been reachable without a gap before it counts, in ms. Default 1500. */
  readonly settleMs?: number;
  /**
   * Most rungs above the radio cycle that may be climbed from the fault on: resets, USB cycles,
   * restarts of ModemManager. Default: any.
   */
  readonly heavyRungs?: number;
  /** Most times that the radio may be switched off from the fault on. Default: any. */
  readonly radioCycles?: number;
  /** The manager may end unasked this often (the fault kills it). Default 0. */
  readonly ends?: number;
  /** What else must be true at the end; the reasons why not. */
  readonly holds?: (situation: Situation) => Promise<readonly string[]>;
  /**
   * Takes too long for every run of the tests, or varies a row that each run has; the whole
   * campaign has it.
   */
  readonly slow?: boolean;
}

/** The file of the CA that boards trust beside those of all the world. */
export const TRUSTED_CA = '/run/world/ca.pem';

/** The APN that the table's carrier expects. */
export const apn = 'vzwinternet';
