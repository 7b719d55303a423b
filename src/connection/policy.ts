// What the config asks of the connection, in milliseconds and plain values, and what a decision
// may look at beside the connection and the event. Types only.
import type { ConnectOptions } from '../modem/calls.ts';
import type { Rung } from '../state/memory.ts';
import type { Moment } from '../system/clock.ts';

/** What is known of an operator, MCC and MNC; '' and nothing where the SIM tells none. */
export interface KnownApns {
  readonly operator: string;
  readonly apns: readonly string[];
}

export interface Policy {
  /**
   * APNs to try, in order ('' is the subscription's default), or who knows those of a SIM that is
   * of one of `operators` (MCC and MNC).
   */
  readonly apns: readonly string[] | ((operators: readonly string[]) => KnownApns);
  readonly ipType: 'ipv4' | 'ipv6' | 'ipv4v6';
  /** What Simple.Connect gets beside the APN and the IP type. */
  readonly connect: ConnectOptions;
  /** APN for attaching to LTE: the modem's own, that of `apns`, none, or a name. */
  readonly attachApn: 'keep' | 'same' | 'none' | (string & {});
  /** PIN for a SIM locked by sim-pin. It is revealed to be hashed and to be sent, nowhere else. */
  readonly pin: Pin | undefined;
  /** The PIN that a SIM took last, for that SIM alone: what is configured may be wrong. */
  readonly provenPin?: ProvenPin | undefined;
  readonly metric: number;
  readonly defaultRoute: boolean;
  /** Whether the default route goes before better ones through which nothing answers. */
  readonly takeOver: boolean;
  readonly mtu: number | 'auto';
  /** Name servers instead of the bearer's, or the bearer's own, or hands off. */
  readonly dns: 'auto' | 'off' | readonly string[];
  /** Delays before attempt 1, 2, 3 …; the last one repeats. */
  readonly scheduleMs: readonly number[];
  readonly attemptsPerHour: number;
  /** The first attempt after the host's boot is delayed by up to this, by the modem's IMEI. */
  readonly bootSpreadMs: number;
  /** How long an idle link goes without a probe; 0: it is never probed. */
  readonly probeIntervalMs: number;
  /** Rungs of the ladder that may be climbed. */
  readonly allowedRungs: ReadonlySet<Rung>;
  readonly onStop: 'disconnect' | 'keep';
}

/** A PIN; what prints or stores it shows nothing. */
export interface Pin {
  reveal(): string;
}

/** A PIN, and the salted hash of the ICCID of the SIM that took it. */
export interface ProvenPin {
  readonly pin: Pin;
  readonly sim: string;
}

/** One decision: when it is taken, a random number from [0, 1) for jitter, and the policy. */
export interface Step {
  readonly at: Moment;
  readonly chance: number;
  readonly policy: Policy;
}

/** The event of a policy that replaces another one: reloaded, or taken back after a trial. */
export interface Reconfigured {
  readonly kind: 'reconfigured';
  /** The most that what differs asks of a link that is up. */
  readonly relevant: 'nothing' | 'link' | 'session' | 'modem';
  /** Another modem is to be used than the one in use. */
  readonly leavesModem?: boolean;
  /** Nobody was refused with the settings before: holds go on. */
  readonly keepsHolds?: boolean;
}
