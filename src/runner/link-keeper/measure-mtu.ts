// Measures once for each new link how large a packet its path carries. What is known of the path
// already is not measured again.

import type { Link } from '../../connection/connection.ts';
import { measurePath, readInterfaceMtu } from '../../network/reachability/path-mtu.ts';
import type { ProbeTarget } from '../../network/reachability/probe/attempt.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';

export interface MeasureMtuPorts {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly targets: () => readonly ProbeTarget[];
  /** Whether nothing may be asked, since the data plan is used up. */
  readonly isQuiet: () => boolean;
}

/**
 * Where nothing could be concluded, this long nothing is tried: such carriers filter, and would
 * answer no better a minute later.
 */
const REST_MS = 6 * 3_600_000;

export class MtuMeter {
  readonly #ports: MeasureMtuPorts;
  readonly #restUntil = new Map<string, number>();

  constructor(ports: MeasureMtuPorts) {
    this.#ports = ports;
  }

  /**
   * Measures the path of `link` and tells what it carries. Rejects only with the signal's reason.
   */
  async measure(link: Link, emit: (what: Happening) => void, signal: AbortSignal): Promise<void> {
    const { clock, commands, isQuiet, log } = this.#ports;
    const source = link.wanted.addresses[0]?.address;
    if (link.mtuSettled === true || source === undefined || isQuiet()) return;
    if (clock.now().monotonicMs < (this.#restUntil.get(link.apn) ?? 0)) return;
    const mtu = link.wanted.mtu ?? (await readInterfaceMtu(link.wanted.interface));
    if (mtu === undefined) return;
    const verdict = await measurePath({ commands, source, targets: this.#targetsOf(link), mtu, signal });
    switch (verdict.kind) {
      case 'fits':
        emit({ kind: 'pathMtuMeasured', asked: mtu, mtu });
        return;
      case 'smaller':
        emit({ kind: 'pathMtuMeasured', asked: mtu, mtu: verdict.mtu });
        return;
      case 'unknown':
        this.#restUntil.set(link.apn, clock.now().monotonicMs + REST_MS);
        log.debug({ why: verdict.why, mtu }, 'the MTU of the path cannot be measured');
    }
  }

  /**
   * Those that a person named for probes, echo targets first; the carrier's name servers, whose
   * path is short, last.
   */
  #targetsOf({ carrierDns }: Link): readonly string[] {
    const targets = this.#ports.targets();
    const addresses = [
      ...targets.flatMap((target) => (target.kind === 'icmp' ? [target.address] : [])),
      ...targets.flatMap((target) => (target.kind === 'tcp' ? [target.address] : [])),
      ...targets.flatMap((target) => (target.kind === 'dns' && target.server !== undefined ? [target.server] : [])),
      ...carrierDns,
    ];
    return [...new Set(addresses)];
  }
}
