// The log of a process whose standard output nobody reads, as when journald stalls.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

let child: Child | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

/** The process, and a way to wait for what it says next on standard error. */
function logging() {
  const argv = ['--import', 'tsx', `${import.meta.dirname}/log-inside.ts`];
  const process_: Child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
  child = process_;
  const lines = createInterface({ input: process_.stderr })[Symbol.asyncIterator]();
  return { process: process_, says: async () => (await lines.next()).value as string | undefined };
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

test('nobody reads the journal: the program goes on, and says how many lines were lost when somebody reads again', async () => {
  const { process: logger, says } = logging();
  expect(await says()).toBe('logged');
  const text = textOf(logger.stdout);
  // What waited is read now; then there is room again.
  logger.stdin.write('go on\n');
  expect(await says()).toBe('heard go on');
  logger.stdin.end();
  const lines = (await text).trimEnd().split('\n');
  const [, lost = '0'] =
    /^<4>(\d+) lines of this log were lost: whoever reads it was too slow$/m.exec(await text) ?? [];
  const kept = lines.filter((line) => line.startsWith('<6>xxx')).length;
  expect(Number(lost)).toBeGreaterThan(0);
  expect(lines.at(-1)).toBe('<6>the last line');
  expect(kept + Number(lost) + lines.filter((line) => line === '<6>after the stall').length).toBeGreaterThanOrEqual(
    20_000,
  );
}, 60_000);

test('whoever read the journal is gone: the program goes on', async () => {
  const { process: logger, says } = logging();
  logger.stdout.destroy();
  expect(await says()).toBe('logged');
  logger.stdin.write('go on\n');
  expect(await says()).toBe('heard go on');
  const exit = once(logger, 'exit');
  logger.stdin.end();
  expect(await exit).toEqual([0, null]);
}, 60_000);
