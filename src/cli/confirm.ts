// Asks a person at the terminal.
import { createInterface } from 'node:readline/promises';

interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** Whether the answer is yes; undefined without a terminal. @throws the signal's reason */
export async function confirmOnTerminal(
  question: string,
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<boolean | undefined> {
  if (!input.isTTY || !output.isTTY) return undefined;
  const terminal = createInterface({ input, output });
  // Ctrl-C comes to readline as a character, not as a signal.
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason ?? new Error('interrupted'));
    terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return /^y(es)?$/i.test((await Promise.race([terminal.question(question), interrupted])).trim());
  } finally {
    terminal.close();
  }
}
