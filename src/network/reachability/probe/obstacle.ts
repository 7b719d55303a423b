// What in this host keeps probes from telling anything. Pure.
import { type Found, found } from '../../../codes/codes.ts';
import type { Attempt } from './attempt.ts';
import type { Detour } from './detour.ts';
import type { AskedOver } from './questions.ts';

type Over = Pick<AskedOver, 'interface' | 'addresses'>;

/** Without its address nothing can be bound to the link; the keeper puts it back, and tells. */
const NO_ADDRESS = /EADDRNOTAVAIL|Cannot assign requested address/;

/** Questions that did not leave over the link; undefined where only its address was missing. */
export function unasked(
  tried: readonly Attempt[],
  detour: Detour | undefined,
  { interface: name, addresses }: Over,
): Found | undefined {
  if (detour !== undefined) {
    const { rule, device } = detour;
    return found('probe-diverted', { interface: name, rule, device, first: goingFirst(detour, addresses[0]?.address) });
  }
  const words = [...new Set(tried.filter(({ outcome }) => outcome === 'impossible').map(({ detail }) => detail))];
  if (words.some((word) => NO_ADDRESS.test(word))) return undefined;
  const said = words.length === 0 ? 'no probe leaves this host' : words.join('; ');
  return found('probe-forbidden', { interface: name, said });
}

/** A rule that refuses, of a link that a ping has proven: it is bound to the interface. */
export function refusedBy(detour: Detour, { interface: name, addresses }: Over): Found {
  const first = goingFirst(detour, addresses[0]?.address);
  return found('rule-refuses', { interface: name, rule: detour.rule, first });
}

const goingFirst = ({ rule }: Detour, address = '') =>
  `let what comes from ${address} go first (ip rule add from ${address} lookup 7700 priority ${before(rule)})`;

/**
 * A priority that goes before the rule, which begins with its own. At 0 it comes after the kernel's
 * rule for local addresses, which is older.
 */
function before(rule: string): number {
  const priority = Number.parseInt(rule, 10);
  return Number.isNaN(priority) ? 100 : Math.max(0, Math.min(100, priority - 1));
}
