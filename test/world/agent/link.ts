// wwan0 and its other end. Both ends have the same hardware address and no ARP, so that the pair
// behaves like the raw-IP link of a modem: device routes work without a gateway, and nobody asks
// who has an address. With ARP each end has an address of its own, and the far one stands for the
// modem, which answers for whatever is asked for.

import { readFile } from 'node:fs/promises';
import type { Traffic } from '../modem/modem.ts';
import { command } from './command.ts';

export const carrierLink = 'carrier0';

/**
 * The far end's ifindex. Were it wwan0's own, the kernel's link watch would take the pair for one
 * device and, instead of at once, activate the far end up to a second after wwan0 is set up; it
 * drops what it should send until then.
 */
let peerIndex = 1000;

/** The far end's hardware address on a link with ARP. */
const modemMac = '02:50:f3:00:00:01';

/**
 * Creates wwan0 (down, as the kernel's driver leaves it) and its end in the namespace of
 * `carrierPid`; returns wwan0's ifindex.
 */
export async function createLink(mac: string, carrierPid: number, arp: boolean): Promise<number> {
  peerIndex += 1;
  const peer = ['peer', 'name', carrierLink, 'index', String(peerIndex), 'address', arp ? modemMac : mac];
  const netns = ['netns', String(carrierPid)];
  await command('ip', ['link', 'add', 'name', 'wwan0', 'address', mac, 'type', 'veth', ...peer, ...netns]);
  if (!arp) await command('ip', ['link', 'set', 'dev', 'wwan0', 'arp', 'off']);
  return await ifindexOf('wwan0');
}

export async function deleteLink(): Promise<void> {
  await command('ip', ['link', 'delete', 'dev', 'wwan0']);
}

/** The counters of wwan0 as the modem would count them; all 0 while there is no link. */
export async function linkTraffic(): Promise<Traffic> {
  const table = await readFile('/proc/net/dev', 'utf8');
  const row = table.split('\n').find((line) => line.trim().startsWith('wwan0:'));
  const fields = row?.split(':')[1]?.trim().split(/\s+/) ?? [];
  const at = (index: number): bigint => BigInt(fields[index] ?? 0);
  return { receivedBytes: at(0), receivedPackets: at(1), sentBytes: at(8), sentPackets: at(9) };
}

async function ifindexOf(name: string): Promise<number> {
  const text = await command('ip', ['-json', 'link', 'show', 'dev', name]);
  const [link] = JSON.parse(text) as { ifindex: number }[];
  if (link === undefined) throw new Error(`ip shows no ${name}`);
  return link.ifindex;
}
