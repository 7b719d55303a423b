// Which other ways out the host has. Read only; asked before the host is rebooted for the sake of this one.
import * as z from 'zod';
import type { CommandRunner } from '../system/command.ts';

const Routes = z.array(z.looseObject({ dev: z.string().optional(), flags: z.array(z.string()).default([]) }));

const IP_TIMEOUT_MS = 5_000;

/** The interface of a usable default route that is not `own`'s, or undefined. @throws CommandError */
export async function otherUplink(
  runner: CommandRunner,
  own: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const text = await runner.run(['ip', '-json', 'route', 'show', 'default'], { timeoutMs: IP_TIMEOUT_MS, signal });
  const routes = Routes.parse(JSON.parse(text === '' ? '[]' : text));
  // A route over a cable that is unplugged stays, marked; it is no way out.
  return routes.find(({ dev, flags }) => dev !== undefined && dev !== own && !flags.includes('linkdown'))?.dev;
}
