// How far traffic gets: whether it only reaches the carrier, or where it is going. What was asked
// and answered becomes one verdict, and says when to ask again. Pure.

/**
 * `through`: a destination answered as itself, or, where none is named, something beyond the
 * carrier did. `not-through`: the link is alive and neither did. `unclear`: it cannot be told.
 */
export type ReachVerdict = 'through' | 'not-through' | 'unclear';

/**
 * What came of asking one destination. `impostor`: somebody answers who is not the destination (a
 * foreign certificate, no TLS at all). `clock`: its certificate begins after this host's time.
 * `unwell`: it is the destination, and says no. `impossible`: this host could not ask.
 */
export type DestinationOutcome =
  | 'reached'
  | 'silent'
  | 'refused'
  | 'no-name'
  | 'impostor'
  | 'clock'
  | 'unwell'
  | 'impossible';

export interface DestinationAnswer {
  /** As the configuration names it: `tls myhub.azure-devices.net:8883`. */
  readonly by: string;
  readonly outcome: DestinationOutcome;
  /** What happened, in words of ours. */
  readonly detail: string;
  readonly tookMs: number;
}

/** All that one check has seen. */
export interface Evidence {
  /** Those that are named, as far as they were asked: in order, until one was reached. */
  readonly destinations: readonly DestinationAnswer[];
  /** What the carrier's name servers said instead of the address that is known. */
  readonly lie: string | undefined;
  /** Whether anything came in over the link. */
  readonly isAlive: boolean;
  /**
   * What is beyond the carrier and needs no name. `hindered`: the questions did not leave this
   * host, or not over the link. `not-asked`: there is nobody to ask.
   */
  readonly beyond:
    | { readonly outcome: 'connected'; readonly by: string; readonly tookMs: number }
    | { readonly outcome: 'silent' | 'hindered' | 'not-asked' };
}

/** What is told of a check. */
export interface Judged {
  readonly verdict: ReachVerdict;
  /** The destinations of the configuration, or '' where it names none. */
  readonly destination: string;
  /** What answered; '' where nothing did. */
  readonly by: string;
  readonly roundTripMs: number | undefined;
  /** Why it is not through, or cannot be told; '' where there is nothing to say. */
  readonly reason: string;
  /** What a person can do; '' where `reason` is. */
  readonly remedy: string;
  /** Whether the carrier alone answers, so that another session may get further. */
  readonly mayHeal: boolean;
}

/**
 * The name that probes ask for by default. Its answer has 52 bytes and is in every resolver's
 * cache; and it is known: the root server A has had this address since 1997, and every resolver
 * of the world has it built in (RFC 9609), so that no name server has a reason to say another.
 */
export const KNOWN_NAME = 'a.root-servers.net';
const KNOWN_ADDRESS = '198.41.0.4';

/** What `addresses` say of `name` instead of the truth; undefined where nothing is known of it. */
export function lieIn(name: string, addresses: readonly string[]): string | undefined {
  const isKnown = name.toLowerCase().replace(/\.$/, '') === KNOWN_NAME;
  return isKnown && !addresses.includes(KNOWN_ADDRESS) ? addresses[0] : undefined;
}

const ASK_CARRIER =
  'ask the carrier whether the plan is used up and what this APN leads to; where it is a private network, set ' +
  'probe.destination (or probe.targets) to what answers there';

const ASK_PLAN = 'ask the carrier whether the plan is used up or the SIM waits to be activated';

/** The verdict on `evidence`, where `destination` names what the configuration does. */
export function judgeReach(destination: string, evidence: Evidence): Judged {
  const { destinations, beyond } = evidence;
  const told = (verdict: ReachVerdict, more: Partial<Judged> = {}): Judged => ({
    verdict,
    destination,
    by: '',
    roundTripMs: undefined,
    reason: '',
    remedy: '',
    mayHeal: false,
    ...more,
  });
  const reached = destinations.find(({ outcome }) => outcome === 'reached');
  if (reached !== undefined) return told('through', { by: reached.by, roundTripMs: reached.tookMs });
  const isConnected = beyond.outcome === 'connected';
  if (destination === '' && evidence.lie === undefined && isConnected)
    return told('through', { by: beyond.by, roundTripMs: beyond.tookMs });
  const late = destinations.find(({ outcome }) => outcome === 'clock');
  if (late !== undefined) return told('unclear', clockWords(late));
  const hindered = destinations.find(({ outcome }) => outcome === 'impossible');
  if (hindered !== undefined || !evidence.isAlive) return told('unclear');
  return notThrough(evidence, told);
}

function notThrough(
  { destinations, lie, beyond }: Evidence,
  told: (verdict: ReachVerdict, more?: Partial<Judged>) => Judged,
): Judged {
  if (lie !== undefined) {
    const reason = `a portal answers in place of the internet: the carrier's name server says ${lie} for ${KNOWN_NAME}`;
    return told('not-through', { reason, remedy: ASK_PLAN, mayHeal: true });
  }
  const impostor = destinations.find(({ outcome }) => outcome === 'impostor');
  if (impostor !== undefined) {
    const reason = `somebody else answers in place of ${impostor.by}: ${impostor.detail}`;
    const remedy = `${ASK_PLAN}; a CA of your own is named by NODE_EXTRA_CA_CERTS (percept-lte.yaml(5))`;
    return told('not-through', { reason, remedy, mayHeal: beyond.outcome === 'silent' });
  }
  const first = destinations.find(({ outcome }) => outcome === 'unwell') ?? destinations[0];
  if (first !== undefined && (first.outcome === 'unwell' || beyond.outcome !== 'silent')) {
    const who = beyond.outcome === 'connected' ? 'the internet' : 'the carrier';
    const reason =
      first.outcome === 'unwell'
        ? `${first.by} answers, but ${first.detail}`
        : `${who} answers, ${first.by} does not: ${first.detail}`;
    return told('not-through', { reason, remedy: 'check that server, and probe.destination' });
  }
  if (beyond.outcome !== 'silent') return told('unclear');
  const reason = 'the carrier answers, nothing beyond it does: plan used up, or an APN without internet';
  return told('not-through', { reason, remedy: ASK_CARRIER, mayHeal: true });
}

function clockWords({ by, detail }: DestinationAnswer): Partial<Judged> {
  return {
    reason: `the certificate of ${by} cannot be checked: ${detail}`,
    remedy: 'set the clock, or let it be set: timedatectl; chronyc tracking',
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What was found through is looked at again after this; a handshake costs some 6 kB. */
const AGAIN_MS = { beyond: HOUR_MS, destination: 6 * HOUR_MS } as const;

/** After the first, second, … check that was not; the last one repeats. */
const RETRY_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS] as const;

/**
 * How long after a check the next is due.
 * @param checks How often in a row the verdict was the same, this one included.
 */
export function restAfter(verdict: ReachVerdict, destination: string, checks: number): number {
  if (verdict === 'through') return destination === '' ? AGAIN_MS.beyond : AGAIN_MS.destination;
  return RETRY_MS[Math.min(checks, RETRY_MS.length) - 1] ?? HOUR_MS;
}
