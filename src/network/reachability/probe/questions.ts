// From configured targets to the questions that can be asked on this link: who is asked, from which address, at what cost.

import { familyOf } from '../../../ip/address.ts';
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
  /** Never throws; ends soon after `signal` aborts. */
  ask(timeoutMs: number, signal: AbortSignal): Promise<Answer>;
}

export interface Asking {
  readonly runner: CommandRunner;
  /** The link's own addresses; the first of a family is the source of its questions. */
  readonly addresses: readonly string[];
  /** The carrier's name servers. */
  readonly dnsServers: readonly string[];
  readonly targets: readonly ProbeTarget[];
  readonly dnsName: string;
}

/** More of the carrier's servers would only make a dead link's round longer. */
const MAX_CARRIER_SERVERS = 2;

/** The questions in the order of the targets, those that never work here last; without those of a family that the link has no address of. */
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
        ask: (_, signal) => askTcp({ source, address: target.address, port: target.port, signal }),
      }));
    case 'icmp':
      return from(asking, target.address, (source) => ({
        by: `icmp ${target.address}`,
        bytes: ICMP_PROBE_BYTES,
        ask: (timeoutMs, signal) =>
          askIcmp({ runner: asking.runner, source, address: target.address, timeoutMs, signal }),
      }));
  }
}

function dnsQuestion({ addresses, dnsName }: Asking, server: string): Question[] {
  return from({ addresses }, server, (source) => ({
    by: `dns ${server}`,
    bytes: DNS_PROBE_BYTES,
    ask: (timeoutMs, signal) => askDns({ source, server, name: dnsName, timeoutMs, signal }),
  }));
}

function from(asking: Pick<Asking, 'addresses'>, to: string, question: (source: string) => Question): Question[] {
  const family = familyOf(to);
  const source = family === undefined ? undefined : asking.addresses.find((address) => familyOf(address) === family);
  return source === undefined ? [] : [question(source)];
}
