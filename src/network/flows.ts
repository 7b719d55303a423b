// Lets flows follow when LTE goes before another uplink, and behind it again. Programs with a
// connection over a dead uplink would wait a quarter of an hour for TCP to give up. What containers
// send follows by itself where it is masqueraded; with a fixed source address (snat) the kernel
// holds on to the old one until its entry goes.

import { familyOf } from '../ip/address.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';
import { isPublic, PRIVATE_NETWORKS } from './private-networks.ts';

const TIMEOUT_MS = 5_000;

/** Beyond so many peers it is a router's table, and its flows end by their own timeouts. */
const MOST_PEERS = 100;

export interface FlowPorts {
  readonly commands: CommandRunner;
  readonly log: Logger;
}

/** What the link goes before, and its own addresses. */
export interface Sources {
  readonly takenOver: readonly string[];
  readonly own: readonly string[];
}

export class Flows {
  readonly #ports: FlowPorts;
  #takenOver: readonly string[] = [];

  constructor(ports: FlowPorts) {
    this.#ports = ports;
  }

  /**
   * To be called when the routes are as they should be. Closes what is connected to public
   * addresses from an uplink that is taken over from now on, and ends the fixed translations of
   * what has another way. Never rejects.
   */
  async follow({ takenOver, own }: Sources, signal: AbortSignal): Promise<void> {
    const before = this.#takenOver;
    this.#takenOver = takenOver;
    const left = takenOver.filter((address) => !before.includes(address));
    const isGivenBack = before.some((address) => !takenOver.includes(address));
    for (const address of left) await this.#closeSockets(address, signal);
    for (const address of [...left, ...(isGivenBack ? own : [])]) await this.#endFlows(address, signal);
  }

  async #closeSockets(address: string, signal: AbortSignal): Promise<void> {
    const family = familyOf(address);
    const literal = (one: string) => (family === 6 ? `[${one}]` : one);
    const elsewhere = PRIVATE_NETWORKS.filter(([network]) => familyOf(network) === family).flatMap(
      ([network, prefixLength]) => ['and', 'not', 'dst', `${literal(network)}/${prefixLength}`],
    );
    const argv = ['ss', '-H', '-n', '-t', '-K', 'state', 'connected', 'exclude', 'time-wait'];
    await this.#run([...argv, 'src', literal(address), ...elsewhere], signal);
  }

  /** Without `conntrack` they end by their own timeouts. */
  async #endFlows(address: string, signal: AbortSignal): Promise<void> {
    const family = familyOf(address) === 6 ? 'ipv6' : 'ipv4';
    const translated = ['-f', family, '--src-nat', address];
    const flows = await this.#run(['conntrack', '-L', ...translated], signal);
    const peers = new Set([...flows.matchAll(/^\S+ .*? dst=(\S+)/gm)].map(([, peer = '']) => peer));
    const lost = [...peers].filter((peer) => familyOf(peer) !== undefined && isPublic(peer));
    if (lost.length > MOST_PEERS) return;
    for (const peer of lost) await this.#run(['conntrack', '-D', ...translated, '--orig-dst', peer], signal);
    if (lost.length > 0)
      this.#ports.log.debug({ address, peers: lost.length }, 'ended flows that have another way now');
  }

  async #run(argv: readonly string[], signal: AbortSignal): Promise<string> {
    try {
      return signal.aborted ? '' : await this.#ports.commands.run(argv, { timeoutMs: TIMEOUT_MS, signal });
    } catch (error) {
      // Not installed, not known to this kernel, or nothing found.
      if (signal.aborted || error instanceof CommandError) return '';
      throw error;
    }
  }
}
