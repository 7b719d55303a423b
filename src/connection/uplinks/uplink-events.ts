// The events that tell of the host's other ways out.
import type { BetterWay, WayVerdict } from './better-ways.ts';

/** The better default routes of other interfaces were read. `bytes`: what ours has carried. */
export interface UplinksRead {
  readonly kind: 'uplinksRead';
  readonly ways: readonly BetterWay[];
  readonly bytes: number | undefined;
}

/**
 * A better way was asked. `silentMs`: since when it is silent. `linkReaches`: ours was asked the
 * same, and answers.
 */
export interface UplinkAsked {
  readonly kind: 'uplinkAsked';
  readonly way: Pick<BetterWay, 'family' | 'interface'>;
  readonly verdict: WayVerdict;
  readonly silentMs: number;
  readonly linkReaches: boolean;
  readonly bytes: number | undefined;
}
