// Brings the kernel to a wanted link: one read, one write, and once more where a line was refused.
// Each line stands for itself: what the kernel refuses costs that line, its family, or the link.
import type { Found } from '../../codes/codes.ts';
import { type Family, familyOf } from '../../ip/address.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import type { Line } from './ip-lines.ts';
import type { KernelState } from './kernel-state.ts';
import { plan } from './plan.ts';
import { IP_TIMEOUT_MS, readKernelState } from './read-kernel-state.ts';
import { isEssential, type Refusal, warningsOf } from './refusals.ts';
import { LinkError, validateWanted, type WantedLink } from './wanted-link.ts';

export interface Applied {
  /** The `ip` lines that were run; empty when all was as wanted. */
  readonly changed: readonly string[];
  /** What stands of the wanted link: without the addresses of a family that the kernel refused. */
  readonly link: WantedLink;
  /** What does not stand; empty when everything does. */
  readonly warnings: readonly Found[];
}

/**
 * Rounds of read, plan and write: one is enough unless a line is refused or somebody else
 * interferes.
 */
const MAX_ROUNDS = 3;

interface Ports {
  readonly commands: CommandRunner;
  readonly signal: AbortSignal;
}

/**
 * Makes the kernel hold `wanted` and nothing else of ours. Runs nothing when that is so already.
 * IPv4 and IPv6 stand apart: it throws only when nothing of the link could be had.
 * @throws LinkError: `invalid` before anything is run; `no-interface` when the interface is not
 * there (ours elsewhere is swept by then); `refused` with the line; `ip-failed`.
 */
export async function applyLink({ wanted, ...ports }: Ports & { readonly wanted: WantedLink }): Promise<Applied> {
  validateWanted(wanted);
  const { state, changed, refusals } = await reconcile(ports, wanted);
  const name = wanted.interface;
  if (!state.links.some((link) => link.interface === name))
    throw new LinkError('no-interface', name, `there is no interface ${name} to configure`);
  const fatal = refusals.filter(({ line }) => isEssential(line));
  const failed = familiesOf(wanted).filter((family) => fatal.some(({ line }) => costs(line, family)));
  const [first] = fatal;
  if (first !== undefined && failed.length === familiesOf(wanted).length) throw refusedError(name, first);
  const addresses = wanted.addresses.filter(({ address }) => !failed.some((family) => familyOf(address) === family));
  return { changed, link: { ...wanted, addresses }, warnings: warningsOf(wanted, failed, state, refusals) };
}

/**
 * Removes everything of ours, and only that, from whichever interface; the links stay up.
 * @throws LinkError `refused` or `ip-failed`.
 */
export async function sweep(ports: Ports): Promise<{ changed: readonly string[] }> {
  const { changed, refusals } = await reconcile(ports, undefined);
  const [first] = refusals;
  if (first !== undefined) throw refusedError('ip', first);
  return { changed };
}

function familiesOf(wanted: WantedLink): Family[] {
  const has = (family: Family) => wanted.addresses.some(({ address }) => familyOf(address) === family);
  const families = ([4, 6] as const).filter((family) => has(family) || (family === 6 && wanted.slaac !== undefined));
  return families.length > 0 ? families : [4]; // a link that is only put up
}

function costs(line: Line, family: Family): boolean {
  return line.kind === 'up' || line.family === family;
}

function refusedError(what: string, { line, said }: Refusal): LinkError {
  return new LinkError('refused', what, `cannot configure ${what}: the kernel refused "ip ${line.text}": ${said}`);
}

/** `refusals`: of lines that the last state that was read still asks for. */
async function reconcile(
  { commands, signal }: Ports,
  wanted: WantedLink | undefined,
): Promise<{ state: KernelState; changed: readonly string[]; refusals: readonly Refusal[] }> {
  const changed: string[] = [];
  const refused = new Map<string, Refusal>();
  for (let round = 1; ; round += 1) {
    const state = await readKernelState(commands, signal);
    const lines = plan(wanted, state);
    const due = lines.filter(({ text }) => !refused.has(text));
    const standing = lines.flatMap(({ text }) => refused.get(text) ?? []);
    if (due.length === 0 || round > MAX_ROUNDS) return { state, changed, refusals: standing };
    const now = await write(commands, due, signal);
    changed.push(...due.filter((line) => !now.some((refusal) => refusal.line === line)).map(({ text }) => text));
    if (now.length === 0 && standing.length === 0) return { state, changed, refusals: [] };
    // What the link cannot do without is tried twice: somebody else may have interfered.
    for (const refusal of now) if (round > 1 || !isEssential(refusal.line)) refused.set(refusal.line.text, refusal);
  }
}

/**
 * Runs the lines, each family in a batch of its own, and goes on after those that are refused:
 * those it returns.
 */
async function write(commands: CommandRunner, lines: readonly Line[], signal: AbortSignal): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  // The link itself is put up with IPv4's lines, so that these go first.
  for (const family of [4, 6] as const) {
    const batch = lines.filter((line) => line.family === family);
    if (batch.length === 0) continue;
    const input = `${batch.map(({ text }) => text).join('\n')}\n`;
    try {
      await commands.run(['ip', `-${family}`, '-force', '-batch', '-'], { timeoutMs: IP_TIMEOUT_MS, signal, input });
    } catch (error) {
      if (signal.aborted || !(error instanceof CommandError)) throw error;
      const said = refusalsIn(error.stderr, batch);
      if (said.length === 0) throw new LinkError('ip-failed', 'ip', error.message, { cause: error });
      refusals.push(...said);
    }
  }
  return refusals;
}

/**
 * What `ip -force -batch` says of each line that failed: its words, then `Command failed -:NUMBER`.
 */
function refusalsIn(stderr: string, batch: readonly Line[]): Refusal[] {
  return [...stderr.matchAll(/([\s\S]*?)Command failed -:(\d+)/g)].flatMap(([, said = '', number]) => {
    const line = batch[Number(number) - 1];
    return line === undefined ? [] : [{ line, said: said.trim().split('\n').join(' ') }];
  });
}
