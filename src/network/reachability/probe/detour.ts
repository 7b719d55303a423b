// Which way the kernel sends what is bound to the link's address: a rule of a VPN ahead of ours may
// send it elsewhere.
import * as z from 'zod';
import { familyOf } from '../../../ip/address.ts';
import { CommandError, type CommandRunner } from '../../../system/command.ts';
import { OUR_RULE_PRIORITY } from '../../link/marks.ts';

/** A way that is not over the link. */
export interface Detour {
  /** The interface it leads to. */
  readonly device: string;
  /** The rule, as `ip rule` prints it. */
  readonly rule: string;
}

const TIMEOUT_MS = 5_000;

const Way = z.array(z.object({ dev: z.string().default(''), table: z.coerce.string().default('main') })).min(1);
const Rules = z.array(
  z.object({
    priority: z.number(),
    src: z.string().default('all'),
    table: z.coerce.string().default(''),
  }),
);

/**
 * The way from `source` to `address`, where it is not over `device`; undefined where it is, or
 * where the kernel knows none. Rejects only with the signal's reason.
 */
export async function detourOf(
  commands: CommandRunner,
  { source, address, device }: { readonly source: string; readonly address: string; readonly device: string },
  signal: AbortSignal,
): Promise<Detour | undefined> {
  const family = familyOf(source) === 6 ? '-6' : '-4';
  const ask = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse(await commands.run(['ip', '-json', family, ...words], { timeoutMs: TIMEOUT_MS, signal }));
  try {
    const [way] = Way.parse(await ask('route', 'get', address, 'from', source));
    if (way === undefined || way.dev === device || way.dev === '') return undefined;
    const rules = Rules.parse(await ask('rule', 'show'));
    const rule = rules.find(({ priority, table }) => priority < OUR_RULE_PRIORITY && table === way.table);
    const name = rule === undefined ? `lookup ${way.table}` : `${rule.priority}: from ${rule.src} lookup ${rule.table}`;
    return { device: way.dev, rule: name };
  } catch (error) {
    signal.throwIfAborted();
    // No such route, an `ip` of another age: then silence is what it looks like.
    if (error instanceof CommandError || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
