// Finds out whether the daemon runs and what it says of itself, for the commands that show it.
import { existsSync } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readCounters } from '../network/reachability/counters.ts';
import { readStatus, StatusError, statusPath } from '../status/file.ts';
import type { Status } from '../status/schema.ts';
import { codeOf } from '../system/error-code.ts';
import { holderOf, instancePath } from '../system/single-instance.ts';
import type { CliContext } from './context.ts';
import { isReadOnlyForAll } from './host-files.ts';

const START =
  'start it with: systemctl start percept-lte; if it ends again: percept-lte check, journalctl -u percept-lte';

const spaceRemedy = (folder: string): string => `is there space? df ${folder}; journalctl -u percept-lte`;

const READ_ONLY = 'systemctl status percept-lte; mount | grep /run; journalctl -u percept-lte';

/** Twice the longest that a daemon leaves the file as it is (REFRESH_MS), and a minute. */
const STALE_MS = 11 * 60_000;

/** The status of a daemon that runs, or a sentence that says why there is none. */
export type Running = { readonly status: Status } | Untold;

interface Untold {
  readonly status?: never;
  readonly sentence: string;
  /** It is known not to run. */
  readonly isStopped: boolean;
}

/**
 * Reads the status file. A file left behind by a daemon that was killed is not taken for a running
 * one, and one that could not be written for long, or cannot be at all, not for what is the case:
 * /run may be full. Nor is a daemon taken for stopped because it could not write.
 */
export async function runningStatus({ env, root, clock }: CliContext): Promise<Running> {
  const path = join(root, statusPath(env));
  try {
    const status = await readStatus(path);
    if (!existsSync(join(root, 'proc', String(status.pid))))
      return await withoutStatus(dirname(path), `its last status is of ${status.updatedAt}`);
    if (await isStale(path, clock.now().wallMs)) return { sentence: staleSentence(path, status), isStopped: false };
    const folder = dirname(statusPath(env));
    if (await isReadOnlyForAll(root, folder)) return { sentence: frozenSentence(path, status), isStopped: false };
    return { status: await counted(status, root) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.isMissing) return await withoutStatus(dirname(path), `no ${path}`);
    return { sentence: error.message, isStopped: false };
  }
}

/** What is said without a status in `folder` of a daemon that runs, by who answers there. */
async function withoutStatus(folder: string, found: string): Promise<Untold> {
  const holder = await holderOf(instancePath(folder)).catch(() => undefined);
  if (holder !== undefined) {
    const cause = 'it has just started, or could not write its status file';
    const sentence = `percept-lte runs (${holder}), but how it is cannot be told (${found}): ${cause}; ${spaceRemedy(folder)}`;
    return { sentence, isStopped: false };
  }
  const isReadOnly = await access(folder, constants.W_OK).then(
    () => false,
    (error: unknown) => codeOf(error) === 'EROFS',
  );
  // Nothing can be left there by one that runs: neither its status nor a socket that answers.
  if (isReadOnly) {
    const sentence = `whether percept-lte runs cannot be told (${found}): ${folder} is read-only; ${READ_ONLY}`;
    return { sentence, isStopped: false };
  }
  return { sentence: `percept-lte is not running (${found}); ${START}`, isStopped: true };
}

/** The status, or undefined where there is none, which the person has been told then. */
export async function statusOrSay(context: CliContext): Promise<Status | undefined> {
  const running = await runningStatus(context);
  if (running.status === undefined) context.err(running.sentence);
  return running.status;
}

// By the file's own date: a file that is gone meanwhile is not old.
const isStale = async (path: string, now: number): Promise<boolean> =>
  await stat(path).then(
    ({ mtimeMs }) => now - mtimeMs > STALE_MS,
    () => false,
  );

const staleSentence = (path: string, { updatedAt }: Status): string =>
  `how it is cannot be told: ${path} is as it was at ${updatedAt}, and is written every five minutes else; ` +
  `${spaceRemedy(dirname(path))}; systemctl restart percept-lte`;

const frozenSentence = (path: string, { updatedAt }: Status): string =>
  `how it is cannot be told: ${path} is as it was at ${updatedAt}, and ${dirname(path)} is read-only; ${READ_ONLY}`;

/** The status with the interface's counters as they are now. */
async function counted(status: Status, root: string): Promise<Status> {
  const { link } = status;
  const counters = link && (await readCounters(link.interface, join(root, 'sys')));
  if (link === undefined || counters === undefined) return status;
  const { rxBytes, txBytes } = counters;
  const grown = Math.max(0, rxBytes + txBytes - link.rxBytes - link.txBytes);
  const { data } = status;
  return {
    ...status,
    link: { ...link, rxBytes, txBytes },
    ...(data && {
      data: {
        ...data,
        ...(data.session !== undefined && { session: data.session + grown }),
        today: data.today + grown,
        period: data.period + grown,
      },
    }),
  };
}
