// Finds out whether a path carries packets as large as its link says, with a few echo requests that
// must not be fragmented. Changes nothing.
import { readFile } from 'node:fs/promises';
import { familyOf } from '../../ip/address.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { codeOf } from '../../system/error-code.ts';

/**
 * Sizes at which paths end: Ethernet, and what PPPoE, L2TP, GTP, WireGuard and IPsec leave of it,
 * down to what every IPv6 link carries (RFC 8200); 1358, 1428 and 1430 are what carriers hand out.
 * A path that refuses 1280 too is no path but a host that refuses large echo requests.
 */
const COMMON = [1500, 1492, 1480, 1472, 1460, 1440, 1430, 1428, 1420, 1400, 1380, 1358, 1340, 1320, 1300, 1280];

/** IP header and ICMP header, which are in the packet and not in ping's `-s`. */
const HEADERS = { 4: 28, 6: 48 } as const;

/** Payload of a request that every path carries. */
const SMALL = 16;

/**
 * An echo over LTE takes 30–100 ms, and the first one after a rest up to 2 s, for the radio has to
 * wake.
 */
const ANSWER_SECONDS = 2;

/** Ping is killed this long after it should have ended by itself. */
const GRACE_MS = 2_000;

/**
 * Two that agree on what does not pass are enough; a third is asked where one is silent altogether.
 */
const MAX_TARGETS = 3;
const MAX_WITNESSES = 2;

export type PathVerdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'smaller'; readonly mtu: number }
  /** Nobody answers echo requests, or none can be sent: nothing is concluded. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface PathQuestion {
  readonly commands: CommandRunner;
  /** An address of the link; requests leave from it, and so over the link. */
  readonly source: string;
  /** Whom to ask, in order; those of another family than `source` are passed over. */
  readonly targets: readonly string[];
  /** What the link says, bytes of a whole IP packet. */
  readonly mtu: number;
  readonly signal: AbortSignal;
}

type Echo = { readonly kind: 'answered' | 'silent' } | { readonly kind: 'impossible'; readonly why: string };

/**
 * One request of full size where the path is as large as the link says: twice `mtu` bytes with its
 * answer. Where it is not, about ten more, under 15 kB.
 * @throws only the signal's reason, when that aborts
 */
export async function measurePath(question: PathQuestion): Promise<PathVerdict> {
  const { mtu } = question;
  const witnesses: string[] = [];
  const family = familyOf(question.source);
  for (const target of question.targets.filter((address) => familyOf(address) === family).slice(0, MAX_TARGETS)) {
    const full = await echo(question, target, mtu);
    if (full.kind === 'answered') return { kind: 'fits' };
    if (full.kind === 'impossible') return { kind: 'unknown', why: full.why };
    if ((await echo(question, target, SMALL + HEADERS[family ?? 4])).kind === 'answered') witnesses.push(target);
    if (witnesses.length === MAX_WITNESSES) break;
  }
  const [witness] = witnesses;
  if (witness === undefined) return { kind: 'unknown', why: 'nobody answers echo requests' };
  return await search(question, witness);
}

/** The largest common size that passes, when the full one does not. */
async function search(question: PathQuestion, target: string): Promise<PathVerdict> {
  // Once more, for one packet may be lost.
  if (await passes(question, target, question.mtu)) return { kind: 'fits' };
  const sizes = COMMON.filter((size) => size < question.mtu);
  let [passing, refused] = [sizes.length, -1];
  while (passing - refused > 1) {
    const middle = Math.floor((passing + refused) / 2);
    if (await passes(question, target, sizes[middle] ?? 0)) passing = middle;
    else refused = middle;
  }
  // The one above that did not pass is asked once more, so that a lost packet costs no more than
  // one step.
  if (refused >= 0 && (await passes(question, target, sizes[refused] ?? 0))) passing = refused;
  const mtu = sizes[passing];
  if (mtu === undefined) return { kind: 'unknown', why: `${target} answers no large echo request at all` };
  return { kind: 'smaller', mtu };
}

async function passes(question: PathQuestion, target: string, size: number): Promise<boolean> {
  return (await echo(question, target, size)).kind === 'answered';
}

/**
 * One echo request of `size` bytes in all, which no router may fragment. What the kernel believes
 * of the path must not decide: a single ICMP message, which anybody can forge, makes it refuse
 * larger packets for ten minutes. iputils from 2024 on can be told to ask regardless (`-M probe`);
 * for others the kernel is made to forget first.
 */
async function echo(question: PathQuestion, target: string, size: number): Promise<Echo> {
  const asked = await ping(question, target, size, 'probe');
  if (asked.kind !== 'impossible' || !/invalid -M argument/.test(asked.why)) return asked;
  const forget = ['ip', familyOf(target) === 6 ? '-6' : '-4', 'route', 'flush', 'cache'];
  await run(question, forget);
  return await ping(question, target, size, 'do');
}

async function ping(question: PathQuestion, target: string, size: number, mode: 'probe' | 'do'): Promise<Echo> {
  const payload = String(size - HEADERS[familyOf(target) ?? 4]);
  const options = ['-n', '-c', '1', '-M', mode, '-s', payload, '-W', String(ANSWER_SECONDS), '-I', question.source];
  const refusal = await run(question, ['ping', ...options, target]);
  return refusal === undefined ? { kind: 'answered' } : echoOf(refusal);
}

/**
 * Runs a command: undefined when it succeeded, else how it failed. @throws only the signal's reason
 */
async function run({ commands, signal }: PathQuestion, argv: readonly string[]): Promise<CommandError | undefined> {
  try {
    await commands.run(argv, { timeoutMs: ANSWER_SECONDS * 1000 + GRACE_MS, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandError) return error;
    throw error;
  }
}

function echoOf({ exitCode, stderr, cause }: CommandError): Echo {
  if (codeOf(cause) === 'ENOENT') return { kind: 'impossible', why: 'ping is not installed' };
  if (/message too long/i.test(stderr)) return { kind: 'silent' };
  // iputils: 1 is no answer, 2 is that it could not ask; busybox, which has no -M, says 1 for both,
  // and why.
  const cannot = exitCode === 2 || /invalid|unrecognized|usage|permitted|denied/i.test(stderr);
  return cannot ? { kind: 'impossible', why: stderr.trim().split('\n')[0] || 'ping failed' } : { kind: 'silent' };
}

/**
 * The MTU that the interface has, below `root` (default /sys); undefined when there is no such
 * interface.
 */
export async function readInterfaceMtu(name: string, root = '/sys'): Promise<number | undefined> {
  if (!isInterfaceName(name)) return undefined;
  // The interface may be gone by now; its measurement is then nobody's interest.
  const text = await readFile(`${root}/class/net/${name}/mtu`, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
