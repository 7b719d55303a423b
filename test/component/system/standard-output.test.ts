// The log's way out, into a pipe that nobody reads for a while.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patientOutput } from '../../../src/system/standard-output.ts';
import { eventually } from '../network/namespace.ts';

const lost = (lines: number) => `${lines} lines were lost\n`;
const LINE = `${'x'.repeat(1023)}\n`;

let folder: string;
let readEnd: number | undefined;
let stream: Socket | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-output-'));
});
afterEach(() => {
  stream?.destroy();
  hangUp();
  rmSync(folder, { recursive: true });
});

function hangUp(): void {
  if (readEnd !== undefined) closeSync(readEnd);
  readEnd = undefined;
}

/** A pipe as journald gives one; its reader is this test. */
function openPipe() {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: false, writable: true });
  stream = socket;
  const output = patientOutput(lost, { fd, stream: () => socket });
  if (output === undefined) throw new Error('a pipe is taken for none');
  return { output, socket };
}

/** All that is in the pipe now. */
function read(): string {
  const buffer = Buffer.alloc(1 << 20);
  let text = '';
  try {
    for (;;) {
      const bytes = readSync(readEnd ?? -1, buffer);
      if (bytes === 0) return text;
      text += buffer.toString('utf8', 0, bytes);
    }
  } catch {
    return text; // EAGAIN: that was all
  }
}

/** What comes out of the pipe until it is told that lines were lost. */
async function readUntilTold(): Promise<string> {
  let text = '';
  await eventually(() => {
    text += read();
    return text.includes('lost');
  }, 'it is told');
  return text;
}

test('a line is with the reader before the next statement runs', () => {
  const { output } = openPipe();
  output.write('the last words\n');
  expect(read()).toBe('the last words\n');
});

test('a reader that stalls costs lines beyond a limit, which it is told of once it reads again', async () => {
  const { output, socket } = openPipe();
  for (let line = 0; line < 1_000; line += 1) output.write(LINE);
  expect(socket.writableLength).toBeLessThanOrEqual(256 << 10);
  const text = await readUntilTold();
  const kept = text.split(LINE).length - 1;
  expect(kept).toBeGreaterThanOrEqual(256);
  expect(text).toBe(`${LINE.repeat(kept)}${1_000 - kept} lines were lost\n`);
  output.write('well again\n');
  expect(read()).toBe('well again\n');
});

test('after lines were lost, the next ones wait until there is room to tell of them', async () => {
  const { output } = openPipe();
  for (let line = 0; line < 1_000; line += 1) output.write(LINE);
  output.write('a\nb\n');
  const text = await readUntilTold();
  const kept = text.split(LINE).length - 1;
  expect(text.endsWith(`${1_002 - kept} lines were lost\n`)).toBe(true);
});

test('a reader that has gone ends nothing', async () => {
  const { output, socket } = openPipe();
  hangUp();
  output.write(LINE);
  await eventually(() => socket.destroyed, 'the pipe has broken');
  const write = vi.spyOn(socket, 'write');
  output.write(LINE);
  expect(write).not.toHaveBeenCalled();
});

test('a file is written by somebody else', () => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  const fd = openSync(path, 'r+');
  expect(patientOutput(lost, { fd, stream: () => new Socket() })).toBeUndefined();
  closeSync(fd);
});
