// From configured targets to the questions that can be asked on this link: who is asked, from
// where, at what cost.

import { contains, familyOf, type Prefix } from '../../../ip/address.ts';
import type { CommandRunner } from '../../../system/command.ts';
import type { Answer, ProbeTarget } from './attempt.ts';
import { askDns, DNS_PROBE_BYTES } from './dns.ts';
import { askIcmp, ICMP_PROBE_BYTES } from './icmp.ts';
import { counts, type ProbeMemory } from './memory.ts';
import { askTcp, TCP_PROBE_BYTES } from './tcp.ts';

export interface Question {
  readonly by: string;
  /** An estimate of what it costs when it is answered. */
  readonly bytes: number;
  /**
   * Where the kernel's rules decide by which way it goes; undefined where it is bound to the
   * interface.
   */
  readonly route: { readonly source: string; readonly address: string } | undefined;
  /** Never rejects; ends soon after `signal` aborts. */
  ask(signal: AbortSignal): Promise<Answer>;
}

/** The link that is asked over, and whom. */
export interface AskedOver {
  readonly commands: CommandRunner;
  readonly interface: string;
  /**
   * The link's own; the first of a family is the source of its questions. Our rule `from ADDRESS`
   * sends what is bound to one over the link, whatever the default route is.
   */
  readonly addresses: readonly Prefix[];
  /** The carrier's name servers, asked by the target `dns`. */
  readonly dnsServers: readonly string[];
  readonly targets: readonly ProbeTarget[];
}

export interface Asking extends AskedOver {
  /** Whether the modem answers for itself on this link (counters.ts). */
  readonly hasArp: boolean;
  readonly dnsName: string;
  /** The longest that any question may take. */
  readonly timeoutMs: number;
}

/** More of the carrier's servers would only make a dead link's round longer. */
const MAX_CARRIER_SERVERS = 2;

/**
 * The questions in the order of the targets, those that never work here last; without those of a
 * family that the link has no address of, and those that the modem itself would answer.
 */
export function questionsFor(asking: Asking, memory: ProbeMemory): readonly Question[] {
  const all = asking.targets.flatMap((target) => questions(asking, target));
  const distinct = all.filter((question, i) => all.findIndex(({ by }) => by === question.by) === i);
  return [...distinct.filter(({ by }) => counts(memory, by)), ...distinct.filter(({ by }) => !counts(memory, by))];
}

function questions(asking: Asking, target: ProbeTarget): Question[] {
  switch (target.kind) {
    case 'dns': {
      const servers = target.server === undefined ? asking.dnsServers.slice(0, MAX_CARRIER_SERVERS) : [target.server];
      return servers.flatMap((server) => dnsQuestion(asking, server));
    }
    case 'tcp':
      return from(asking, target.address, (source) => ({
        by: `tcp ${familyOf(target.address) === 6 ? `[${target.address}]` : target.address}:${target.port}`,
        bytes: TCP_PROBE_BYTES,
        route: { source, address: target.address },
        ask: (signal) => askTcp({ source, address: target.address, port: target.port, signal }),
      }));
    case 'icmp':
      return from(asking, target.address, (source) => ({
        by: `icmp ${target.address}`,
        bytes: ICMP_PROBE_BYTES,
        route: undefined,
        ask: (signal) => askIcmp({ ...asking, source, address: target.address, signal }),
      }));
  }
}

function dnsQuestion(asking: Asking, server: string): Question[] {
  return from(asking, server, (source) => ({
    by: `dns ${server}`,
    bytes: DNS_PROBE_BYTES,
    route: { source, address: server },
    ask: (signal) => askDns({ source, server, name: asking.dnsName, timeoutMs: asking.timeoutMs, signal }),
  }));
}

function from(
  { addresses, hasArp }: Pick<Asking, 'addresses' | 'hasArp'>,
  to: string,
  question: (source: string) => Question,
): Question[] {
  const family = familyOf(to);
  // A modem with a network of its own is its own name server: it answers also when its LTE side is
  // dead.
  if (hasArp && addresses.some((prefix) => familyOf(prefix.address) === family && contains(prefix, to))) return [];
  const source = addresses.find(({ address }) => familyOf(address) === family)?.address;
  return source === undefined ? [] : [question(source)];
}
