// A question on a real terminal, and what is typed there.
import { constants, openSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { afterEach, expect, test } from 'vitest';
import { confirmOnTerminal } from '../../../src/cli/confirm.ts';
import { Pty } from '../../world/at/pty.ts';

const QUESTION = 'Send AT#REBOOT? [y/N] ';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A terminal at which `typed` is typed once the question stands there, and all that it showed. */
async function terminal(typed: string) {
  let shown = '';
  let isTyped = false;
  const pty = await Pty.open((text) => {
    shown += text;
    if (isTyped || !shown.includes(QUESTION)) return '';
    isTyped = true;
    return typed;
  });
  cleanups.push(() => pty.close());
  const open = () => openSync(pty.path, constants.O_RDWR | constants.O_NOCTTY);
  const [input, output] = [new ReadStream(open()), new WriteStream(open())];
  cleanups.push(
    () => input.destroy(),
    () => output.destroy(),
  );
  return { streams: { input, output }, shown: () => shown };
}

test.each([
  ['y\r', true],
  ['Yes\r', true],
  [' y \r', true],
  ['n\r', false],
  ['\r', false],
  ['yesterday\r', false],
])('%j is an answer: %s', async (typed, expected) => {
  const { streams, shown } = await terminal(typed);
  expect(await confirmOnTerminal(QUESTION, new AbortController().signal, streams)).toBe(expected);
  expect(shown()).toContain(QUESTION);
});

test('a Ctrl-C at the question is one for the program, which ends the question', async () => {
  const { streams } = await terminal('\x03');
  const stop = new AbortController();
  const onInterrupt = () => stop.abort(new Error('interrupted by a person'));
  process.once('SIGINT', onInterrupt);
  cleanups.push(() => process.off('SIGINT', onInterrupt));
  await expect(confirmOnTerminal(QUESTION, stop.signal, streams)).rejects.toThrow('interrupted by a person');
});

test('without a terminal on either side nobody is asked', async () => {
  const { signal } = new AbortController();
  const { streams } = await terminal('y\r');
  const pipe = new PassThrough();
  const [input, output] = [pipe as unknown as ReadStream, pipe as unknown as WriteStream];
  expect(await confirmOnTerminal(QUESTION, signal, { ...streams, input })).toBeUndefined();
  expect(await confirmOnTerminal(QUESTION, signal, { ...streams, output })).toBeUndefined();
  expect(pipe.read()).toBeNull();
});
