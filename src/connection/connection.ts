// The connection as a value: what is known, what we are doing (phase/phase.ts), what the link
// should look like, what we remember. Types, and the value it starts as.
//
// The link is not tied to a phase: `link` says what `wwan0` should look like now, and a keeper of
// its own holds the kernel to it and watches its traffic, in whatever phase. It outlives phases on
// purpose, so that a ModemManager restart or a reconnect to the same address costs no packet.

import type { Prefix } from '../ip/address.ts';
import type { Failure } from '../modem/errors/failure.ts';
import type { Bearer, Modem, Signal } from '../modem/objects.ts';
import type { Lease } from '../network/dhcp/lease.ts';
import type { WantedLink } from '../network/link/wanted-link.ts';
import type { Judged } from '../network/reachability/reach/judge-reach.ts';
import type { Memory } from '../state/memory.ts';
import type { Moment } from '../system/clock.ts';
import type { Outage } from './phase/outage.ts';
import type { Phase } from './phase/phase.ts';
import { NO_REST, type Rest } from './schedule/attempts.ts';
import { heldFailure } from './schedule/holds.ts';
import { type ManagerEnds, NO_MANAGER_ENDS } from './schedule/manager-ends.ts';
import type { UsedUp } from './schedule/used-up.ts';
import type { Uplinks } from './uplinks/better-ways.ts';
import { recallUplinks } from './uplinks/remembered-uplinks.ts';

/** What ModemManager says, reduced to the modem that the config chooses. */
export type Facts =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no-modemmanager' }
  | { readonly kind: 'no-modem' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  | { readonly kind: 'modem'; readonly modem: Modem };

/** The modem in `facts`, if they name one. */
export const modemOf = (facts: Facts): Modem | undefined => (facts.kind === 'modem' ? facts.modem : undefined);

/** How `wwan0` should be, and the bearer it comes from. */
export interface Link {
  readonly wanted: WantedLink;
  readonly dns: readonly string[];
  /** The carrier's name servers, whether or not the host is to use them. */
  readonly carrierDns: readonly string[];
  readonly bearer: Bearer;
  readonly apn: string;
  /**
   * The bearer names no IPv4 address: a DHCP server is asked, and this much of its answer taken.
   */
  readonly dhcp?: { readonly dns: boolean; readonly mtu: boolean } | undefined;
  /** The MTU was measured for this path, or named by a person: nothing is left to find out. */
  readonly mtuSettled?: true;
}

/** Addresses that a bearer does not name: from a DHCP server and from router advertisements. */
export interface AcquiredAddresses {
  /** Path of the bearer whose link they belong to. */
  readonly bearer: string;
  readonly lease?: Lease | undefined;
  readonly address6?: Prefix | undefined;
}

/** Proof that traffic passes. */
export interface Proof {
  readonly by: string;
  /** Undefined: bytes came in, and no probe was answered. */
  readonly roundTripMs: number | undefined;
  readonly at: Moment;
}

/**
 * The last word on how far traffic gets over an APN. It outlives sessions: a link that did not get
 * through has to show that it does before it is preferred again.
 */
export interface Reach extends Judged {
  readonly apn: string;
  /** When the verdict became this one, and when it was last confirmed. */
  readonly since: Moment;
  readonly at: Moment;
  /** How often in a row it was the verdict. */
  readonly checks: number;
  /** `sessionSince` of the session that was checked, monotonic milliseconds. */
  readonly session: number;
  /**
   * Whether not getting through counts as a fault: a destination is named, or this APN led further
   * before. Else it may be a private network, which is told and costs nothing.
   */
  readonly isFault: boolean;
}

/** Monotonic milliseconds. */
export interface Enables {
  readonly sentAt: readonly number[];
  /** How often in a row the radio did not come on. */
  readonly radioOff: number;
  /** The wait that was announced after a failure; ModemManager's states do not cut it short. */
  readonly notBefore: number;
}

export interface Connection {
  readonly facts: Facts;
  readonly phase: Phase;
  /** When the phase was entered. */
  readonly phaseSince: Moment;
  readonly link: Link | undefined;
  /** The data plan that keeps its SIM from being connected. */
  readonly usedUp: UsedUp | undefined;
  /** The ways out that come before LTE, and whether LTE has taken over from them. */
  readonly uplinks: Uplinks;
  readonly acquired: AcquiredAddresses | undefined;
  /** When the current session became online; undefined while it is not. */
  readonly sessionSince: Moment | undefined;
  readonly proof: Proof | undefined;
  /** `proof` says that the link is alive; this, whether traffic gets beyond the carrier. */
  readonly reach: Reach | undefined;
  /** The last failure and when it happened, until the next session that lasts. */
  readonly lastFailure: { readonly failure: Failure; readonly at: Moment } | undefined;
  readonly outage: Outage | undefined;
  /** ModemManager holds its name but does not answer; true until it says something again. */
  readonly hung: boolean;
  /** How often ModemManager left the bus without being asked to. */
  readonly managerEnds: ManagerEnds;
  /** A bearer that ModemManager calls connected and that was found dead: never adopted. */
  readonly deadBearerPath: string | undefined;
  /** An APN over which nothing ever answered, and which was reconnected once for that. */
  readonly unprovenApn: string | undefined;
  /** Enables within the last hour, and what the last one that failed asks for. */
  readonly enables: Enables;
  /** After the last attempt that failed (restAfterAttempt). */
  readonly rest: Rest;
  /** How many such rests were cut short since a session lasted. */
  readonly cuts: number;
  /** Hash of what the session at hand was asked for with, beside APN and IP type. */
  readonly askedWith: string | undefined;
  /** Another program has taken the modem away from ModemManager, which is not to be fought. */
  readonly isTaken: boolean;
  /** How often ModemManager was made to look for a SIM that it calls missing. */
  readonly simLooks: number;
  /** Which of the tries (APN and IP type) is next. */
  readonly tryIndex: number;
  /** Monotonic milliseconds at which short sessions were lost, within the last ten minutes. */
  readonly flaps: readonly number[];
  /** Measured within the last minute or two, with metrics.signal. */
  readonly signal: Signal | undefined;
  readonly memory: Memory;
}

/** What a daemon that has just started knows; `askedWith`: of a session at hand, if known. */
export function freshConnection(memory: Memory, at: Moment, askedWith?: string): Connection {
  const held = heldFailure(memory);
  return {
    facts: { kind: 'unknown' },
    phase: { kind: 'absent', missing: 'modemmanager', detail: '' },
    phaseSince: at,
    link: undefined,
    usedUp: undefined,
    uplinks: recallUplinks(memory, at),
    acquired: undefined,
    sessionSince: undefined,
    proof: undefined,
    reach: undefined,
    lastFailure: held && { failure: held, at },
    outage: undefined,
    hung: false,
    managerEnds: NO_MANAGER_ENDS,
    deadBearerPath: undefined,
    unprovenApn: undefined,
    enables: { sentAt: [], radioOff: 0, notBefore: 0 },
    simLooks: 0,
    isTaken: false,
    rest: NO_REST,
    cuts: 0,
    askedWith,
    tryIndex: 0,
    flaps: [],
    signal: undefined,
    memory,
  };
}
