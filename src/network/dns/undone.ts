// How often others took the link's name servers out of late, what is rested for that, and what ends
// it. Pure.
import { type Found, found } from '../../codes/codes.ts';
import type { DnsDecision } from './detect.ts';

/** Putting back is slowed down from the third time within ten minutes on, doubled each time. */
const TUG = { windowMs: 10 * 60_000, times: 3, firstRestMs: 5_000, lastRestMs: 5 * 60_000 } as const;

/** The times at which the servers had to be put back. */
export class Undone {
  /** When the servers had to be put back, lately. Monotonic milliseconds. */
  #putBack: readonly number[] = [];
  #last: Culprit | undefined;

  /** They were put back at `now`, after `culprit` took them out. */
  add(now: number, culprit: Culprit): void {
    this.#putBack = [...this.#recent(now), now];
    this.#last = culprit;
  }

  /** The warning of who keeps undoing it; undefined while nobody does. */
  warning(now: number): Found | undefined {
    return this.#last && this.restMs(now) !== undefined ? found('name-servers-undone', this.#last) : undefined;
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

/** Who took the servers out, and what ends that. */
export interface Culprit {
  readonly writer: string;
  readonly remedy: string;
}

const UNKNOWN = 'another program';

/** For those who write /etc/resolv.conf and say so in it. */
const REMEDIES: Readonly<Record<string, string>> = {
  NetworkManager: 'set dns=systemd-resolved or rc-manager=unmanaged in the [main] section of its configuration',
  dhcpcd: 'add nohook resolv.conf to /etc/dhcpcd.conf',
  tailscale: 'tailscale set --accept-dns=false',
  connman: 'run it with --nodnsproxy',
};

/**
 * Who took them out, by the way by which they were handed over: the owner of /etc/resolv.conf wrote
 * what is in that file, and has no hand in what others tell resolvconf or systemd-resolved.
 * `hasRestarted`: systemd-resolved has, since the servers were put last.
 */
export function culpritOf(
  { mode, seen }: Pick<DnsDecision, 'mode' | 'seen'>,
  interfaceName: string,
  hasRestarted: boolean,
): Culprit {
  switch (mode) {
    case 'systemd-resolved':
      return hasRestarted
        ? { writer: 'systemd-resolved', remedy: 'see why it restarts: journalctl -u systemd-resolved' }
        : {
            writer: UNKNOWN,
            remedy: `see who calls RevertLink or SetLinkDNS: busctl monitor org.freedesktop.resolve1; percept-lte doctor names managers that lay claim to ${interfaceName}`,
          };
    case 'resolvconf':
      return { writer: UNKNOWN, remedy: 'see who takes it out: resolvconf -l; scripts that call resolvconf -d' };
    case 'file':
    case 'none': {
      const remedy = 'see what writes /etc/resolv.conf (a DHCP client, a VPN), or set network.dns: off';
      const { owner = UNKNOWN } = seen;
      return { writer: owner, remedy: REMEDIES[owner] ?? remedy };
    }
  }
}
