// Holds the kernel to the wanted link: applies it, puts right whatever is changed behind our back, and watches that traffic passes.

import type { Link } from '../../connection/connection.ts';
import { type Applied, applyLink, sweep } from '../../network/link/apply.ts';
import type { KernelEvents } from '../../network/link/monitor.ts';
import { LinkError } from '../../network/link/wanted-link.ts';
import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';
import { Latch } from '../../system/latch.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import { CorrectionBackoff } from './correction-backoff.ts';

export interface KeepLinkPorts {
  readonly runner: CommandRunner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly failureOf: (error: unknown) => Extract<Happening, { kind: 'linkFailed' }>['failure'];
  readonly onKernelChange: KernelEvents['listen'];
  /** What does not stand of the link now, each a sentence with its remedy; none when everything does. */
  readonly warn: (warnings: readonly string[]) => void;
  /** Proves and watches traffic over the link until `signal` aborts. */
  readonly watchTraffic: (link: Link, happened: (what: Happening) => void, signal: AbortSignal) => Promise<void>;
  /** Hands the link's name servers to the system's resolver, or takes them back for undefined. Never rejects. */
  readonly applyDns: (link: Link | undefined, signal: AbortSignal) => Promise<void>;
  /** Told of the addresses that the link has from now on: sockets of those before that are gone are closed. Never rejects. */
  readonly addressesAre: (addresses: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Told when a link has been put up, and when somebody else changed it: time to look who else configures the network. */
  readonly lookAround: (link: Link, signal: AbortSignal) => void;
}

/** Between tries to apply a link that the kernel refused. */
const RETRY_MS = 2_000;

/** Removes what is ours and ends. A sweep that fails is tried until it works: a stale default route is an outage for others. */
async function removeLink(ports: KeepLinkPorts, signal: AbortSignal): Promise<void> {
  await ports.applyDns(undefined, signal);
  while (!signal.aborted) {
    try {
      const { changed } = await sweep({ runner: ports.runner, signal });
      if (changed.length > 0) ports.log.info({ lines: changed.length }, 'link configuration removed');
      await ports.addressesAre([], signal);
      ports.warn([]);
      return;
    } catch (error) {
      if (signal.aborted) return;
      ports.warn([`the link's configuration could not be removed: ${describe(error)}`]);
      await ports.clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  }
}

/** The link lane's work (see runner.ts): holds `link` until `signal` aborts, or removes what is ours for undefined. */
export async function keepLink(
  ports: KeepLinkPorts,
  link: Link | undefined,
  happened: (what: Happening) => void,
  signal: AbortSignal,
): Promise<void> {
  if (link === undefined) return removeLink(ports, signal);
  const dirty = new Latch();
  const { addresses, interface: name } = link.wanted;
  const interest = { kind: 'link', interface: name, addresses: addresses.map(({ address }) => address) } as const;
  ports.onKernelChange(interest, () => dirty.raise(), signal);
  const backoff = new CorrectionBackoff();
  let begun = false;
  let watching: Promise<void> | undefined;
  let fault: { readonly error: unknown } | undefined;
  try {
    while (!signal.aborted) {
      const applied = await applyOnce(ports, link, begun, happened, signal);
      if (applied !== undefined && !begun) {
        begun = true;
        happened({ kind: 'linkApplied' });
        await ports.addressesAre(
          applied.link.addresses.map(({ address }) => address),
          signal,
        );
        await ports.applyDns(link, signal);
        ports.lookAround(link, signal);
        watching = ports.watchTraffic({ ...link, wanted: applied.link }, happened, signal).catch((error: unknown) => {
          // A round of probes that is under way rejects with the signal's reason, which is no fault.
          if (!signal.aborted) fault = { error };
          dirty.raise();
        });
      } else if (applied !== undefined && applied.changed.length > 0) {
        ports.lookAround(link, signal);
        await afterCorrection(ports, backoff, applied.changed, signal);
      }
      if (applied === undefined) await ports.clock.sleep(RETRY_MS, signal);
      else await dirty.raised(signal);
      if (fault !== undefined) throw fault.error;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await watching;
}

/** Applies once: what stands, or undefined when it failed. Either way it is said what does not stand. */
async function applyOnce(
  ports: KeepLinkPorts,
  link: Link,
  begun: boolean,
  happened: (what: Happening) => void,
  signal: AbortSignal,
): Promise<Applied | undefined> {
  try {
    const applied = await applyLink({ runner: ports.runner, wanted: link.wanted, signal });
    ports.warn(applied.warnings);
    return applied;
  } catch (error) {
    if (signal.aborted) return undefined;
    const failure = ports.failureOf(error);
    ports.warn([`the link could not be configured: ${describe(error)}`]);
    if (!begun) happened({ kind: 'linkFailed', failure });
    return undefined;
  }
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof LinkError ? `${message}. Remedy: ${error.remedy}` : message;
}

/** Says what was put right, and slows down when somebody keeps undoing it. */
async function afterCorrection(
  ports: KeepLinkPorts,
  backoff: CorrectionBackoff,
  lines: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const restMs = backoff.corrected(ports.clock.now().monotonicMs);
  if (restMs === 0) {
    ports.log.warn({ lines: lines.join('; ') }, 'link was changed by somebody else; put right');
    return;
  }
  ports.log.warn(
    { lines: lines.join('; '), nextCheckMs: restMs },
    'another program keeps changing the link; it is put right more slowly. See who manages it: nmcli device, networkctl, ps',
  );
  await ports.clock.sleep(restMs, signal);
}
