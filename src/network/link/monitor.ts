// Tells that something in the kernel's network configuration changed, not what: whoever is told reads it anew.

import type { Clock } from '../../system/clock.ts';
import type { CommandRunner } from '../../system/command.ts';

/** One change arrives as several lines within a millisecond or two; more than this would be felt in the time to put things right. */
const DEBOUNCE_MS = 25;

/** Waits before `ip monitor` is started again after it ended; the last repeats. */
const RESTART_MS = [100, 1_000, 10_000, 60_000] as const;

/** `ip` needs a few milliseconds to subscribe, and says nothing when it has; what changed meanwhile is caught by one reading after this. */
const SUBSCRIBED_AFTER_MS = 100;

/** A monitor that ran this long was healthy: the waits begin anew. */
const HEALTHY_MS = 60_000;

export interface FollowNetlinkOptions {
  readonly runner: CommandRunner;
  readonly clock: Clock;
  /** Told only of changes that may concern this interface, and of rules; undefined: of all. */
  readonly interface?: string | undefined;
  /** Called after changes, and once after each (re)start of the monitor, in which changes could have been missed. Must not throw. */
  readonly onDirty: () => void;
  /** Told when `ip monitor` ended or cannot be started; it is started again. */
  readonly onTrouble?: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Follows the kernel until `signal` aborts; then resolves. Never rejects. */
export async function followNetlink(options: FollowNetlinkOptions): Promise<void> {
  const { clock, signal } = options;
  const dirty = debounced(options);
  let failures = 0;
  while (!signal.aborted) {
    const startedAtMs = clock.now().monotonicMs;
    clock.sleep(SUBSCRIBED_AFTER_MS, signal).then(dirty, () => {});
    await runMonitor(options, dirty);
    if (signal.aborted) return;
    failures = clock.now().monotonicMs - startedAtMs >= HEALTHY_MS ? 0 : failures + 1;
    const waitMs = RESTART_MS[Math.min(failures, RESTART_MS.length - 1)] ?? 0;
    await clock.sleep(waitMs, signal).catch(() => {}); // aborted: the loop ends
  }
}

async function runMonitor(
  { runner, interface: name, onTrouble, signal }: FollowNetlinkOptions,
  dirty: () => void,
): Promise<void> {
  const onLine = (line: string) => {
    if (name === undefined || concerns(line, name)) dirty();
  };
  try {
    const code = await runner.follow(['ip', '-o', 'monitor', 'link', 'address', 'route', 'rule'], onLine, signal);
    if (!signal.aborted) onTrouble?.(new Error(`ip monitor ended with ${code ?? 'a signal'}`));
  } catch (error) {
    if (!signal.aborted) onTrouble?.(error);
  }
}

/**
 * Whether a line of `ip -o monitor` may concern the interface: it names it (`dev wwan0`, `3: wwan0:`, `3: wwan0@if2:`), or names none, as rules and
 * unreachable routes do.
 */
export function concerns(line: string, name: string): boolean {
  const words = line.split(/[\s:@]+/);
  return (
    words.includes(name) || !(words.includes('dev') || /^(Deleted )?\d+: \S/.test(line)) || words.includes('lookup')
  );
}

function debounced({ clock, signal, onDirty }: FollowNetlinkOptions): () => void {
  let pending = false;
  return () => {
    if (pending || signal.aborted) return;
    pending = true;
    const tell = () => {
      pending = false;
      if (!signal.aborted) onDirty();
    };
    clock.sleep(DEBOUNCE_MS, signal).then(tell, () => {}); // aborted: nobody is told any more
  };
}
