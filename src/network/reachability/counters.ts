// What an interface has carried so far, from sysfs. A reading costs some 0.2 ms, and nothing
// waits for it: the kernel has these files in memory, and threads for them would cost more. Judges
// nothing (traffic.ts does).
import { readFileSync } from 'node:fs';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { codeOf } from '../../system/error-code.ts';

export interface Counters {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  /**
   * Whether the interface resolves addresses. A raw IP link of a modem does not (IFF_NOARP). One
   * that does ends in a small host inside the modem, which answers ARP, DHCP and often DNS also
   * while its LTE side is dead.
   */
  readonly hasArp: boolean;
  /**
   * IPv4 packets that this host has received, by whichever interface, and neither took nor
   * forwarded: what its firewall drops on input, mostly. 0 where /proc does not tell.
   */
  readonly undelivered?: number;
  /**
   * IP packets of both families that reached this host's IP layer, but for its own over lo. Never
   * too few: one that the kernel has merged counts as what it was made of, as by the interface.
   * What is dropped before that layer (nft's ingress hook, tc, XDP) is missing. Undefined where
   * /proc does not tell.
   */
  readonly reachedIp?: number | undefined;
  /** Whether this host forwards: a flow table takes what it forwards past the IP layer. */
  readonly forwards?: boolean;
}

/** IFF_NOARP (linux/if.h). */
const NO_ARP = 0x80;

/**
 * Reads the interface's counters below `root` (default /sys), and this host's below `proc`;
 * undefined when there is no such interface.
 */
export function readCounters(name: string, root = '/sys', proc = '/proc/self'): Promise<Counters | undefined> {
  const counters = ofInterface(name, root);
  // After the interface's own, so that none of what these miss has come meanwhile.
  return Promise.resolve(counters && { ...counters, ...hostCounts(root, proc) });
}

/** Reads the counters of a host whose files are below `root`. */
export const countersBelow =
  (root: string) =>
  (name: string): Promise<Counters | undefined> =>
    readCounters(name, `${root}/sys`, `${root}/proc/self`);

/** The bytes of one interface. One that is made anew, also under the same name, is another. */
export interface InterfaceBytes {
  /** Its name and its index, which the kernel gives once a boot. */
  readonly instance: string;
  readonly rxBytes: number;
  readonly txBytes: number;
}

/** Reads the interface's bytes; undefined where there is none, or another came meanwhile. */
export function readInterfaceBytes(name: string, root = '/sys'): InterfaceBytes | undefined {
  const before = indexOf(name, root);
  const counters = ofInterface(name, root);
  if (counters === undefined || before === undefined || indexOf(name, root) !== before) return undefined;
  return { instance: `${name} ${before}`, rxBytes: counters.rxBytes, txBytes: counters.txBytes };
}

function indexOf(name: string, root: string): string | undefined {
  if (!isInterfaceName(name)) return undefined;
  try {
    return readFileSync(`${root}/class/net/${name}/ifindex`, 'utf8').trim();
  } catch {
    return undefined; // it went away
  }
}

function ofInterface(name: string, root: string): Counters | undefined {
  if (!isInterfaceName(name)) return undefined;
  const read = (file: string) => {
    const text = readFileSync(`${root}/class/net/${name}/${file}`, 'utf8');
    if (!/^(\d+|0x[\da-f]+)\s*$/i.test(text)) throw new TypeError(`${file} of ${name} is no number`);
    return Number(text);
  };
  try {
    const [rxBytes, txBytes, rxPackets] = [
      read('statistics/rx_bytes'),
      read('statistics/tx_bytes'),
      read('statistics/rx_packets'),
    ];
    return { rxBytes, txBytes, rxPackets, hasArp: (read('flags') & NO_ARP) === 0 };
  } catch (error) {
    // ENODEV: the interface went away between open and read. All else that can fail means the same:
    // nothing to count.
    if (error instanceof TypeError || codeOf(error) !== '') return undefined;
    throw error;
  }
}

/** Those with which IP counts all that comes in, by the mark for congestion (RFC 3168). */
const ARRIVALS = ['InNoECTPkts', 'InECT1Pkts', 'InECT0Pkts', 'InCEPkts'];

/**
 * A packet is counted as received before the hooks of a firewall, and as delivered or forwarded
 * after them (net/ipv4/ip_input.c).
 */
function hostCounts(root: string, proc: string): Pick<Counters, 'undelivered' | 'reachedIp' | 'forwards'> {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return ''; // no /proc, or no IPv6: then it is not told
    }
  };
  const ip = tableOf(read(`${proc}/net/snmp`), 'Ip');
  const of = (name: string) => ip.get(name) ?? 0;
  const undelivered = of('InReceives') - of('InDelivers') - of('ForwDatagrams');
  const arrived4 = tableOf(read(`${proc}/net/netstat`), 'IpExt');
  const own = Number.parseInt(read(`${root}/class/net/lo/statistics/rx_packets`), 10);
  if (!arrived4.has('InNoECTPkts') || Number.isNaN(own)) return { undelivered };
  const arrived6 = new Map(
    [...read(`${proc}/net/snmp6`).matchAll(/^Ip6(\w+)\s+(\d+)$/gm)].map(([, name = '', n]) => [name, Number(n)]),
  );
  const sum = ARRIVALS.reduce((all, name) => all + (arrived4.get(name) ?? 0) + (arrived6.get(name) ?? 0), 0);
  return { undelivered, reachedIp: sum - own, forwards: of('Forwarding') === 1 };
}

/** Two lines of /proc: one of names, and one of numbers. */
function tableOf(text: string, title: string): ReadonlyMap<string, number> {
  const [names = '', values = ''] = text.match(new RegExp(`^${title}: .*$`, 'gm')) ?? [];
  const numbers = values.split(' ').map(Number);
  return new Map(names.split(' ').map((name, index) => [name, numbers[index] ?? 0]));
}
