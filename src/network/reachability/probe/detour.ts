// Which way the kernel sends what is bound to the link's address: a rule of a VPN ahead of ours may
// send it elsewhere, and a bridge that the interface is a port of takes what comes in.
import * as z from 'zod/mini';
import { $ZodError } from 'zod/v4/core';
import { familyOf } from '../../../ip/address.ts';
import { parseIpJson } from '../../../ip/ip-json.ts';
import { CommandError, type CommandRunner } from '../../../system/command.ts';
import { OUR_RULE_PRIORITY } from '../../link/marks.ts';

/** A way that is not over the link. */
export interface Detour {
  /** The interface it leads to; undefined where it leads nowhere, since the rule refuses. */
  readonly device: string | undefined;
  /** The rule, as `ip rule` prints it. */
  readonly rule: string;
}

const TIMEOUT_MS = 5_000;

const Way = z
  .array(z.object({ dev: z._default(z.string(), ''), table: z._default(z.coerce.string(), 'main') }))
  .check(z.minLength(1));
const Rules = z.array(
  z.object({
    priority: z.number(),
    src: z._default(z.string(), 'all'),
    table: z._default(z.coerce.string(), ''),
    /** In place of a table. */
    action: z._default(z.string(), ''),
  }),
);
type Rule = z.output<typeof Rules>[number];

/** What refuses, of rules (rtm_type as `ip` prints it) and of routes. */
const REFUSALS: readonly string[] = ['unreachable', 'blackhole', 'prohibit'];

const Routes = z.array(z.object({ type: z._default(z.string(), 'unicast') }));

/** Of the tables that rules ahead of ours name, so many are looked into. */
const MOST_TABLES = 8;

/**
 * The way from `source` to `address`, where it is not over `device`, or refused by a rule ahead of
 * ours; undefined where it is, or where the kernel knows none. Rejects only with the signal's
 * reason.
 */
export async function detourOf(
  commands: CommandRunner,
  { source, address, device }: { readonly source: string; readonly address: string; readonly device: string },
  signal: AbortSignal,
): Promise<Detour | undefined> {
  const family = familyOf(source) === 6 ? '-6' : '-4';
  const ask = async (...words: readonly string[]): Promise<unknown> =>
    parseIpJson(await commands.run(['ip', '-json', family, ...words], { timeoutMs: TIMEOUT_MS, signal }));
  const ahead = async () =>
    Rules.parse(await ask('rule', 'show')).filter(({ priority }) => priority < OUR_RULE_PRIORITY);
  try {
    const [way] = await ask('route', 'get', address, 'from', source).then(
      (text) => Way.parse(text),
      (error: unknown) => {
        if (error instanceof CommandError) return [];
        throw error;
      },
    );
    if (way === undefined) return await refusing(await ahead(), address, ask);
    if (way.dev === device || way.dev === '') return undefined;
    const rule = (await ahead()).find(({ table }) => table === way.table);
    return { device: way.dev, rule: rule === undefined ? `lookup ${way.table}` : nameOf(rule) };
  } catch (error) {
    signal.throwIfAborted();
    // No such route, an `ip` of another age: then silence is what it looks like.
    if (error instanceof CommandError || error instanceof SyntaxError || error instanceof $ZodError) return undefined;
    throw error;
  }
}

/** The first of `rules` that refuses, or whose table refuses `address`. */
async function refusing(
  rules: readonly Rule[],
  address: string,
  ask: (...words: readonly string[]) => Promise<unknown>,
): Promise<Detour | undefined> {
  for (const rule of rules.filter(({ priority }) => priority > 0).slice(0, MOST_TABLES)) {
    const { action, table } = rule;
    const show = ['route', 'show', 'table', table, 'match', address];
    const routes = table === '' ? [] : Routes.parse(await ask(...show).catch(() => []));
    if (REFUSALS.includes(action) || routes.some(({ type }) => REFUSALS.includes(type)))
      return { device: undefined, rule: nameOf(rule) };
  }
  return undefined;
}

const nameOf = ({ priority, src, table, action }: Rule): string =>
  `${priority}: from ${src} ${action === '' ? `lookup ${table}` : action}`;

const Links = z.array(z.object({ master: z.optional(z.string()) }));

/**
 * The bridge, bond or VRF that somebody has put `device` into; undefined where there is none.
 * Rejects only with the signal's reason.
 */
export async function masterOf(
  commands: CommandRunner,
  device: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const argv = ['ip', '-json', 'link', 'show', 'dev', device];
    const text = await commands.run(argv, { timeoutMs: TIMEOUT_MS, signal });
    return Links.parse(parseIpJson(text))[0]?.master;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandError || error instanceof SyntaxError || error instanceof $ZodError) return undefined;
    throw error;
  }
}
