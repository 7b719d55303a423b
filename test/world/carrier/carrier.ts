// The carrier's network namespace: the far end of wwan0, the internet behind it, and the faults of
// both. Traffic passes for the modem's live sessions and for nothing else: a former address has no
// way back.

import { readFile } from 'node:fs/promises';
import { command, ipBatch } from '../agent/command.ts';
import { lanLink, lanSetup } from '../agent/ethernet.ts';
import { carrierLink } from '../agent/link.ts';
import type { IpSettings } from '../modem/profile.ts';
import { type AddressOffers, AddressServer } from './addresses.ts';
import { DestinationPort, type DestinationServer } from './destination.ts';
import { DnsServer } from './dns.ts';
import { type EthernetReach, type Filter, openFilter, rulesOf } from './filter.ts';
import { serveTcp } from './tcp.ts';

/**
 * Answers to ping and TCP: the documentation ranges and the well-known resolvers that
 * configurations name.
 */
const internet = [
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '8.8.8.8',
  '8.8.4.4',
  '1.1.1.1',
  '1.0.0.1',
  '9.9.9.9',
];
const internet6 = ['2001:db8:2::/48', '2001:db8:53::/48', '2606:4700:4700::1111', '2001:4860:4860::8888'];
/**
 * A socket binds to an IPv6 address only where an interface has it; a local route does for IPv4.
 */
const nameServer6 = '2001:db8:53::53';
const nameServers = ['198.51.100.53', '198.51.100.54', '8.8.8.8', '1.1.1.1', '9.9.9.9', nameServer6];

/** A session as far as the carrier needs to know it. */
export interface CarriedSession {
  readonly id: number;
  readonly alive: boolean;
  readonly ip: IpSettings;
}

export interface CarrierCounters {
  /** Packets and bytes from (`received`) and to (`sent`) the modem, and the same of eth0's end. */
  readonly modem: LinkCounters;
  readonly ethernet: LinkCounters;
  readonly dnsQueries: number;
  readonly tcpConnections: number;
}

interface LinkCounters {
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
}

export class CarrierControls {
  readonly #dns = new DnsServer();
  readonly #addresses = new AddressServer();
  readonly #destination = new DestinationPort();
  readonly #filter: Filter = openFilter();
  #sessions: readonly CarriedSession[] = [];
  #linked = false;
  #isUp = true;
  #held: readonly string[] = [];
  #tcpConnections = 0;
  #queue: Promise<void> = Promise.resolve();

