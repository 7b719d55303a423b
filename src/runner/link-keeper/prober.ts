// One round of probes over a link, with what is remembered between rounds: which targets work at this carrier, and the day's bytes.

import type { Link } from '../../connection/connection.ts';
import { readCounters } from '../../network/reachability/counters.ts';
import type { ProbeTarget } from '../../network/reachability/probe/attempt.ts';
import { admits, NOTHING_SPENT, type ProbeBudget, spend } from '../../network/reachability/probe/budget.ts';
import { NOTHING_LEARNT, type ProbeMemory } from '../../network/reachability/probe/memory.ts';
import { type ProbeResult, proveReachable } from '../../network/reachability/probe/probe.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';

export interface ProbeSettings {
  readonly targets: readonly ProbeTarget[];
  readonly dnsName: string;
  readonly dailyBytes: number;
}

/** A round of all three default targets, both directions with headers, measured with tcpdump: under this. */
const ROUND_BYTES = 600;

export class Prober {
  readonly #runner: CommandRunner;
  readonly #clock: Clock;
  readonly #settings: () => ProbeSettings;
  #learnt: { readonly apn: string; readonly memory: ProbeMemory } = { apn: '', memory: NOTHING_LEARNT };
  #spent: ProbeBudget = NOTHING_SPENT;

  constructor(runner: CommandRunner, clock: Clock, settings: () => ProbeSettings) {
    this.#runner = runner;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Whether the day's budget pays one more round on an idle link. Suspicion is always probed: it ends in proof or recovery. */
  get mayProbeIdle(): boolean {
    return admits(this.#spent, this.#settings().dailyBytes, ROUND_BYTES, this.#clock.now().monotonicMs);
  }

  /** One round over `link`. @throws only the signal's reason, when that aborts */
  async round(link: Link, signal: AbortSignal): Promise<ProbeResult> {
    const { targets, dnsName } = this.#settings();
    const memory = this.#learnt.apn === link.apn ? this.#learnt.memory : NOTHING_LEARNT;
    const result = await proveReachable({
      runner: this.#runner,
      clock: this.#clock,
      addresses: link.wanted.addresses.map(({ address }) => address),
      dnsServers: [...link.bearer.ip4Config.dns, ...link.bearer.ip6Config.dns],
      targets,
      dnsName,
      memory,
      receivedBytes: async () => (await readCounters(link.wanted.interface))?.rxBytes,
      signal,
    });
    this.#learnt = { apn: link.apn, memory: result.memory };
    this.#spent = spend(this.#spent, result.bytes, this.#clock.now().monotonicMs);
    return result;
  }
}
