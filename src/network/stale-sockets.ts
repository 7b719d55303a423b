// Closes the sockets of addresses that this host has given up, so that programs notice at once what
// TCP would tell them in a quarter of an hour.

import { canonical, familyOf } from '../ip/address.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';

/** `ss` reads the kernel's tables in milliseconds. */
const SS_TIMEOUT_MS = 5_000;

export interface StaleSocketPorts {
  readonly commands: CommandRunner;
  readonly log: Logger;
}

/** Follows which addresses are held, and closes what is bound to one that is held no longer. */
export class StaleSockets {
  readonly #ports: StaleSocketPorts;
  #held: readonly string[] = [];
  #unable = false;

  constructor(ports: StaleSocketPorts) {
    this.#ports = ports;
  }

  /**
   * `held` are the addresses of the link from now on; those of the call before that are not among
   * them are gone. Never rejects.
   */
  async follow(held: readonly string[], signal: AbortSignal): Promise<void> {
    const now = held.map(canonical).filter((address) => familyOf(address) !== undefined);
    const gone = this.#held.filter((address) => !now.includes(address));
    this.#held = now;
    for (const address of gone) if (!signal.aborted) await this.#close(address, signal);
  }

  async #close(address: string, signal: AbortSignal): Promise<void> {
    const options = { timeoutMs: SS_TIMEOUT_MS, signal };
    try {
      // The carrier may have given an address that another interface has: what is bound to it there
      // lives on.
      const still = await this.#ports.commands.run(['ip', '-json', 'address', 'show', 'to', address], options);
      if (still.includes(`"${address}"`)) return;
      const closed = count(await this.#ports.commands.run(ssFor(address, ['-K']), options));
      if (closed === 0) return;
      // A kernel without INET_DIAG_DESTROY refuses each, and `ss` passes over that in silence
      // (iproute2, misc/ss.c): only a second look tells.
      const left = count(await this.#ports.commands.run(ssFor(address, []), options));
      if (left > 0) this.#sayUnable('the kernel was built without INET_DIAG_DESTROY');
      else this.#ports.log.debug({ address, sockets: closed }, 'closed the sockets of an address that is gone');
    } catch (error) {
      if (signal.aborted) return;
      this.#sayUnable(error instanceof CommandError ? error.message : String(error));
    }
  }

  #sayUnable(why: string): void {
    if (this.#unable) return;
    this.#unable = true;
    this.#ports.log.debug(
      { why },
      'sockets of an address that is gone cannot be closed; programs find out by themselves',
    );
  }
}

// `src` of an IPv4 address also finds the sockets of programs that speak IPv4 through IPv6
// (::ffff:…), as the kernel compares them (inet_diag_bc_run). Sockets that only listen are not
// among `connected`: they may be waiting for the address to come back.
function ssFor(address: string, options: readonly string[]): readonly string[] {
  return [
    'ss',
    '-H',
    '-n',
    '-t',
    '-u',
    ...options,
    'state',
    'connected',
    'exclude',
    'time-wait',
    'src',
    literal(address),
  ];
}

/** `ss` takes the colons of a bare IPv6 address for a port. */
function literal(address: string): string {
  return familyOf(address) === 6 ? `[${address}]` : address;
}

function count(lines: string): number {
  return lines.split('\n').filter((line) => line.trim() !== '').length;
}
