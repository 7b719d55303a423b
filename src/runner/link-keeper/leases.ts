// What the interface has of a DHCP server's already when a link begins: remembered, or found in the
// kernel after a restart of the program.

import type { Link } from '../../connection/connection.ts';
import type { Lease } from '../../network/dhcp/lease.ts';
import { ourAddresses } from '../../network/link/plan.ts';
import { readKernelState } from '../../network/link/read-kernel-state.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';

export interface KnownLease {
  readonly lease: Lease;
  /**
   * It was given for this bearer, to this process. One found in the kernel may be a former
   * session's: it is held, and not relied on.
   */
  readonly confirmed: boolean;
}

export class Leases {
  readonly #commands: CommandRunner;
  readonly #clock: Clock;
  #last: { readonly bearer: string; readonly lease: Lease; readonly atMs: number } | undefined;

  constructor(commands: CommandRunner, clock: Clock) {
    this.#commands = commands;
    this.#clock = clock;
  }

  /** Remembers what the server gave for `link`; undefined: it is valid no more. */
  put(link: Link, lease: Lease | undefined): void {
    const atMs = this.#clock.now().monotonicMs;
    this.#last = lease && { bearer: link.bearer.path, lease, atMs };
  }

  /**
   * What `link`'s interface has, with the seconds that are left of it. @throws LinkError when the
   * kernel cannot be read
   */
  async known(link: Link, signal: AbortSignal): Promise<KnownLease | undefined> {
    const last = this.#last;
    if (last === undefined || last.bearer !== link.bearer.path) return await this.#inKernel(link, signal);
    const { seconds, ...lease } = last.lease;
    if (seconds === undefined) return { lease, confirmed: true };
    const left = seconds - (this.#clock.now().monotonicMs - last.atMs) / 1000;
    return left > 0 ? { lease: { ...lease, seconds: left }, confirmed: true } : undefined;
  }

  async #inKernel({ wanted }: Link, signal: AbortSignal): Promise<KnownLease | undefined> {
    const state = await readKernelState(this.#commands, signal);
    const address = ourAddresses(state).find((a) => a.family === 4 && a.interface === wanted.interface);
    if (address === undefined) return undefined;
    const route = state.routes.find((r) => r.source === address.address && r.destination === 'default');
    const gateway = route?.gateway;
    const { prefixLength } = address;
    return {
      lease: { address: address.address, prefixLength, dns: [], ...(gateway !== undefined && { gateway }) },
      confirmed: false,
    };
  }
}
