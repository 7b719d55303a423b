// Who listens for which signals, and who owns the names that are followed: whose signals are
// believed.
import type { BusSignal, MatchRule } from './bus.ts';
import { DRIVER_NAME } from './driver.ts';
import type { FrameHeader } from './frame.ts';
import { fitsBody, fitsRule } from './match-rule.ts';

export interface Subscription {
  readonly rule: MatchRule;
  readonly listener: (signal: BusSignal) => void;
}

export class Subscriptions {
  readonly #all = new Set<Subscription>();
  /** Unique names by well-known name; '' for nobody. */
  readonly owners = new Map<string, string>();

  add(subscription: Subscription): void {
    this.#all.add(subscription);
    const { sender } = subscription.rule;
    if (sender.startsWith(':')) this.owners.set(sender, sender);
  }

  delete(subscription: Subscription): void {
    this.#all.delete(subscription);
  }

  /** Whether signals of `name` can be told from a stranger's. */
  isKnown(name: string): boolean {
    return name === DRIVER_NAME || name.startsWith(':') || this.owners.has(name);
  }

  /** Whether anybody listens for signals of the connection with that unique name, or of the bus. */
  knows(sender: string): boolean {
    if (sender === DRIVER_NAME) return true;
    for (const owner of this.owners.values()) if (owner === sender && owner !== '') return true;
    return false;
  }

  /** Whether somebody listens for such a signal from its sender. */
  hears(header: FrameHeader): boolean {
    for (const { rule } of this.#all) if (fitsRule(rule, header, this.owners)) return true;
    return false;
  }

  /** Calls the listeners, in the order in which they came. @throws whatever a listener throws */
  tell(header: FrameHeader, body: readonly unknown[]): void {
    const { sender = '', path = '', interface: from = '', member = '' } = header;
    for (const { rule, listener } of this.#all) {
      const isMeant = fitsRule(rule, header, this.owners) && fitsBody(rule, body);
      if (isMeant) listener({ sender, path, interface: from, member, body });
    }
  }
}
