// What in this host keeps probes from telling anything, each a sentence with its remedy. Pure.
import type { Attempt } from './attempt.ts';
import type { Detour } from './detour.ts';
import type { AskedOver } from './questions.ts';

const UNTOLD = (name: string) => `it cannot be told whether ${name} carries traffic:`;

/** Questions that did not leave over the link. */
export function describeUnasked(
  tried: readonly Attempt[],
  detour: Detour | undefined,
  { interface: name, addresses }: Pick<AskedOver, 'interface' | 'addresses'>,
): string {
  const remedy = `or set probe.targets to what does pass by ${name}`;
  if (detour !== undefined) {
    const does = detour.device === undefined ? 'refuses the probes' : `sends the probes by ${detour.device}`;
    const first = goingFirst(detour, addresses[0]?.address);
    return `${UNTOLD(name)} the rule "${detour.rule}" of this host, ahead of ours, ${does}. Remedy: ${first}, ${remedy}`;
  }
  const words = [...new Set(tried.filter(({ outcome }) => outcome === 'impossible').map(({ detail }) => detail))];
  const said = words.length === 0 ? 'no probe leaves this host' : words.join('; ');
  return (
    `${UNTOLD(name)} a firewall or route of this host forbids the probes ` +
    `(${said}). Remedy: allow what leaves by ${name} (nft list ruleset; ip route), ${remedy}`
  );
}

/** A rule that refuses, of a link that a ping has proven: it is bound to the interface. */
export function describeRefusal(
  detour: Detour,
  { interface: name, addresses }: Pick<AskedOver, 'interface' | 'addresses'>,
): string {
  return (
    `the rule "${detour.rule}" of this host, ahead of ours, refuses all but what is bound to ${name}. ` +
    `Remedy: take the rule away, or ${goingFirst(detour, addresses[0]?.address)}`
  );
}

const goingFirst = ({ rule }: Detour, address = '') =>
  `let what comes from ${address} go first (ip rule add from ${address} lookup 7700 priority ${before(rule)})`;

/** A priority that goes before the rule, which begins with its own. */
const before = (rule: string): number => Math.max(1, Math.min(100, Number.parseInt(rule, 10) - 1 || 100));

/** Answers that a firewall of this host drops. */
export function describeDropped(name: string): string {
  return (
    `${UNTOLD(name)} answers reach ${name} and are dropped on this host. Remedy: look at the firewall's input chain, and ` +
    `accept what is established or comes in by ${name} (nft list ruleset; iptables -S INPUT)`
  );
}

/** Answers that a bridge, bond or VRF takes. */
export function describeMaster(name: string, master: string): string {
  return `${UNTOLD(name)} no answer comes while it is a port of ${master}. Remedy: ip link set ${name} nomaster`;
}
