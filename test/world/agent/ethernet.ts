// eth0, the board's other way out, in worlds that have one: a second link to the same carrier
// namespace with a default route of metric 100, as a DHCP client would have left it.

import { command, ipBatch } from './command.ts';

export const lanLink = 'lan0';
export const lan = '192.168.77.0/24';
export const lan6 = '2001:db8:77::/64';
const router = '192.168.77.1';
const board = '192.168.77.2';
const router6 = '2001:db8:77::1';
const board6 = '2001:db8:77::2';

/** What the router's end of the link needs. */
export const lanSetup = [
  `address add ${router}/24 dev ${lanLink}`,
  `address add ${router6}/64 dev ${lanLink} nodad`,
  `link set dev ${lanLink} up`,
];

export class EthernetControls {
  /** Plugs the cable in: address 192.168.77.2/24 and a default route with metric 100. */
  up(): Promise<void> {
    return ipBatch([
      'link set dev eth0 up',
      `address replace ${board}/24 dev eth0`,
      `route replace default via ${router} dev eth0 proto dhcp metric 100`,
    ]);
  }

  /** As `up`, with IPv6: 2001:db8:77::2/64. */
  up6(): Promise<void> {
    return ipBatch([
      'link set dev eth0 up',
      `address replace ${board6}/64 dev eth0 nodad`,
      `route replace ::/0 via ${router6} dev eth0 proto ra metric 100`,
    ]);
  }

  /** Pulls the cable: the address goes, and the route with it. */
  down(): Promise<void> {
    return ipBatch(['address flush dev eth0', 'link set dev eth0 down']);
  }
}

/** The index keeps the two ends apart, for the reason given in link.ts. */
export async function createEthernet(carrierPid: number): Promise<void> {
  const peer = ['peer', 'name', lanLink, 'index', '2000', 'netns', String(carrierPid)];
  await command('ip', ['link', 'add', 'name', 'eth0', 'type', 'veth', ...peer]);
}
