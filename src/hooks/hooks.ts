// Runs the programs of /etc/percept-lte.d when something happened to the link: one at a time, in
// the background, with a deadline. What they do or fail to do is never the link's business.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Found, found } from '../codes/codes.ts';
import type { Status } from '../status/schema.ts';
import { CommandError, type CommandRunner } from '../system/command.ts';
import type { Logger } from '../system/log.ts';
import { othersMayWrite } from '../system/others-may-write.ts';
import { type Details, environmentOf, type HookEvent } from './hook-event.ts';

/** Where hooks are. */
export const HOOKS_FOLDER = '/etc/percept-lte.d';

/** A hook that takes longer is killed. */
const HOOK_DEADLINE_MS = 30_000;

/** Nobody reads what a hook writes, but for the last words of one that fails. */
const MOST_OUTPUT_BYTES = 64 << 10;

/** Events that wait while a slow hook runs; of more, the oldest are dropped. */
const MOST_WAITING = 16;

/** No editor's backups, no files of a package manager, and nothing hidden. */
const HOOK_NAME = /^[A-Za-z0-9][\w.-]*$/;
const NO_HOOK = /(~|\.(bak|orig|rpmsave|rpmnew|dpkg-[a-z]+|yaml|md|json))$/;

const MAY_RUN = 0o111;

export interface HooksOptions {
  readonly folder: string;
  readonly commands: Pick<CommandRunner, 'run'>;
  readonly log: Logger;
  /** Whom hooks must belong to, besides root. */
  readonly uid: number;
  readonly path: string;
  readonly signal: AbortSignal;
  /** The standing warnings about hooks; none when all ran well. */
  readonly onTrouble: (found: readonly Found[]) => void;
}

interface Waiting {
  readonly event: HookEvent;
  readonly status: Status;
  readonly details: Details | undefined;
}

export class Hooks {
  readonly #options: HooksOptions;
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(options: HooksOptions) {
    this.#options = options;
  }

  /** Tells the hooks of `event`, after those before it. `status`: as it is published. */
  happened(event: HookEvent, status: Status, details?: Details): void {
    this.#waiting.push({ event, status, details });
    const dropped = this.#waiting.length > MOST_WAITING ? this.#waiting.shift() : undefined;
    if (dropped) this.#options.log.warn({ event: dropped.event }, 'hooks are too slow; an event is not told to them');
    this.#working ??= this.#work();
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal, onTrouble } = this.#options;
    for (let next = this.#waiting.shift(); next !== undefined && !signal.aborted; next = this.#waiting.shift()) {
      const { hooks, troubles } = await this.#found();
      for (const hook of hooks) troubles.push(...(await this.#run(hook, next)));
      if (!signal.aborted) onTrouble(troubles);
    }
    this.#working = undefined;
  }

  async #found(): Promise<{ hooks: string[]; troubles: Found[] }> {
    const { folder, uid } = this.#options;
    const names = await readdir(folder).catch(() => []); // no folder: no hooks
    const hooks: string[] = [];
    const troubles: Found[] = [];
    const candidates = names.filter((name) => HOOK_NAME.test(name) && !NO_HOOK.test(name)).sort();
    if (candidates.length > 0) troubles.push(...(await refusal(folder, uid, 'folder')));
    if (troubles.length > 0) return { hooks, troubles };
    for (const name of candidates) {
      const path = join(folder, name);
      if (!(await isThere(path))) continue;
      const refusals = await refusal(path, uid, 'hook');
      troubles.push(...refusals);
      if (refusals.length === 0) hooks.push(path);
    }
    return { hooks, troubles };
  }

  /** What went wrong, as a warning. */
  async #run(hook: string, { event, status, details }: Waiting): Promise<Found[]> {
    const { commands, path, signal, log } = this.#options;
    const env = environmentOf(event, status, path, details);
    const input = `${JSON.stringify({ event, ...details, status })}\n`;
    const argv = [hook, status.link?.interface ?? '', event];
    try {
      await commands.run(argv, { timeoutMs: HOOK_DEADLINE_MS, mostOutputBytes: MOST_OUTPUT_BYTES, signal, input, env });
      log.debug({ hook, event }, 'a hook ran');
      return [];
    } catch (error) {
      if (signal.aborted) return [];
      const said = error instanceof CommandError ? (error.stderr.trim().split('\n').at(-1) ?? '') : String(error);
      const how = howItFailed(error);
      log.info({ hook, event, text: said.slice(0, 200) }, `a hook ${how}`);
      return [found('hook-failed', { hook, how, event })];
    }
  }
}

function howItFailed(error: unknown): string {
  if (!(error instanceof CommandError)) return 'did not end well';
  if (error.exitCode !== undefined) return `ended with ${error.exitCode}`;
  return error.cause instanceof Error ? `failed (${error.cause.message})` : 'was ended by a signal';
}

/** A file, or a link to one: folders and pipes are no hooks, and a link may lead nowhere. */
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    (there) => there.isFile(),
    () => false,
  );

const refused = (text: string, remedy: string): Found => found('hook-refused', { text, remedy });

/** Why a file is not run, or a folder not read: whoever may write it would be root. */
async function refusal(path: string, uid: number, what: 'hook' | 'folder'): Promise<Found[]> {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return []; // it went
  const open = othersMayWrite(path, there, uid);
  if (open !== undefined) return [refused(`${path} ${open.why}, and is not used`, open.command)];
  if (what === 'hook' && (there.mode & MAY_RUN) === 0)
    return [refused(`${path} is not executable, and is not run`, `chmod +x ${path}`)];
  return [];
}
