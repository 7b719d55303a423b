// Brings the kernel to a wanted link: one read, one write, and once more when somebody else changed something in between.
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { IPV6_LINE } from './ip-lines.ts';
import { type Held, IP_TIMEOUT_MS, readHeld } from './kernel-state.ts';
import { type Plan, plan } from './plan.ts';
import { LinkError, validateWanted, type WantedLink } from './wanted-link.ts';

export interface Applied {
  /** The `ip` lines that were run; empty when all was as wanted. */
  readonly changed: readonly string[];
  /** Lines that the kernel refused and that the link works without (an MTU beyond the driver's). */
  readonly skipped: readonly string[];
}

/** Rounds of read, plan and write: two for an ordinary collision of addresses, one more for a race with somebody else. */
const MAX_ROUNDS = 3;

/**
 * Makes the kernel hold `wanted` and nothing else of ours. Runs nothing when that is so already.
 * @throws LinkError: `invalid` before anything is run; `no-interface` when the interface is not there (ours elsewhere is swept by then);
 * `failed` with the line that the kernel refused twice.
 */
export async function applyLink(options: {
  runner: CommandRunner;
  wanted: WantedLink;
  signal: AbortSignal;
}): Promise<Applied> {
  const { wanted } = options;
  validateWanted(wanted);
  const { held, ...applied } = await bring(options, wanted);
  if (held.links.some((link) => link.interface === wanted.interface)) return applied;
  throw new LinkError('no-interface', wanted.interface, `there is no interface ${wanted.interface} to configure`);
}

/**
 * Removes everything of ours, and only that, from whichever interface; the links stay up.
 * @throws LinkError `failed`.
 */
export async function sweep(options: {
  runner: CommandRunner;
  signal: AbortSignal;
}): Promise<{ changed: readonly string[] }> {
  const { changed } = await bring(options, undefined);
  return { changed };
}

async function bring(
  { runner, signal }: { runner: CommandRunner; signal: AbortSignal },
  wanted: WantedLink | undefined,
): Promise<Applied & { held: Held }> {
  const changed: string[] = [];
  const skipped: string[] = [];
  let failure: CommandError | undefined;
  let refused: string | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const held = await readHeld(runner, signal);
    const { lines, complete } = without(skipped, plan(wanted, held));
    if (lines.length === 0) return { changed, skipped, held };
    try {
      await write(runner, lines, signal);
      changed.push(...lines);
      if (complete) return { changed, skipped, held };
      failure = undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof CommandError)) throw error;
      failure = error;
      refused = refusedLine(error, lines);
      skipped.push(...dispensable(refused));
    }
  }
  const what = wanted?.interface ?? 'ip';
  const why = failure === undefined ? 'something else keeps changing it back' : reasonOf(failure, refused);
  throw new LinkError('failed', what, `cannot configure ${what}: ${why}`, { cause: failure });
}

function without(skipped: readonly string[], { lines, complete }: Plan): Plan {
  return { lines: lines.filter((line) => !skipped.includes(line)), complete };
}

async function write(runner: CommandRunner, lines: readonly string[], signal: AbortSignal): Promise<void> {
  const options = { timeoutMs: IP_TIMEOUT_MS, signal };
  const main = lines.filter((line) => !line.startsWith(IPV6_LINE));
  const rules6 = lines.filter((line) => line.startsWith(IPV6_LINE)).map((line) => line.slice(IPV6_LINE.length));
  if (main.length > 0) await runner.run(['ip', '-batch', '-'], { ...options, input: `${main.join('\n')}\n` });
  if (rules6.length > 0) await runner.run(['ip', '-6', '-batch', '-'], { ...options, input: `${rules6.join('\n')}\n` });
}

/** The line at which `ip -batch` stopped, which it names on its standard error as `Command failed -:LINE`. */
function refusedLine(error: CommandError, lines: readonly string[]): string | undefined {
  const number = /Command failed -:(\d+)/.exec(error.stderr)?.[1];
  const ran = lines.filter((line) => line.startsWith(IPV6_LINE) === error.argv.includes('-6'));
  return number === undefined ? undefined : ran[Number(number) - 1];
}

// A link with the wrong MTU is worth more than none: drivers have limits of their own, and bearers name absurd values.
function dispensable(line: string | undefined): string[] {
  return line !== undefined && / mtu \d+$/.test(line) ? [line] : [];
}

function reasonOf(failure: CommandError, refused: string | undefined): string {
  const said = failure.stderr.replace(/Command failed -:\d+/, '').trim();
  return refused === undefined || said === '' ? failure.message : `the kernel refused "ip ${refused}": ${said}`;
}
