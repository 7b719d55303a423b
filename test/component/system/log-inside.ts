// Runs as a process of its own: logs far more than a pipe holds, and says on standard error how far
// it came. Ends when its standard input does.
import { once } from 'node:events';
import { openLog } from '../../../src/system/log.ts';

const { log, flush } = openLog({ level: 'info', journald: true });
const said = (text: string) => process.stderr.write(`${text}\n`);
for (let line = 0; line < 20_000; line += 1) log.info({ line }, 'x'.repeat(100));
said('logged');
const [command] = await once(process.stdin, 'data');
log.info('after the stall');
flush();
said(`heard ${String(command).trim()}`);
process.stdin.resume();
await once(process.stdin, 'end');
log.info('the last line');
process.exit();
