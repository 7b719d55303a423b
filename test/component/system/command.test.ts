// The system's tools as real processes: those that hang, that leave something behind, and that
// write without end.
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CommandError, hostCommands } from '../../../src/system/command.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (script: string, more: { timeoutMs?: number; input?: string; signal?: AbortSignal } = {}) =>
  hostCommands.run(['sh', '-c', script], { timeoutMs: 20_000, ...more });
const refusal = (running: Promise<string>) =>
  running.then(
    () => undefined,
    (error: unknown) => (error instanceof CommandError ? error : undefined),
  );
/** The process whose number a script wrote to `name` is gone, or only its parent has not noticed. */
const isGone = (name: string) => {
  const path = `/proc/${readFileSync(join(folder, name), 'utf8').trim()}/stat`;
  return !existsSync(path) || / Z /.test(readFileSync(path, 'utf8'));
};
/** What is killed ends when the kernel gets to it. */
const ended = (name: string) => vi.waitFor(() => expect(isGone(name)).toBe(true), 5_000);
const left = () => `sleep 300 & echo $! > ${folder}/left`;

test('a script that runs into its deadline ends with what it has started', async () => {
  const error = await refusal(run(`${left()}; sleep 300`, { timeoutMs: 4_000 }));
  expect(error).toMatchObject({ exitCode: undefined });
  expect(error?.message).toContain('did not finish');
  await ended('left');
});

test('a script that is called off ends with what it has started', async () => {
  const stop = new AbortController();
  const running = refusal(run(`${left()}; echo > ${folder}/begun; sleep 300`, { signal: stop.signal }));
  while (!existsSync(join(folder, 'begun'))) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect(await running).toMatchObject({ exitCode: undefined });
  await ended('left');
  expect(await refusal(run('true', { signal: stop.signal }))).toBeInstanceOf(CommandError);
});

test('a script that ends well is done, also when what it leaves running holds its output open', async () => {
  expect(await run(`${left()}; echo said`)).toBe('said\n');
  expect(isGone('left')).toBe(false);
  process.kill(Number(readFileSync(join(folder, 'left'), 'utf8')));
});

test('exit code and words of a script that fails are told', async () => {
  const error = await refusal(run('echo out; echo "no such thing" >&2; exit 7'));
  expect(error).toMatchObject({ exitCode: 7, stderr: 'no such thing\n' });
  expect(error?.message).toContain('exited with 7: no such thing');
});

test('a script that writes without end is stopped', async () => {
  expect(await refusal(run('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'))).toMatchObject({
    exitCode: undefined,
  });
});

test('a program that is not there is told by name, and input that nobody reads hurts nobody', async () => {
  const error = await refusal(hostCommands.run(['no-such-program'], { timeoutMs: 5_000 }));
  expect(error).toMatchObject({ exitCode: undefined, cause: { code: 'ENOENT' } });
  expect(await run('exit 0', { input: 'x'.repeat(1 << 20) })).toBe('');
  expect(await run('cat', { input: 'äöü' })).toBe('äöü');
});

/** What becomes of both ways to run `file`. */
const bothWays = (file: string) =>
  Promise.all([
    refusal(hostCommands.run([file], { timeoutMs: 5_000 })),
    hostCommands
      .follow([file], () => {}, new AbortController().signal)
      .then(
        () => undefined,
        (error: unknown) => error,
      ),
  ]);

test('a tool that the kernel does not start just now ends nothing but the call, and the error says why', async () => {
  const tool = join(folder, 'tool');
  writeFileSync(tool, '#!/bin/sh\n', { mode: 0o755 });
  const held = openSync(tool, 'r+'); // it is being upgraded
  for (const error of await bothWays(tool)) {
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ exitCode: undefined, message: `${tool}: cannot be started (ETXTBSY)` });
  }
  closeSync(held);
  expect(await bothWays(tool)).toEqual([undefined, undefined]);
});

test('no file can be opened any more: a tool that is followed fails as one that is run', async () => {
  const inside = [process.execPath, '--import', 'tsx', `${import.meta.dirname}/no-files-inside.ts`];
  const limited = ['sh', '-c', 'ulimit -n 60; exec "$@" 2>&1', 'sh', ...inside];
  expect(await hostCommands.run(limited, { timeoutMs: 40_000 })).toBe(
    'cat: cannot be started (EMFILE)\ncat: cannot be started (EMFILE)\n',
  );
});
