// Looks, rarely, for what is around the link and could do it harm: others who manage the modem,
// networks that overlap with the carrier's, routes that refuse, a filter that drops what comes in.
// Says so with the remedy; changes nothing.
import { type Found, found } from '../../codes/codes.ts';
import type { Link } from '../../connection/connection.ts';
import type { Warnings } from '../../daemon/warnings.ts';
import type { Bus } from '../../dbus/bus.ts';
import { familyOf } from '../../ip/address.ts';
import { sysctlName } from '../../ip/interface-name.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import type { Logger } from '../../system/log.ts';
import { readKernelState } from '../link/read-kernel-state.ts';
import { findOverlaps } from './overlap.ts';
import { refusingRoutes } from './refusing-routes.ts';
import { findRivals } from './rivals.ts';
import { answersLeaveBy, reversePathFilter } from './rp-filter.ts';

export interface ConflictWatchPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly commands: CommandRunner;
  readonly log: Logger;
  readonly warnings: Warnings;
  /** What stands before each path of the host's own files; mostly ''. */
  readonly root: string;
  /** Names of the modem's ports. */
  readonly ports: () => readonly string[];
}

/**
 * Looking costs a few calls and processes: not more often than this, however often the link
 * changes.
 */
const REST_MS = 10_000;

export class ConflictWatch {
  readonly #ports: ConflictWatchPorts;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking = false;

  constructor(ports: ConflictWatchPorts) {
    this.#ports = ports;
  }

  /**
   * Looks around `link` now, or when the last look is long enough ago. Returns at once; what is
   * found goes to the warnings.
   */
  check(link: Link, signal: AbortSignal): void {
    if (this.#checking) return;
    this.#checking = true;
    const { clock, log } = this.#ports;
    const restMs = Math.max(0, this.#checkedAt + REST_MS - clock.now().monotonicMs);
    clock
      .sleep(restMs, signal)
      .then(() => this.#checkNow(link, signal))
      .catch((error: unknown) => {
        // A hint less; the bus and the tools have others who watch over them. A link that went has
        // a successor that is looked around.
        if (!signal.aborted) log.debug({ err: error }, 'could not look who else configures the network');
      })
      .finally(() => {
        this.#checking = false;
      });
  }

  async #checkNow(link: Link, signal: AbortSignal): Promise<void> {
    const { bus, clock, commands, ports, root, warnings } = this.#ports;
    this.#checkedAt = clock.now().monotonicMs;
    const name = link.wanted.interface;
    const rivals = await findRivals({ bus, interface: name, ports: ports(), root, signal });
    warnings.set(
      'coexistence',
      rivals.map(({ reason: text, remedy }) => found('other-managers', { text, remedy })),
    );
    const state = await readKernelState(commands, signal);
    const overlaps = findOverlaps(state, name, addressesOf(link));
    warnings.set(
      'overlap',
      overlaps.map((overlap) => found('network-overlap', overlap)),
    );
    const refusing = await refusingRoutes(commands, link.wanted, signal);
    warnings.set(
      'refusing routes',
      refusing.map((route) => found('route-refuses', { ...route, interface: name })),
    );
    warnings.set('rp_filter', await this.#strictFilter(link, signal));
  }

  /**
   * Our rule `from ADDRESS` satisfies a strict filter, unless a rule of somebody else comes before
   * it.
   */
  async #strictFilter({ wanted }: Link, signal: AbortSignal): Promise<readonly Found[]> {
    const own = wanted.addresses.find(({ address }) => familyOf(address) === 4)?.address;
    const { commands, root } = this.#ports;
    if (own === undefined || (await reversePathFilter(wanted.interface, root)) !== 'strict') return [];
    const by = await answersLeaveBy(commands, own, signal);
    if (by === undefined || by === wanted.interface) return [];
    const { interface: name } = wanted;
    return [found('rp-filter', { interface: name, sysctl: sysctlName(name), address: own, by })];
  }
}

function addressesOf({ wanted, carrierDns, dns }: Link): readonly string[] {
  const gateways = [wanted.gateway4, wanted.gateway6].filter((gateway) => gateway !== undefined);
  const servers = [...dns, ...carrierDns];
  return [...new Set([...wanted.addresses.map(({ address }) => address), ...gateways, ...servers])];
}
