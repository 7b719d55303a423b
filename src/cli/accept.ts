// `percept-lte accept`: ends the trial of a changed configuration by hand. The daemon is told by a
// file that only root can write, and by SIGHUP.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestAcceptance } from '../status/accept.ts';
import { type CliContext, EXIT } from './context.ts';
import { statusOrSay } from './running.ts';

/** Tells the daemon; 1 when it does not run, nothing is on trial, or the request cannot be left. */
export async function accept(context: CliContext): Promise<number> {
  const status = await statusOrSay(context);
  if (status === undefined) return EXIT.fault;
  const refusal = refusalOf(status.trial, status.pid, context);
  if (refusal !== undefined) {
    context.err(refusal);
    return EXIT.fault;
  }
  try {
    await requestAcceptance(context.env, context.root);
    process.kill(status.pid, 'SIGHUP');
  } catch (error) {
    context.err(`the daemon cannot be told (${error instanceof Error ? error.message : String(error)}); are you root?`);
    return EXIT.fault;
  }
  const isTried = status.trial?.state === 'trying' || status.trial?.state === 'comparing';
  const keys = status.trial?.changed.join(', ');
  context.out(isTried ? `accepted: ${keys}` : `${keys}: tried once more, on trial; see percept-lte why`);
  return EXIT.ok;
}

function refusalOf(trial: unknown, pid: number, { root }: CliContext): string | undefined {
  if (trial === undefined)
    return 'nothing is on trial, and nothing was refused: the configuration of the file is in use';
  return isDaemon(join(root, 'proc', String(pid), 'cmdline'))
    ? undefined
    : `process ${pid} is not percept-lte; it may have ended: percept-lte status`;
}

/** Whether the process is a daemon of ours: its number may have been given to another one since. */
function isDaemon(cmdline: string): boolean {
  try {
    return readFileSync(cmdline, 'utf8').split('\0').includes('run');
  } catch {
    return false;
  }
}
