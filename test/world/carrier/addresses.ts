// The carrier's DHCP server and its router, for modems that give no address themselves: a real
// dnsmasq on the far end of wwan0.

import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { carrierLink } from '../agent/link.ts';
import { places } from '../agent/places.ts';

export interface DhcpOffer {
  readonly address: string;
  readonly gateway: string;
  readonly dns: readonly string[];
  readonly mtu?: number;
  /** At least 120, dnsmasq's own limit. */
  readonly leaseSeconds?: number;
}

export interface AddressOffers {
  /** The one IPv4 address that is given out, from a /24. */
  readonly dhcp?: DhcpOffer;
  /** The /64 that is advertised, such as `2001:db8:6c::`; the router is its `1` and fe80::1. */
  readonly prefix6?: string;
}

const leases = `${places.base}/dnsmasq.leases`;

export class AddressServer {
  #offers: AddressOffers = {};
  #process: ChildProcess | undefined;

  /** Serves these from now on, and nothing else; what was given out before is forgotten. */
  async offer(offers: AddressOffers): Promise<void> {
    this.#offers = offers;
    await this.#stop();
    if (offers.dhcp === undefined && offers.prefix6 === undefined) return;
    await rm(leases, { force: true });
    const common = ['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file'];
    const here = [`--interface=${carrierLink}`, '--bind-dynamic', '--no-ping', `--dhcp-leasefile=${leases}`];
    const args = [...common, ...here, ...dhcpArguments(offers.dhcp), ...routerArguments(offers.prefix6)];
    this.#process = spawn('dnsmasq', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      this.#process?.once('spawn', () => resolve());
      this.#process?.once('error', reject);
    });
  }

  /** `ip` lines that make the server's own addresses, and the way to what it gives out. */
  lines(): string[] {
    const { dhcp, prefix6 } = this.#offers;
    const four = dhcp && [
      `address replace ${dhcp.gateway}/24 dev ${carrierLink} noprefixroute`,
      `route replace ${dhcp.address}/32 dev ${carrierLink}`,
      ...dhcp.dns.map((server) => `route replace local ${server} dev lo`),
    ];
    const six = prefix6 && [
      `address replace fe80::1/64 dev ${carrierLink} nodad`,
      `address replace ${prefix6}1/64 dev ${carrierLink} nodad`,
    ];
    return [...(four ?? []), ...(six || [])];
  }

  /** Name servers that must answer. */
  get nameServers(): readonly string[] {
    return this.#offers.dhcp?.dns ?? [];
  }

  async #stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

function dhcpArguments(dhcp: DhcpOffer | undefined): string[] {
  if (dhcp === undefined) return [];
  const { address, gateway, dns, mtu, leaseSeconds = 3600 } = dhcp;
  return [
    '--dhcp-authoritative',
    `--dhcp-range=${address},${address},255.255.255.0,${leaseSeconds}`,
    `--dhcp-option=option:router,${gateway}`,
    `--dhcp-option=option:dns-server,${dns.join(',')}`,
    ...(mtu === undefined ? [] : [`--dhcp-option=option:mtu,${mtu}`]),
  ];
}

function routerArguments(prefix6: string | undefined): string[] {
  return prefix6 === undefined ? [] : ['--enable-ra', `--dhcp-range=${prefix6},ra-only,64,3600`];
}
