// What the config asks of the connection: the slice of it that deciding needs, in milliseconds and plain values. Types only.
import type { Rung } from '../state/memory.ts';

export interface Policy {
  /** APNs to offer, in order ('' is the subscription's default), or those of the SIM's operator. */
  readonly apns: readonly string[] | 'auto';
  readonly ipType: 'ipv4' | 'ipv6' | 'ipv4v6';
  /** PIN for a SIM locked by sim-pin; only its salted hash ever leaves this object. */
  readonly pin: { reveal(): string } | undefined;
  readonly metric: number;
  readonly defaultRoute: boolean;
  readonly mtu: number | 'auto';
  /** Name servers instead of the bearer's, or the bearer's own, or hands off. */
  readonly dns: 'auto' | 'off' | readonly string[];
  /** Delays before attempt 1, 2, 3 …; the last one repeats. */
  readonly scheduleMs: readonly number[];
  readonly attemptsPerHour: number;
  /** The first attempt within BOOT_WINDOW_MS of the host's boot is delayed by up to this, by the modem's IMEI. */
  readonly bootSpreadMs: number;
  /** Rungs of the ladder that may be climbed. */
  readonly allowedRungs: ReadonlySet<Rung>;
  readonly onStop: 'disconnect' | 'keep';
}
