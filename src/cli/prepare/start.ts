// Starts the service once all that it needs is there, where systemd has it.
import { CommandError } from '../../system/command.ts';
import type { CliContext } from '../context.ts';

export const START = 'systemctl enable --now percept-lte';
/** The unit tells systemd that it is ready within seconds. */
const START_MS = 60_000;

/** Starts the service where that is wanted; whether it runs now. */
export async function startService(
  { commands, signal, out, err, confirm }: CliContext,
  yes: boolean,
): Promise<boolean> {
  const run = (argv: readonly string[]) => commands.run(argv, { timeoutMs: START_MS, signal });
  try {
    const state = (await run(['systemctl', 'show', '--property=LoadState,ActiveState', 'percept-lte'])).trim();
    if (/^ActiveState=active$/m.test(state)) {
      out('percept-lte runs');
      return true;
    }
    if (!/^LoadState=loaded$/m.test(state)) return false;
    if (!yes && (await confirm(`Start percept-lte now and at each boot (${START})? [y/N] `)) !== true) return false;
    await run(START.split(' '));
    out('percept-lte is started');
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // A host without systemd starts it in its own way.
    if (error.exitCode !== undefined) err(error.message);
    return false;
  }
}
