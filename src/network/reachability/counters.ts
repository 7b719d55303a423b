// What an interface has carried so far, from sysfs. A reading costs some 0.2 ms, and nothing
// waits for it: the kernel has these files in memory, and threads for them would cost more. Judges
// nothing (traffic.ts does).
import { readFileSync } from 'node:fs';
import { isInterfaceName } from '../../ip/interface-name.ts';

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
}

/** IFF_NOARP (linux/if.h). */
const NO_ARP = 0x80;

/**
 * Reads the interface's counters below `root` (default /sys), and this host's below `proc`;
 * undefined when there is no such interface.
 */
export function readCounters(name: string, root = '/sys', proc = '/proc/self'): Promise<Counters | undefined> {
  return Promise.resolve(countersOf(name, root, proc));
}

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
  const counters = countersOf(name, root, '/proc/self');
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

function countersOf(name: string, root: string, proc: string): Counters | undefined {
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
    const flags = read('flags');
    return { rxBytes, txBytes, rxPackets, hasArp: (flags & NO_ARP) === 0, undelivered: undeliveredOf(proc) };
  } catch (error) {
    // ENODEV: the interface went away between open and read. All else that can fail means the same:
    // nothing to count.
    if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}

/**
 * A packet is counted as received before the hooks of a firewall, and as delivered or forwarded
 * after them (net/ipv4/ip_input.c).
 */
function undeliveredOf(proc: string): number {
  try {
    const [names = '', values = ''] = readFileSync(`${proc}/net/snmp`, 'utf8').match(/^Ip: .*$/gm) ?? [];
    const words = names.split(' ');
    const numbers = values.split(' ').map(Number);
    const count = (name: string) => numbers[words.indexOf(name)] ?? 0;
    return count('InReceives') - count('InDelivers') - count('ForwDatagrams');
  } catch {
    return 0; // no /proc: then it is not told
  }
}
