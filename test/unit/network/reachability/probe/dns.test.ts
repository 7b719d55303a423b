// A DNS question on a host whose resolv.conf is no file: the library would wait for it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askDns } from '../../../../../src/network/reachability/probe/dns.ts';

let resolvConf = '';
beforeEach(() => {
  resolvConf = join(mkdtempSync(join(tmpdir(), 'dns-')), 'resolv.conf');
});
afterEach(() => rmSync(join(resolvConf, '..'), { recursive: true }));

const ask = (signal = new AbortController().signal) =>
  askDns({ source: '127.0.0.1', server: '127.0.0.1:9', name: '.', timeoutMs: 1_000, signal, resolvConf });
const impossible = { outcome: 'impossible', detail: expect.stringMatching(/resolv\.conf is no regular file/) };

test('resolv.conf is a pipe that nobody writes into: the question is not asked, and nothing waits', async () => {
  execFileSync('mkfifo', [resolvConf]);
  expect(await ask()).toEqual(impossible);
});

test('resolv.conf has 300 MB: the question is not asked', async () => {
  writeFileSync(resolvConf, '');
  truncateSync(resolvConf, 300 << 20);
  expect(await ask()).toEqual(impossible);
});

test('without a resolv.conf it is asked', async () => {
  expect((await ask()).outcome).not.toBe('impossible');
});

test('a question that is called off before it is asked is no answer', async () => {
  expect(await ask(AbortSignal.abort())).toEqual({ outcome: 'silent', detail: 'no answer' });
});
