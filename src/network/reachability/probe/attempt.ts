// What a probe may ask and what may come of it. Types only.

/** As the configuration names them. `dns` without a server: the carrier's, as the bearer reports them. */
export type ProbeTarget =
  | { readonly kind: 'dns'; readonly server?: string | undefined }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'icmp'; readonly address: string };

/**
 * `answered`: something came back, whatever it says. `silent`: nothing did. `impossible`: this host could not even ask (no ping installed,
 * no permission, the source address is not there), which says nothing about the link.
 */
export type Outcome = 'answered' | 'silent' | 'impossible';

/** One question that was asked. `by` names it for people: `dns 198.51.100.53`, `tcp 1.1.1.1:443`, `icmp 8.8.8.8`. */
export interface Attempt {
  readonly by: string;
  readonly outcome: Outcome;
  /** What happened, in the words of whoever reported it. */
  readonly detail: string;
  readonly tookMs: number;
}

/** The answer to one question. */
export type Answer = Omit<Attempt, 'by' | 'tookMs'>;
