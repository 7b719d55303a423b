// What a probe may ask and what may come of it. Types only.

/**
 * As the configuration names them. `dns` without a server: the carrier's, as the bearer reports
 * them.
 */
export type ProbeTarget =
  | { readonly kind: 'dns'; readonly server?: string | undefined }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'icmp'; readonly address: string };

/**
 * What the asking program saw, which need not be true of the link: `answered`: something came back,
 * also a refusal. This host's own firewall refuses too. `unreachable`: an error of routing, which
 * this host, the modem or a router may have sent. `silent`: nothing came back. `impossible`: this
 * host could not even ask (no ping installed, no permission, no such source address).
 */
export type Outcome = 'answered' | 'unreachable' | 'silent' | 'impossible';

export interface Answer {
  readonly outcome: Outcome;
  /** What happened, in the words of whoever reported it. */
  readonly detail: string;
  /** What a name server said, where it said an address. */
  readonly addresses?: readonly string[];
}

/**
 * One question that was asked. `by` names it for people: `dns 198.51.100.53`, `tcp 1.1.1.1:443`,
 * `icmp 8.8.8.8`.
 */
export interface Attempt extends Answer {
  readonly by: string;
  readonly tookMs: number;
}
