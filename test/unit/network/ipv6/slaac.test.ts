// The interface's IPv6 settings: readied, and given back as the host's defaults are. The files are
// a test's.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  advertisedAddress,
  forgetAdvertised,
  prepareSlaac,
  restoreSlaac,
  type SlaacHost,
} from '../../../../src/network/ipv6/slaac.ts';
import type { KernelAddress, KernelState } from '../../../../src/network/link/kernel-state.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

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

test('what the routers of another session said is forgotten: the addresses, then the routes to their prefixes', async () => {
  await forgetAdvertised(host, 'wwan0', signal);
  expect(ran).toEqual([
    'ip -6 address flush dev wwan0',
    'ip -6 route flush dev wwan0 proto kernel root 2000::/3',
    'ip -6 route flush dev wwan0 proto kernel root fc00::/7',
  ]);
});

test('an interface that is gone leaves nothing to do; a stop and a bug are told', async () => {
  const failing = (error: Error): SlaacHost => ({
    ...host,
    commands: { ...host.commands, run: () => Promise.reject(error) },
  });
  const gone = new CommandError(['ip'], 1, 'Cannot find device "wwan0"');
  await expect(forgetAdvertised(failing(gone), 'wwan0', signal)).resolves.toBeUndefined();
  await expect(forgetAdvertised(failing(gone), 'wwan0', AbortSignal.abort())).rejects.toThrow(gone);
  await expect(forgetAdvertised(failing(new TypeError('a bug')), 'wwan0', signal)).rejects.toThrow('a bug');
});

/** wwan0 with such IPv6 addresses. */
const holding = (...addresses: readonly Partial<KernelAddress>[]): KernelState => ({
  links: [
    {
      interface: 'wwan0',
      up: true,
      hasNeighbours: false,
      mtu: 1500,
      addresses: addresses.map((changes) => ({
        family: 6 as const,
        address: '2001:db8::1234:5678:9abc:def0',
        peer: undefined,
        prefixLength: 64,
        scope: 'global',
        dynamic: true,
        ...changes,
      })),
    },
  ],
  routes: [],
  rules: [],
  policyRouting: [4, 6],
  mainIgnored: [],
});

test('the address is in the advertised network, with the identifier that the modem names', () => {
  const state = holding({ address: 'fe80::5', scope: 'link', dynamic: false }, {});
  expect(advertisedAddress(state, 'wwan0', 'fe80::5')).toEqual({ address: '2001:db8::5', prefixLength: 64 });
  expect(advertisedAddress(state, 'wwan0', undefined)).toEqual({
    address: '2001:db8::1234:5678:9abc:def0',
    prefixLength: 64,
  });
});

test('before an advertisement there is no address', () => {
  expect(advertisedAddress(holding(), 'wwan0', undefined)).toBeUndefined();
  expect(advertisedAddress(holding({ prefixLength: 128 }), 'wwan0', undefined)).toBeUndefined();
  expect(advertisedAddress(holding({}), 'wwan9', undefined)).toBeUndefined();
});
