// The interface's IPv6 settings: readied, and given back as the host's defaults are. The files are
// a test's.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareSlaac, restoreSlaac, type SlaacHost } from '../../../../src/network/ipv6/slaac.ts';
import type { CommandRunner } from '../../../../src/system/command.ts';

const signal = new AbortController().signal;
const KEYS = ['accept_ra', 'accept_ra_defrtr', 'accept_ra_pinfo', 'autoconf', 'use_tempaddr', 'addr_gen_mode'];

let host: SlaacHost;
let ran: string[];
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), 'slaac-'));
  ran = [];
  const commands: CommandRunner = {
    run: (argv) => {
      ran.push(argv.join(' '));
      return Promise.resolve('');
    },
    follow: () => Promise.resolve(0),
  };
  host = { commands, root };
  for (const name of ['default', 'wwan0']) {
    await mkdir(join(root, 'proc/sys/net/ipv6/conf', name), { recursive: true });
    for (const key of KEYS) await writeFile(join(root, 'proc/sys/net/ipv6/conf', name, key), '1\n');
  }
});
afterEach(() => rm(host.root, { recursive: true }));

const settings = () =>
  Promise.all(
    KEYS.map(async (key) => (await readFile(`${host.root}/proc/sys/net/ipv6/conf/wwan0/${key}`, 'utf8')).trim()),
  );

test('readies the interface for router advertisements without the kernel own default route', async () => {
  expect(await prepareSlaac(host, 'wwan0')).toEqual([]);
  expect(await settings()).toEqual(['2', '0', '1', '1', '0', '1']);
});

test('gives the settings back as the host has them for new interfaces', async () => {
  await prepareSlaac(host, 'wwan0');
  await restoreSlaac(host, 'wwan0', 'fe80::5', signal);
  expect(await settings()).toEqual(['1', '1', '1', '1', '1', '1']);
  expect(ran).toContain('ip address delete fe80::5/64 dev wwan0');
});

test('a setting that cannot be made is named, and a name that makes no sense reaches no file', async () => {
  await rm(`${host.root}/proc/sys/net/ipv6/conf/wwan0`, { recursive: true });
  expect(await prepareSlaac(host, 'wwan0')).toContain('accept_ra=absent');
  await expect(prepareSlaac(host, '../default')).rejects.toThrow(/is not the name of a network interface/);
});
