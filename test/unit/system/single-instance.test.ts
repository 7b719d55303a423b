import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlreadyRunningError, claimInstance } from '../../../src/system/single-instance.ts';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'percept-lte-instance-')), 'instance');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

/** Another process that holds the socket until it is killed. */
async function holder() {
  const module = new URL('../../../src/system/single-instance.ts', import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(async ({ claimInstance }) => {
    await claimInstance(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a second daemon is refused, with the process of the first and what to do', async () => {
  const child = await holder();
  const refused = claimInstance(path);
  await expect(refused).rejects.toBeInstanceOf(AlreadyRunningError);
  await expect(refused).rejects.toThrow(`(process ${child.pid}): stop that one first`);
  child.kill('SIGSTOP');
  await expect(claimInstance(path)).rejects.toThrow('it does not answer');
  child.kill('SIGKILL');
});

test('one that was killed is no obstacle', async () => {
  const child = await holder();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await claimInstance(path);
  await expect(claimInstance(path)).rejects.toBeInstanceOf(AlreadyRunningError);
});

test('where there can be no socket, the error is another one', async () => {
  writeFileSync(path, '');
  const error = await claimInstance(`${path}/none/instance`).catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(AlreadyRunningError);
  expect(error).toBeInstanceOf(Error);
});
