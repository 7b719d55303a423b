// What may happen to a connection. Types only; decide.ts has what becomes of it.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Bearer, Signal } from '../../modem/objects.ts';
import type { Judged } from '../../network/reachability/reach/judge-reach.ts';
import type { Moment } from '../../system/clock.ts';
import type { AcquiredAddresses, Facts, Proof } from '../connection.ts';
import type { Reconfigured } from '../policy.ts';
import type { PlanJudged } from '../schedule/used-up.ts';
import type { UplinkAsked, UplinksRead } from '../uplinks/uplink-events.ts';

/** What happened. Each event says when, and brings a random number from [0, 1) for jitter. */
export type ConnectionEvent = { readonly at: Moment; readonly chance: number } & (
  | { readonly kind: 'factsChanged'; readonly facts: Facts }
  | { readonly kind: 'phaseTimedOut' }
  | { readonly kind: 'unlocked' }
  | { readonly kind: 'enabled' }
  | { readonly kind: 'bearerConnected'; readonly bearer: Bearer; readonly apn: string }
  | { readonly kind: 'addressesAcquired'; readonly acquired: AcquiredAddresses }
  | { readonly kind: 'linkApplied' }
  | { readonly kind: 'linkFailed'; readonly failure: Failure }
  | { readonly kind: 'linkProven'; readonly proof: Proof }
  /** It was asked how far traffic gets. */
  | { readonly kind: 'reachJudged'; readonly judged: Judged }
  /** `silentMs`: since when nothing was answered; that is when the outage began. */
  | { readonly kind: 'linkDead'; readonly reason: string; readonly silentMs?: number }
  /** The path was measured: it carries packets of `mtu` bytes where the link asked for `asked`. */
  | { readonly kind: 'pathMtuMeasured'; readonly asked: number; readonly mtu: number }
  | UplinksRead
  | UplinkAsked
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'climbed' }
  /** The rung does not exist here, such as a USB port for a modem that is no USB device. */
  | { readonly kind: 'rungSkipped'; readonly reason: string }
  /** The modem's signal was looked at; undefined: it is not known. */
  | { readonly kind: 'signalRead'; readonly signal: Signal | undefined }
  | { readonly kind: 'modemManagerHung' }
  | Reconfigured
  | PlanJudged
  | { readonly kind: 'stopRequested'; readonly keepLink: boolean }
);
