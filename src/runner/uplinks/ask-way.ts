// Asks whether an uplink leads to the internet, from its own address.

import type { BetterWay, WayVerdict } from '../../connection/uplinks/better-ways.ts';
import { bitsOf, type Family, familyOf, type Prefix } from '../../ip/address.ts';
import type { readCounters } from '../../network/reachability/counters.ts';
import type { ProbeTarget } from '../../network/reachability/probe/attempt.ts';
import { internetTargets } from '../../network/reachability/probe/internet-targets.ts';
import { NOTHING_LEARNT, type ProbeMemory } from '../../network/reachability/probe/memory.ts';
import { type ProbeResult, proveReachable } from '../../network/reachability/probe/probe.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';

export interface AskWayPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly counters: typeof readCounters;
  /** Whether our own link may not be asked, since its data plan is used up. */
  readonly isQuiet: () => boolean;
  /** Told what asking our own link has cost, in bytes. */
  readonly spent: (bytes: number) => void;
  readonly settings: () => { readonly targets: readonly ProbeTarget[]; readonly dnsName: string };
}

export class WayAsker {
  readonly #ports: AskWayPorts;
  /** What was learnt of each interface and family: which of the targets are filtered there. */
  readonly #learnt = new Map<string, ProbeMemory>();

  constructor(ports: AskWayPorts) {
    this.#ports = ports;
  }

  /** One round of at most 3 s through a way. @throws only the signal's reason, when that aborts */
  async ask(way: BetterWay, signal: AbortSignal): Promise<WayVerdict> {
    const { family, interface: name, source } = way;
    if (source === undefined) return 'unclear';
    const key = `${name} ${family}`;
    const memory = this.#learnt.get(key) ?? NOTHING_LEARNT;
    const result = await this.#round(name, family, [{ address: source, prefixLength: bitsOf(family) }], memory, signal);
    this.#learnt.set(key, result.memory);
    return result.verdict === 'alive' ? 'answers' : result.verdict;
  }

  /**
   * Whether our own link answers to the same. Received traffic is no answer: a private network has
   * that too. @throws only the signal's reason, when that aborts
   */
  async linkReaches(
    link: { readonly interface: string; readonly addresses: readonly Prefix[] },
    family: Family,
    signal: AbortSignal,
  ): Promise<boolean> {
    const addresses = link.addresses.filter(({ address }) => familyOf(address) === family);
    if (addresses.length === 0 || this.#ports.isQuiet()) return false;
    const result = await this.#round(link.interface, family, addresses, NOTHING_LEARNT, signal);
    this.#ports.spent(result.bytes);
    return result.verdict === 'alive' && result.roundTripMs !== undefined;
  }

  #round(
    name: string,
    family: Family,
    addresses: readonly Prefix[],
    memory: ProbeMemory,
    signal: AbortSignal,
  ): Promise<ProbeResult> {
    const { commands, clock, counters, settings } = this.#ports;
    const { targets, dnsName } = settings();
    return proveReachable({
      commands,
      clock,
      interface: name,
      addresses,
      dnsServers: [],
      targets: internetTargets(targets, family),
      dnsName,
      memory,
      counters: () => counters(name),
      signal,
    });
  }
}
