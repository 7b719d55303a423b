// What makes an address, route or rule recognisable as ours. Everything that adds or removes in the
// kernel takes these from here.

/**
 * The route protocol that marks our routes and rules (`ip route show proto 77`). From the range
 * 5–255 that rtnetlink(7) leaves to administrators and daemons; 77 is taken neither in iproute2's
 * rt_protos (kernel 2 … openr 99, rip 189) nor by NetworkManager or networkd, which use boot,
 * static, ra and dhcp.
 */
export const OUR_PROTOCOL = 77;

/**
 * The routing table that only packets from the bearer's address use. Above 255, so that it cannot
 * meet the reserved tables (local 255, main 254, default 253), and not systemd-networkd's or
 * wg-quick's usual numbers. A rule that leads to it is ours, whoever made it; a route in it is with
 * our protocol only.
 */
export const OUR_TABLE = 7700;

/**
 * Priority of the rules `from ADDRESS lookup OUR_TABLE`: before main (32766), so that a better
 * default route elsewhere does not take the answers away, and after the rules of VPNs (Tailscale
 * 5210–5270), which must go on seeing every packet first.
 */
export const OUR_RULE_PRIORITY = 30770;

/**
 * The table of a way out that LTE has taken over from: what is bound to its address goes on by it.
 * What is ours of it is as in OUR_TABLE.
 */
export const TAKEN_OVER_TABLE = 7701;

/**
 * Priorities of the rules `from ADDRESS lookup main`, for all but default routes, and `from ADDRESS
 * lookup TAKEN_OVER_TABLE`. The two before main (32766), where wg-quick's are too: with the same
 * number the older rule goes first, and a younger one gets a lower number.
 */
export const TAKEN_OVER_PRIORITY = { specific: 32764, default: 32765 } as const;

/**
 * The name an administrator may give to our protocol and table in /etc/iproute2; `ip` then prints
 * it in place of the number.
 */
export const OUR_NAME = 'percept-lte';

/** Whether `table`, as `ip -json` prints it, is OUR_TABLE. */
export function isOurTable(table: string | undefined): boolean {
  return table === String(OUR_TABLE) || table === OUR_NAME;
}
