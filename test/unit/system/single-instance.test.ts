import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AlreadyRunningError, claimInstance, holderOf } from '../../../src/system/single-instance.ts';

/** Whether this user may ask a socket: root may ask each, and a process of Node may not become another user. */
const mayAsk = vi.hoisted(() => ({ value: true }));

vi.mock('node:net', async (original) => {
  const net = await original<typeof import('node:net')>();
  const connect = (options: { readonly path: string }) =>
    mayAsk.value
      ? net.connect(options)
      : new net.Socket().destroy(Object.assign(new Error('connect'), { code: 'EACCES' }));
  return { ...net, connect };
});

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'percept-lte-instance-')), 'instance');
});
afterEach(() => {
  mayAsk.value = true;
  rmSync(join(path, '..'), { recursive: true });
});

/** Another process that holds the socket until it is killed. */
async function holder() {
  const child = claimer();
  await once(child.stdout, 'data');
  return child;
}

/** Another process that says whether it holds the socket; where a moment is given, from then on. */
function claimer(at = 0) {
  const module = new URL('../../../src/system/single-instance.ts', import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(async ({ claimInstance }) => {
    await new Promise((resolve) => setTimeout(resolve, ${at} - Date.now()));
    await claimInstance(${JSON.stringify(path)}).then(() => console.log('held'), (error) => console.log(error.name));
    setInterval(() => {}, 1000); });`;
  return spawn(process.execPath, ['--import', 'tsx', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: Awaited<ReturnType<typeof holder>>) {
  child.kill('SIGKILL');
  await once(child, 'exit');
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
  await kill(await holder());
  await claimInstance(path);
  await expect(claimInstance(path)).rejects.toBeInstanceOf(AlreadyRunningError);
});

test('where there can be no socket, the error is another one', async () => {
  writeFileSync(path, '');
  const error = await claimInstance(`${path}/none/instance`).catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(AlreadyRunningError);
  expect(error).toBeInstanceOf(Error);
});

test('the socket that an older version left, or a plain file, is no obstacle', async () => {
  writeFileSync(path, '');
  await claimInstance(path);
  expect(await holderOf(path)).toBe(`process ${process.pid}`);
});

test('of many claims in lockstep after one that was killed, one holds and all others are refused', async () => {
  for (let round = 0; round < 30; round += 1) {
    rmSync(path, { recursive: true, force: true });
    leaveDead(round);
    const claims = await Promise.allSettled(Array.from({ length: 12 }, () => claimInstance(path)));
    const refused = claims.filter(({ status }) => status === 'rejected');
    expect(refused.map((claim) => 'reason' in claim && claim.reason)).toEqual(
      Array.from({ length: 11 }, () => expect.any(AlreadyRunningError)),
    );
    expect(readdirSync(join(path, '..'))).toEqual(['instance']);
  }
});

test('of four processes that start at once after one that was killed, one runs', async () => {
  await kill(await holder());
  for (let round = 0; round < 2; round += 1) {
    const at = Date.now() + 1_500;
    const children = Array.from({ length: 4 }, () => claimer(at));
    const said = await Promise.all(children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
    expect(said.sort()).toEqual([...Array.from({ length: 3 }, () => 'AlreadyRunningError'), 'held']);
    await Promise.all(children.map(kill));
  }
}, 30_000);

test('a path that is too long for a socket is told, and nothing is left behind', async () => {
  const long = join(path, '..', 'x'.repeat(60));
  await expect(claimInstance(long)).rejects.toThrow(
    /^no socket can be at \S+: its path has \d+ bytes, and 107 at most/,
  );
  expect(readdirSync(join(path, '..'))).toEqual([]);
});

test('what cannot be read is told, and not taken for a free place', async () => {
  await expect(holderOf('\0')).rejects.toThrow();
});

test('to those who may not ask the socket, its name tells the process, as long as that is there', async () => {
  await claimInstance(path);
  const [name = ''] = readdirSync(path);
  mayAsk.value = false;
  expect(await holderOf(path)).toBe(`process ${process.pid}`);
  // One that somebody else runs, for whoever runs this test without being root.
  renameSync(join(path, name), join(path, 'instance.1-abcdef'));
  expect(await holderOf(path)).toBe('process 1');
  renameSync(join(path, 'instance.1-abcdef'), join(path, 'instance.2147483647-abcdef'));
  expect(await holderOf(path)).toBeUndefined();
});

/** What a process that was killed leaves; also what version 0.1 left, which had no folder. */
function leaveDead(round: number) {
  if (round % 2 === 0) return writeFileSync(path, '');
  mkdirSync(path);
  writeFileSync(join(path, 'instance.1-abcdef'), '');
}
