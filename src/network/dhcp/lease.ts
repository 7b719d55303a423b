// What a DHCP client reports, line by line, and what of it may become an address: a lease comes
// from the network and is not trusted.
import * as z from 'zod/mini';
import { familyOf, isHostAddress } from '../../ip/address.ts';
import { LEAST_MTU, MOST_MTU } from '../../ip/mtu.ts';

/** An IPv4 address that a DHCP server gave, checked. */
export interface Lease {
  readonly address: string;
  /** Prefix length in bits. */
  readonly prefixLength: number;
  readonly gateway?: string;
  readonly dns: readonly string[];
  /** Bytes. */
  readonly mtu?: number;
  /** How long it is valid from now on; absent when the server did not say. */
  readonly seconds?: number;
}

/**
 * `begins`: the client runs and its reports arrive. `lost`: what it had it has no more, or it got
 * nothing.
 */
export type DhcpReport =
  | { readonly kind: 'begins' }
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'nonsense'; readonly why: string };

/** What begins a line of ours: clients print on standard output too. */
const MARK = 'percept-lte-dhcp';

/**
 * What the clients run at each event instead of their own script. It configures nothing. udhcpc
 * names the event in its argument, dhclient and dhcpcd in $reason. A TIMEOUT of dhclient offers an
 * old lease that no server confirmed: refused by the exit code (dhclient-script(8)).
 */
export const REPORT_SCRIPT = `#!/bin/sh
# Tells percept-lte what the DHCP client got. Configures nothing: percept-lte does.
event="\${1:-$reason}"
printf '${MARK}\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$event" "\${ip:-$new_ip_address}" "\${subnet:-$new_subnet_mask}" \\
  "\${router:-$new_routers}" "\${dns:-$new_domain_name_servers}" "\${mtu:-$new_interface_mtu}" "\${lease:-$new_dhcp_lease_time}"
[ "$event" != TIMEOUT ]
`;

const GOT: ReadonlySet<string> = new Set(['bound', 'renew', 'BOUND', 'RENEW', 'REBIND', 'REBOOT']);
const LOST: ReadonlySet<string> = new Set(['deconfig', 'nak', 'leasefail', 'EXPIRE', 'FAIL', 'NAK', 'STOP', 'STOPPED']);

/** As many name servers as resolv.conf(5) reads. */
const MAX_SERVERS = 3;

/** Prefix lengths by netmask; only contiguous ones exist. */
const PREFIX_LENGTHS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 32 }, (_, i) => {
    const bits = 0xffffffff << (31 - i);
    return [[24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.'), i + 1];
  }),
);

// What is worth applying is decided where the link is made.
const mtuText = z.coerce.number().check(z.int(), z.gte(LEAST_MTU[4]), z.lte(MOST_MTU));
const secondsText = z.coerce.number().check(z.int(), z.gte(1), z.lte(0xffffffff));

/** The report in a line of a client's output; undefined for a line that is none. */
export function parseReport(line: string): DhcpReport | undefined {
  const [mark, event = '', address = '', mask = '', routers = '', dns = '', mtu = '', seconds = ''] = line.split('\t');
  if (mark !== MARK) return undefined;
  if (LOST.has(event)) return { kind: 'lost', why: event };
  if (!GOT.has(event)) return { kind: 'begins' };
  const prefixLength = mask === '' ? 32 : PREFIX_LENGTHS.get(mask);
  if (familyOf(address) !== 4 || !isHostAddress(address)) return nonsense('address', address);
  if (prefixLength === undefined) return nonsense('netmask', mask);
  const [gateway] = addressesIn(routers);
  const checkedMtu = mtu === '' ? undefined : mtuText.safeParse(mtu).data;
  const checkedSeconds = seconds === '' ? undefined : secondsText.safeParse(seconds).data;
  return {
    kind: 'lease',
    lease: {
      address,
      prefixLength,
      ...(gateway !== undefined && { gateway }),
      dns: addressesIn(dns).slice(0, MAX_SERVERS),
      ...(checkedMtu !== undefined && { mtu: checkedMtu }),
      // RFC 2131 §3.3: all ones is for ever.
      ...(checkedSeconds !== undefined && checkedSeconds !== 0xffffffff && { seconds: checkedSeconds }),
    },
  };
}

function addressesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => familyOf(word) === 4 && isHostAddress(word));
}

function nonsense(what: string, text: string): DhcpReport {
  // JSON.stringify keeps control characters from the network out of the journal.
  return { kind: 'nonsense', why: `the server gave the ${what} ${JSON.stringify(text.slice(0, 40))}` };
}

/**
 * Whether two leases ask the kernel and the resolver for the same things, whatever they say of
 * time.
 */
export function sameLease(one: Lease | undefined, other: Lease | undefined): boolean {
  const essence = (lease: Lease | undefined) => JSON.stringify(lease && { ...lease, seconds: undefined });
  return essence(one) === essence(other);
}
