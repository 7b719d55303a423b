// Match rules: their text for the bus, and whether a signal belongs to one.
import type { BusSignal, MatchRule } from './bus.ts';
import { DRIVER_NAME } from './driver.ts';

/**
 * The rule in the words of AddMatch (D-Bus specification, "Match Rules"). No value of ours contains
 * an apostrophe.
 */
export function matchRuleText(rule: MatchRule): string {
  const keys: Record<keyof MatchRule, string> = {
    sender: 'sender',
    path: 'path',
    pathNamespace: 'path_namespace',
    interface: 'interface',
    member: 'member',
    arg0: 'arg0',
  };
  const parts = (Object.keys(keys) as (keyof MatchRule)[])
    .filter((key) => rule[key] !== undefined)
    .map((key) => `${keys[key]}='${rule[key]}'`);
  return ["type='signal'", ...parts].join(',');
}

/**
 * Whether a signal belongs to a rule, as far as its header tells: the bus sends the union of all
 * rules of a connection, and what anybody sends to us alone. `owners` are the unique names by
 * well-known name.
 */
export function fitsRule(
  rule: MatchRule,
  signal: Partial<Omit<BusSignal, 'body'>>,
  owners: ReadonlyMap<string, string>,
): boolean {
  const isUnique = rule.sender === DRIVER_NAME || rule.sender.startsWith(':');
  const { pathNamespace: space } = rule;
  return (
    signal.sender === (isUnique ? rule.sender : owners.get(rule.sender)) &&
    (rule.path === undefined || rule.path === signal.path) &&
    (space === undefined || signal.path === space || signal.path?.startsWith(`${space}/`) === true) &&
    (rule.interface === undefined || rule.interface === signal.interface) &&
    (rule.member === undefined || rule.member === signal.member)
  );
}

/** The rest of the rule, for which the body must be known. */
export const fitsBody = (rule: MatchRule, body: readonly unknown[]): boolean =>
  rule.arg0 === undefined || rule.arg0 === body[0];
