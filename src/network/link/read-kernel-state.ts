// Reads what the kernel has of what concerns a link, by filter, so that it costs the same however
// large the host's routing table is. Decides nothing.
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { type KernelState, parseKernelState } from './kernel-state.ts';
import { OUR_PROTOCOL, OUR_TABLE, TAKEN_OVER_TABLE } from './marks.ts';
import { LinkError } from './wanted-link.ts';

/** One `ip` process takes 4 ms; five seconds means that the machine itself is in trouble. */
export const IP_TIMEOUT_MS = 5_000;

// Both lists without `dev`: a missing interface is then an absent entry and not a failed command.
// `table all`: asking for a table that is not there fails. With it one dump shows both families.
const READ = ['address show', `route show table all proto ${OUR_PROTOCOL}`];

/** Each table's rules on a line of their own. */
const READ_RULES = [String(OUR_TABLE), String(TAKEN_OVER_TABLE), 'main'].map((table) => `rule show table ${table}`);

/** A kernel without CONFIG_IP_MULTIPLE_TABLES or CONFIG_IPV6_MULTIPLE_TABLES, or without IPv6. */
const NO_RULES = /Operation not supported|Address family not supported/;

/**
 * Reads the kernel's links and addresses, and the routes and rules that are ours, at most 5 s.
 * @throws LinkError `ip-failed` when `ip` fails twice or prints something else than JSON; the
 * signal's reason when it aborts.
 */
export async function readKernelState(commands: CommandRunner, signal: AbortSignal): Promise<KernelState> {
  try {
    return await readOnce(commands, signal);
  } catch (error) {
    // A dump that changes under `ip` fails now and then ("Dump was interrupted"); the second one
    // tells the truth.
    if (signal.aborted || !(error instanceof CommandError)) throw error;
    return await readOnce(commands, signal).catch((cause: unknown) => {
      if (!(cause instanceof CommandError)) throw cause;
      throw new LinkError('ip-failed', 'ip', `cannot read the network configuration: ${cause.message}`, { cause });
    });
  }
}

/** In two processes, since `ip` shows the rules of one family; without a family, of IPv4. */
async function readOnce(commands: CommandRunner, signal: AbortSignal): Promise<KernelState> {
  const batch = (family: readonly string[], lines: readonly string[]) =>
    commands.run(['ip', ...family, '-json', '-batch', '-'], {
      timeoutMs: IP_TIMEOUT_MS,
      signal,
      input: `${lines.join('\n')}\n`,
    });
  const orNone = (error: unknown): undefined => {
    if (error instanceof CommandError && NO_RULES.test(error.stderr)) return undefined;
    throw error;
  };
  const [main, rules6] = await Promise.all([
    batch([], [...READ, ...READ_RULES]).catch(orNone),
    batch(['-6'], READ_RULES).catch(orNone),
  ]);
  if (main === undefined) return parseKernelState(await batch([], READ), { 4: undefined, 6: rules6 });
  const lines = main.split('\n').filter((line) => line.trim() !== '');
  const text = (some: readonly string[]) => some.join('\n');
  return parseKernelState(text(lines.slice(0, READ.length)), { 4: text(lines.slice(READ.length)), 6: rules6 });
}
