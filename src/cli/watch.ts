// Waits for the status file to change, for `status --watch` and `wait-online`.
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { statusPath } from '../status/file.ts';
import type { CliContext } from './context.ts';

/**
 * Looked at even when nothing was announced: the folder may not exist yet, and times that are shown
 * grow older.
 */
const POLL_MS = 1000;

/**
 * Yields at once, and then whenever the status may have changed, until the context's signal aborts
 * or `forMs` have passed.
 */
export async function* statusChanges(context: CliContext, forMs = Number.POSITIVE_INFINITY): AsyncGenerator<void> {
  const { clock, signal } = context;
  const end = clock.now().monotonicMs + forMs;
  yield;
  while (!signal.aborted) {
    const left = end - clock.now().monotonicMs;
    if (left <= 0) return;
    await changeOrTime(context, Math.min(POLL_MS, left));
    if (!signal.aborted) yield;
  }
}

/**
 * Resolves after a change of the folder of the status file, after `ms` milliseconds, or when the
 * signal aborts.
 */
async function changeOrTime({ env, root, clock, signal }: CliContext, ms: number): Promise<void> {
  const woken = new AbortController();
  const folder = dirname(join(root, statusPath(env)));
  const watcher = watchFolder(folder, () => woken.abort());
  try {
    // Rejects only because one of the two signals aborted, which is an answer and no fault.
    await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
  } finally {
    watcher?.close();
  }
}

/** Undefined where there is nothing to watch yet; then polling alone has to do. */
function watchFolder(folder: string, onChange: () => void) {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on('error', onChange);
    return watcher;
  } catch {
    // No such folder: the daemon has not started.
    return undefined;
  }
}
