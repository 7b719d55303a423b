// The connection as a value: what is known, what we are doing, what the link should look like, what we remember. Types, and the value it starts as.
//
//   phase         entered when                                     its activity                                 ends with
//   absent        ModemManager off the bus, no modem, or several   starts ModemManager, waits                   facts, elapsed (→ ladder)
//   riding        ModemManager went away, the link may live        watches traffic                              facts, linkDead
//   settling      ModemManager is initializing, enabling, …        deadline only                                facts, elapsed (→ ladder)
//   blocked       a person is needed (SIM, PIN, subscription)      waits                                        facts, elapsed, config
//   unlocking     locked by sim-pin, PIN known and never refused   Sim.SendPin                                  facts, unlocked, failed
//   enabling      disabled                                         Modem.Enable                                 facts, enabled, failed
//   registering   enabled, searching                               waits for the network                        facts, elapsed (→ safety try)
//   waiting       an attempt failed; the next is not due           sleeps                                       elapsed, facts
//   connecting    registered                                       deletes leftovers, Simple.Connect            bearerConnected, failed
//   configuring   a bearer is connected                            waits for the link to be applied             linkApplied, linkFailed
//   online        the link is configured                           proves and watches traffic                   facts, linkDead
//   recovering    a rung of the ladder                             climbs it                                    climbed, failed
//   stopping      asked to stop                                    disconnects                                  the end
//
// The link is not tied to a phase: `link` says what `wwan0` should look like now, and a keeper of its own holds the kernel to it.
// It outlives phases on purpose, so that a ModemManager restart or a reconnect to the same address costs no packet.

import type { Prefix } from '../ip/address.ts';
import type { Failure } from '../modem/errors/failure.ts';
import type { Bearer, Modem } from '../modem/objects.ts';
import type { Lease } from '../network/dhcp/lease.ts';
import type { WantedLink } from '../network/link/wanted-link.ts';
import type { Memory, Rung } from '../state/memory.ts';
import type { Moment } from '../system/clock.ts';

/** What ModemManager says, reduced to the modem that the config chooses. */
export type Facts =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'no-modemmanager' }
  | { readonly kind: 'no-modem' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }
  | { readonly kind: 'modem'; readonly modem: Modem };

/** How `wwan0` should be, and the bearer it comes from. */
export interface Link {
  readonly wanted: WantedLink;
  readonly dns: readonly string[];
  readonly bearer: Bearer;
  readonly apn: string;
  /** The bearer names no IPv4 address: a DHCP server is asked, and so much of its answer is taken. */
  readonly dhcp?: { readonly dns: boolean; readonly mtu: boolean } | undefined;
  /** The MTU was measured for this path, or named by a person: nothing is left to find out. */
  readonly mtuSettled?: true;
}

/** Addresses of a link that its bearer does not name: from a DHCP server and from router advertisements. */
export interface Learned {
  /** Path of the bearer whose link it is. */
  readonly bearer: string;
  readonly lease?: Lease | undefined;
  readonly address6?: Prefix | undefined;
}

/** One try: the settings that Simple.Connect gets. */
export interface Offer {
  readonly apn: string;
  readonly ipType: 'ipv4' | 'ipv6' | 'ipv4v6';
}

export type Phase =
  | { readonly kind: 'absent'; readonly missing: 'modemmanager' | 'modem' | 'choice'; readonly detail: string }
  | { readonly kind: 'riding' }
  | { readonly kind: 'settling'; readonly modem: Modem }
  | { readonly kind: 'blocked'; readonly failure: Failure; readonly until: number | undefined }
  | { readonly kind: 'unlocking'; readonly modem: Modem; readonly fingerprint: string }
  | { readonly kind: 'enabling'; readonly modem: Modem }
  | { readonly kind: 'registering'; readonly modem: Modem }
  | { readonly kind: 'waiting'; readonly until: number; readonly failure: Failure | undefined; readonly why: string }
  | { readonly kind: 'connecting'; readonly modem: Modem; readonly offer: Offer }
  | { readonly kind: 'configuring'; readonly modem: Modem; readonly adopted: boolean }
  | { readonly kind: 'online'; readonly modem: Modem; readonly adopted: boolean }
  | { readonly kind: 'recovering'; readonly rung: Rung; readonly cause: string; readonly modem: Modem | undefined }
  | { readonly kind: 'stopping'; readonly modem: Modem | undefined; readonly disconnect: boolean };

