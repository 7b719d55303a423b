// How often others took the link's name servers out of late, what is rested for that, and what ends
// it. Pure.
import { type Found, found } from '../../codes/codes.ts';

/** Putting back is slowed down from the third time within ten minutes on, doubled each time. */
const TUG = { windowMs: 10 * 60_000, times: 3, firstRestMs: 5_000, lastRestMs: 5 * 60_000 } as const;

/** The times at which the servers had to be put back. */
export class Undone {
  /** When the servers had to be put back, lately. Monotonic milliseconds. */
  #putBack: readonly number[] = [];

  /** They were put back at `now`. */
  add(now: number): void {
    this.#putBack = [...this.#recent(now), now];
  }

  /** What is rested before they are put back again; undefined while nobody keeps undoing it. */
  restMs(now: number): number | undefined {
    const excess = this.#recent(now).length - TUG.times;
    return excess < 0 ? undefined : Math.min(TUG.firstRestMs * 2 ** excess, TUG.lastRestMs);
  }

  #recent(now: number): readonly number[] {
    return this.#putBack.filter((stamp) => now - stamp < TUG.windowMs);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  NetworkManager: 'set dns=systemd-resolved or rc-manager=unmanaged in the [main] section of its configuration',
  dhcpcd: 'add nohook resolv.conf to /etc/dhcpcd.conf',
  tailscale: 'tailscale set --accept-dns=false',
  connman: 'run it with --nodnsproxy',
};

/** The warning of one who keeps taking them out, with what ends that. */
export function undoneBy(writer: string): Found {
  const remedy = REMEDIES[writer] ?? 'see what writes /etc/resolv.conf (a DHCP client, a VPN), or set network.dns: off';
  return found('name-servers-undone', { writer, remedy });
}
