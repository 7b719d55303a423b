// Asks whether traffic passes over a link, with what the configuration names, what was learnt at
// its APN, and the day's budget.

import type { Link } from '../../connection/connection.ts';
import type { readCounters } from '../../network/reachability/counters.ts';
import type { ProbeTarget } from '../../network/reachability/probe/attempt.ts';
import { NOTHING_LEARNT, type ProbeMemory } from '../../network/reachability/probe/memory.ts';
import { type ProbeResult, proveReachable } from '../../network/reachability/probe/probe.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import type { DailyBudget } from './daily-budget.ts';

export interface ProbeSettings {
  readonly targets: readonly ProbeTarget[];
  readonly dnsName: string;
}

/**
 * A round of all three default targets, both directions with headers, measured with tcpdump: under
 * this.
 */
const ROUND_BYTES = 600;

export interface ProberPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly settings: () => ProbeSettings;
  readonly counters: typeof readCounters;
  readonly budget: DailyBudget;
}

export class Prober {
  readonly #ports: ProberPorts;
  #learnt: { readonly apn: string; readonly memory: ProbeMemory } = { apn: '', memory: NOTHING_LEARNT };

  constructor(ports: ProberPorts) {
    this.#ports = ports;
  }

  /** Whether the day's budget pays one more round on an idle link. */
  get mayProbeIdle(): boolean {
    return this.#ports.budget.admits(ROUND_BYTES);
  }

  /** Whether any probe was answered over the APN of `link` since the program started. */
  hasAnswered({ apn }: Link): boolean {
    return this.#learnt.apn === apn && this.#learnt.memory.answered.length > 0;
  }

  /** One round over `link`. @throws only the signal's reason, when that aborts */
  async round(link: Link, signal: AbortSignal): Promise<ProbeResult> {
    const { budget, commands, clock, settings, counters } = this.#ports;
    const { targets, dnsName } = settings();
    const memory = this.#learnt.apn === link.apn ? this.#learnt.memory : NOTHING_LEARNT;
    const name = link.wanted.interface;
    const result = await proveReachable({
      commands,
      clock,
      interface: name,
      addresses: link.wanted.addresses,
      dnsServers: link.carrierDns,
      targets,
      dnsName,
      memory,
      counters: () => counters(name),
      signal,
    });
    this.#learnt = { apn: link.apn, memory: result.memory };
    budget.spend(result.bytes);
    return result;
  }
}