/** Proof that traffic passes. */
export interface Proof {
  readonly by: string;
  readonly roundTripMs: number | undefined;
  readonly at: Moment;
}

/** An outage that is still going on. `monotonicMs` of its beginning, and what the ladder has done about it. */
export interface Outage {
  readonly since: Moment;
  readonly cause: string;
  readonly climbed: readonly Rung[];
  /** The link was connected and dead: until traffic is seen to pass, every other uplink comes before it. */
  readonly dead?: true;
  /** Failed attempts since the last rung. */
  readonly failuresSinceRung: number;
}

export interface Connection {
  readonly facts: Facts;
  readonly phase: Phase;
  /** When the phase was entered. */
  readonly phaseSince: Moment;
  readonly link: Link | undefined;
  readonly learned: Learned | undefined;
  /** When the current session became online; undefined while it is not. */
  readonly sessionSince: Moment | undefined;
  readonly proof: Proof | undefined;
  /** The last failure and when it happened, until the next session that lasts. */
  readonly lastFailure: { readonly failure: Failure; readonly at: Moment } | undefined;
  readonly outage: Outage | undefined;
  /** ModemManager holds its name but does not answer; true until it says something again. */
  readonly hung: boolean;
  /** A bearer that ModemManager calls connected and that was found dead: never adopted. */
  readonly distrusted: string | undefined;
  /** Which of the offers (APN and IP type) is next. */
  readonly offer: number;
  /** Losses of sessions shorter than SESSION_LASTS_MS, within the last ten minutes. */
  readonly flaps: readonly number[];
  /** sysfs path of the modem last seen, for the rung that re-authorises it on the USB after it disappeared. */
  readonly device: string | undefined;
  readonly memory: Memory;
}

/** What happened. Every event says when, and brings one random number from [0, 1) for jitter. */
export type ConnectionEvent = { readonly at: Moment; readonly chance: number } & (
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'elapsed' }
  | { readonly kind: 'unlocked' }
  | { readonly kind: 'enabled' }
  | { readonly kind: 'bearerConnected'; readonly bearer: Bearer; readonly offer: Offer }
  | { readonly kind: 'linkLearned'; readonly learned: Learned }
  | { readonly kind: 'linkApplied' }
  | { readonly kind: 'linkFailed'; readonly failure: Failure }
  | { readonly kind: 'linkProven'; readonly proof: Proof }
  /** `silentMs`: how long ago the first thing was sent that was never answered; that is when the outage began. */
  | { readonly kind: 'linkDead'; readonly why: string; readonly silentMs?: number }
  /** The path was measured: it carries packets of `mtu` bytes where the link asked for `asked`. */
  | { readonly kind: 'pathMtu'; readonly asked: number; readonly mtu: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'climbed' }
  | { readonly kind: 'modemManagerHung' }
  | { readonly kind: 'reconfigured'; readonly relevant: 'nothing' | 'link' | 'session' | 'modem' }
  | { readonly kind: 'stop'; readonly keepLink: boolean }
);

/** The connection of a daemon that has just started and knows nothing yet. */
export function freshConnection(memory: Memory, at: Moment): Connection {
  return {
    facts: { kind: 'unknown' },
    phase: { kind: 'absent', missing: 'modemmanager', detail: '' },
    phaseSince: at,
    link: undefined,
    learned: undefined,
    sessionSince: undefined,
    proof: undefined,
    lastFailure: undefined,
    outage: undefined,
    hung: false,
    distrusted: undefined,
    offer: 0,
    flaps: [],
    device: undefined,
    memory,
  };
}
