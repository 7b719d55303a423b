// What each way to hand name servers to a host gets and does. A new way is a file of its own and a
// row in detect.ts.
import type { Bus } from '../../dbus/bus.ts';
import type { CommandRunner } from '../../system/command.ts';
import type { WantedDns } from './wanted-dns.ts';
import type { WrittenFiles } from './written-files.ts';

export interface DnsHost {
  readonly runner: CommandRunner;
  /** Undefined where there is no system bus to ask. */
  readonly bus: Bus | undefined;
  /** Prefix of /etc and /sys; empty but in tests. */
  readonly root: string;
  /** The files that our block was written into. */
  readonly written: WrittenFiles;
}

/** What there is on the host. */
export interface Seen {
  /** `file`, `missing`, or `link:` with the link's target. */
  readonly rc: string;
  /** Who says in the file, or by the folder that it links to, that it is theirs. */
  readonly owner: string | undefined;
  readonly resolved: boolean;
  /** The file is systemd-resolved's. */
  readonly stub: boolean;
  /** glibc asks systemd-resolved before it reads the file. */
  readonly nss: boolean;
  readonly resolvconf: Resolvconf;
  /** Why the file can neither be written nor replaced. */
  readonly unwritable: Unwritable | undefined;
}

/** Which program answers to the name of resolvconf. */
export type Resolvconf = 'debian' | 'openresolv' | 'systemd' | 'none';

/** Why a file can be neither written nor replaced, with what a person can do. */
export interface Unwritable {
  /** EROFS, EPERM, EACCES, … */
  readonly code: string;
  readonly reason: string;
}

/** One way to hand name servers to a host. */
export interface Backend {
  /**
   * Makes it so, and resolves to whether something had to be changed for it. `again`: the same was
   * put before.
   * @throws DnsError
   */
  put(wanted: WantedDns, again: boolean, signal: AbortSignal): Promise<boolean>;
  /**
   * Takes back what `put` brought, also in an earlier life of this program. Nothing there is no
   * failure. @throws DnsError
   */
  take(interfaceName: string, signal: AbortSignal): Promise<void>;
}
