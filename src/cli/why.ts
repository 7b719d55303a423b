// `percept-lte why`: one sentence about why the board is online or offline.
import { whySentence } from '../status/why.ts';
import { escaped } from '../system/log-line.ts';
import { type CliContext, EXIT } from './context.ts';
import { statusOrSay } from './running.ts';
import { withRadio } from './signal.ts';

/** Prints the sentence; 1 when the daemon does not run. */
export async function why(context: CliContext): Promise<number> {
  const status = await statusOrSay(context);
  if (status === undefined) return EXIT.fault;
  const seen = await withRadio(context, status);
  context.out(escaped(whySentence(seen, context.clock.now().wallMs)));
  return EXIT.ok;
}
