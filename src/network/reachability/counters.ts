// What an interface has carried so far, from sysfs. Two files a reading cost less than 0.1 ms; judges nothing (traffic.ts does).
import { readFile } from 'node:fs/promises';
import { isInterfaceName } from '../../ip/interface-name.ts';

export interface Counters {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
}

/** Reads the interface's counters below `root` (default /sys); undefined when there is no such interface. */
export async function readCounters(name: string, root = '/sys'): Promise<Counters | undefined> {
  if (!isInterfaceName(name)) return undefined;
  const read = async (counter: string) => {
    const text = await readFile(`${root}/class/net/${name}/statistics/${counter}`, 'utf8');
    if (!/^\d+\s*$/.test(text)) throw new TypeError(`${counter} of ${name} is no number`);
    return Number(text);
  };
  try {
    const [rxBytes, txBytes, rxPackets, txPackets] = await Promise.all([
      read('rx_bytes'),
      read('tx_bytes'),
      read('rx_packets'),
      read('tx_packets'),
    ]);
    return { rxBytes, txBytes, rxPackets, txPackets };
  } catch (error) {
    // ENODEV: the interface went away between open and read. Everything else that can fail here means the same: nothing to count.
    if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