  /** The internet behind the carrier. Called once. */
  async open(): Promise<void> {
    await ipBatch([
      'link set dev lo up',
      ...internet.map((range) => `route add local ${range} dev lo`),
      ...internet6.map((range) => `route add local ${range} dev lo`),
      `address add ${nameServer6}/128 dev lo nodad`,
    ]);
    await this.#applyFilter();
    await Promise.all([serveTcp(() => this.#count()), ...nameServers.map((address) => this.#dns.serve(address))]);
  }

  /**
   * wwan0's far end is there (anew): it is set up, and the sessions are applied to it. With `arp`
   * it answers for any address.
   */
  async linkAppeared(arp = false): Promise<void> {
    await ipBatch([
      `link set dev ${carrierLink} arp ${arp ? 'on' : 'off'} gso_max_segs 1 addrgenmode none`,
      ...(this.#isUp ? [`link set dev ${carrierLink} up`] : []),
    ]);
    this.#linked = true;
    this.#held = [];
    await this.applySessions(this.#sessions);
  }

  linkDisappeared(): void {
    this.#linked = false;
    this.#held = [];
  }

  ethernetAppeared(): Promise<void> {
    return ipBatch(lanSetup);
  }

  /**
   * Lets traffic follow these sessions. Only session 0 is carried untagged: the kernel gives every
   * other a VLAN of its own.
   */
  applySessions(sessions: readonly CarriedSession[]): Promise<void> {
    this.#sessions = sessions;
    this.#queue = this.#queue.catch(() => {}).then(() => this.#follow());
    return this.#queue;
  }

  /** Swallows everything in both directions without a word (a zombie link); false ends it. */
  async swallow(on = true): Promise<void> {
    this.#filter.swallow = on;
    await this.#applyFilter();
  }

  /** How far what comes by eth0 gets. Its router answers ARP, and its cable is plugged in. */
  async ethernetLeads(to: EthernetReach): Promise<void> {
    this.#filter.ethernet = to;
    await this.#applyFilter();
  }

  /** Loses this many per cent of the packets on eth0, in each direction. */
  async ethernetLoses(percent: number): Promise<void> {
    this.#filter.ethernetLoss = percent;
    await this.#applyFilter();
  }

  /** Drops pings, and everything else of ICMP, towards the internet. */
  async blockIcmp(on = true): Promise<void> {
    this.#filter.blockIcmp = on;
    await this.#applyFilter();
  }

  /** Drops TCP connections to the given ports (none: all TCP passes again). */
  async blockTcp(ports: readonly number[]): Promise<void> {
    this.#filter.blockedTcp = ports;
    await this.#applyFilter();
  }

  /**
   * Drops, silently, IP packets longer than this many bytes (a path-MTU black hole); undefined ends
   * it.
   */
  async smallMtu(bytes?: number): Promise<void> {
    this.#filter.largest = bytes;
    await this.#applyFilter();
  }

  /**
   * Gives addresses out by DHCP and by router advertisements, over a live session; nothing named:
   * neither.
   */
  async serveAddresses(offers: AddressOffers): Promise<void> {
    await this.#addresses.offer(offers);
    await this.applySessions(this.#sessions);
  }

  /**
   * Beside questions to name servers only what goes to `network` passes, '' being none: a plan that
   * is used up, a private network. Undefined ends it.
   */
  async garden(network?: string): Promise<void> {
    this.#filter.garden = network;
    await this.#applyFilter();
  }

  /** Every name leads to this IPv4 address (a portal); undefined ends it. */
  lieInDns(address?: string): void {
    this.#dns.lie = address;
  }

  /** Port 8883 of every address: TLS with a certificate, or what a portal puts in its place. */
  serveDestination(answer: DestinationServer): Promise<void> {
    return this.#destination.serve(answer);
  }

  /** The name servers hear everything and answer nothing. */
  silentDns(on = true): void {
    this.#dns.silent = on;
  }

  /** The far end goes down: wwan0 loses its carrier (LOWER_UP). */
  async down(): Promise<void> {
    this.#isUp = false;
    this.#held = [];
    if (this.#linked) await command('ip', ['link', 'set', 'dev', carrierLink, 'down']);
  }

  async up(): Promise<void> {
    this.#isUp = true;
    if (!this.#linked) return;
    await command('ip', ['link', 'set', 'dev', carrierLink, 'up']);
    this.#held = [];
    await this.applySessions(this.#sessions);
  }

  /** What has passed so far. Links that were unplugged since have taken their counts with them. */
  async counters(): Promise<CarrierCounters> {
    const table = await readFile('/proc/net/dev', 'utf8');
    return {
      modem: countersOf(table, carrierLink),
      ethernet: countersOf(table, lanLink),
      dnsQueries: this.#dns.queries,
      tcpConnections: this.#tcpConnections,
    };
  }

  #count(): void {
    this.#tcpConnections += 1;
  }

  async #follow(): Promise<void> {
    if (!this.#linked) return;
    const session = this.#sessions.find(({ id, alive }) => id === 0 && alive);
    const wanted = session === undefined ? [] : [...linesOf(session.ip), ...this.#addresses.lines()];
    const gone = this.#held.filter((line) => !wanted.includes(line));
    const fresh = wanted.filter((line) => !this.#held.includes(line));
    const remove = gone.map((line) => line.replace(' replace ', ' delete '));
    await ipBatch(remove.reverse(), { force: true });
    await ipBatch(this.#isUp ? fresh : []);
    this.#held = this.#isUp ? wanted : [];
    this.#filter.open = session !== undefined;
    await this.#applyFilter();
    const { ip } = session ?? {};
    const servers = [...(ip?.ipv4?.dns ?? []), ...(ip?.ipv6?.dns ?? []), ...this.#addresses.nameServers];
    for (const server of servers) await this.#dns.serve(server);
  }

  async #applyFilter(): Promise<void> {
    await command('nft', ['-f', '-'], rulesOf(this.#filter));
  }
}

/**
 * `ip` lines that make a session's address reachable, its gateway exist and its name servers local.
 */
function linesOf({ ipv4, ipv6 }: IpSettings): string[] {
  const four =
    ipv4?.address === undefined
      ? []
      : [
          ...(ipv4.gateway === undefined ? [] : [`address replace ${ipv4.gateway}/32 dev ${carrierLink}`]),
          `route replace ${ipv4.address}/32 dev ${carrierLink}${ipv4.mtu === undefined ? '' : ` mtu ${ipv4.mtu}`}`,
        ];
  const six =
    ipv6 === undefined
      ? []
      : [
          ...(ipv6.gateway === undefined ? [] : [`address replace ${ipv6.gateway}/128 dev ${carrierLink} nodad`]),
          `route replace ${ipv6.address}/128 dev ${carrierLink}`,
        ];
  const dns4 = (ipv4?.dns ?? []).map((server) => `route replace local ${server} dev lo`);
  const dns6 = (ipv6?.dns ?? []).filter((server) => server !== nameServer6);
  return [...four, ...dns4, ...six, ...dns6.map((server) => `address replace ${server}/128 dev lo nodad`)];
}

function countersOf(table: string, name: string): LinkCounters {
  const row = table.split('\n').find((line) => line.trim().startsWith(`${name}:`));
  const fields = (row?.split(':')[1] ?? '').trim().split(/\s+/).map(Number);
  const at = (index: number): number => fields[index] ?? 0;
  return { receivedBytes: at(0), receivedPackets: at(1), sentBytes: at(8), sentPackets: at(9) };
}
