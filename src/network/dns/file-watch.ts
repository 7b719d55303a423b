// Hears of changes of a file by inotify, so that nobody needs to look at it time and again.
import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export class FileWatch {
  readonly #path: string;
  readonly #changed: () => void;
  #watchers: readonly FSWatcher[] = [];
  #isStale = true;

  /** `changed` is called when the file at `path`, or the one that it links to, may be another. */
  constructor(path: string, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** Whether something was heard since the last `renew`. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /**
   * Listens from now on, to what is there now; to be called again after a change. Resolves to
   * whether that can be: a host may have no inotify left.
   */
  async renew(): Promise<boolean> {
    this.close();
    this.#isStale = false;
    const target = await realpath(this.#path).catch(() => this.#path); // it may come later
    try {
      const names = [...new Set([this.#path, target])];
      this.#watchers = names.map((name) => this.#watch(dirname(name), basename(name)));
    } catch {
      this.close();
      return false;
    }
    try {
      // What is written by another name, as into a container from outside, is seen at the file.
      this.#watchers = [...this.#watchers, this.#watch(target)];
    } catch {
      // There is none: the folder tells when there is.
    }
    return true;
  }

  #watch(path: string, only?: string): FSWatcher {
    const watcher = watch(path, { persistent: false }, (_, name) => {
      if (only === undefined || name === only) this.#heard();
    });
    return watcher.on('error', () => this.#heard());
  }

  #heard(): void {
    this.#isStale = true;
    this.#changed();
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
