// A serial port that is none, is deaf, talks nonsense, or goes away.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { AtError, type AtPort, openAtPort } from '../../../src/modem/at/port.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type CommandRunner, hostCommands } from '../../../src/system/command.ts';
import { Pty } from '../../world/at/pty.ts';

const signal = new AbortController().signal;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openPort(path: string, commands: CommandRunner = hostCommands): Promise<AtPort> {
  const port = await openAtPort(path, { commands, clock: systemClock }, signal);
  cleanups.push(() => port.close());
  return port;
}

/** A port whose far end answers each text that arrives. */
async function portTo(receive: (text: string) => string): Promise<{ port: AtPort; pty: Pty }> {
  const pty = await Pty.open(receive);
  cleanups.push(() => pty.close());
  return { port: await openPort(pty.path), pty };
}

test('a port that is not there is told by its path', async () => {
  await expect(openPort('/dev/ttyACM99')).rejects.toMatchObject({
    trouble: 'closed',
    message: '/dev/ttyACM99 cannot be opened: it is not there',
  });
  await expect(openPort('/dev/null/x')).rejects.toThrow(/^\/dev\/null\/x cannot be opened: ENOTDIR/);
});

test('a file that is no terminal is told in the words of stty', async () => {
  const told = await openPort('/dev/null').catch((error: unknown) => error);
  expect(told).toBeInstanceOf(AtError);
  expect(told).toMatchObject({
    trouble: 'closed',
    message: expect.stringMatching(/^\/dev\/null cannot be set up by stty: .*ioctl/),
  });
});

test('a bug is not taken for a port that cannot be set up', async () => {
  const pty = await Pty.open(() => '');
  cleanups.push(() => pty.close());
  const commands: CommandRunner = { ...hostCommands, run: () => Promise.reject(new TypeError('a bug')) };
  await expect(openPort(pty.path, commands)).rejects.toThrow('a bug');
});

test('a port that is deaf is silent', async () => {
  const { port } = await portTo(() => '');
  await expect(port.ask('AT', 100, signal)).rejects.toMatchObject({
    trouble: 'silent',
    message: `${port.path} does not answer AT within 0.1 s`,
  });
});

test('a GPS that sends its sentences sends something else than an answer', async () => {
  const { port } = await portTo(() => '$GPRMC,123519,A,4807.038,N\r\n');
  await expect(port.ask('AT', 300, signal)).rejects.toMatchObject({
    trouble: 'nonsense',
    message: `${port.path} sends something else than an answer to AT`,
  });
});

test('whoever sends without end is read no longer than an answer is', async () => {
  const { port } = await portTo(() => 'x'.repeat(100_000));
  await expect(port.ask('AT', 600_000, signal)).rejects.toMatchObject({ trouble: 'nonsense' });
});

test('a modem that is pulled out while it is asked is gone, and so is its port for the next command', async () => {
  const { port, pty } = await portTo(() => {
    void pty.close();
    return '';
  });
  await expect(port.ask('AT', 30_000, signal)).rejects.toMatchObject({ trouble: 'gone' });
  await expect(port.ask('AT', 30_000, signal)).rejects.toMatchObject({ trouble: 'gone' });
});

test('a Ctrl-C ends the wait for an answer', async () => {
  const stop = new AbortController();
  const { port } = await portTo(() => {
    stop.abort(new Error('interrupted'));
    return '';
  });
  await expect(port.ask('AT', 30_000, stop.signal)).rejects.toThrow('interrupted');
});

/** A pipe that nobody reads takes as much as a pipe holds; nothing sets it up. */
async function stalledPort(): Promise<AtPort> {
  const folder = mkdtempSync(join(tmpdir(), 'percept-lte-port-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  execFileSync('mkfifo', [join(folder, 'port')]);
  return await openPort(join(folder, 'port'), { ...hostCommands, run: () => Promise.resolve('') });
}

test('a port that takes nothing is told as that', async () => {
  const port = await stalledPort();
  await expect(port.ask('A'.repeat(200_000), 200, signal)).rejects.toMatchObject({
    trouble: 'silent',
    message: `${port.path} takes nothing`,
  });
});

test('a command that does not fit at once is sent in pieces', async () => {
  let heard = '';
  const { port } = await portTo((text) => {
    heard += text;
    return heard.endsWith('\r') ? '\r\nOK\r\n' : '';
  });
  const long = `AT${'A'.repeat(60_000)}`;
  expect(await port.ask(long, 30_000, signal)).toMatchObject({ ok: true });
  expect(heard).toBe(`${long}\r`);
});
