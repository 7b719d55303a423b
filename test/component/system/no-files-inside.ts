// Runs as a process of its own, under a limit of open files: uses them up, then runs tools, and
// says on standard error how that ended.
import { openSync } from 'node:fs';
import { hostCommands } from '../../../src/system/command.ts';

const said = (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : 'ran'}\n`);
// Both ways are loaded, and work.
await hostCommands.run(['cat'], { timeoutMs: 20_000 });
await hostCommands.follow(['cat'], () => {}, new AbortController().signal);
for (;;) {
  try {
    openSync('/dev/null', 'r');
  } catch {
    break;
  }
}
await hostCommands.run(['cat'], { timeoutMs: 20_000 }).then(said, said);
await hostCommands.follow(['cat'], () => {}, new AbortController().signal).then(said, said);
