// Who is in charge of name resolution: the decision, as a table of what is seen.
import { expect, test } from 'vitest';
import type { Seen } from '../../../../src/network/dns/backend.ts';
import { type DnsMode, decideDns } from '../../../../src/network/dns/detect.ts';

const plain: Seen = {
  rc: 'file',
  owner: undefined,
  resolved: false,
  stub: false,
  nss: false,
  resolvconf: 'none',
  unwritable: undefined,
};
const readOnly = { code: 'EROFS', reason: '/etc/resolv.conf is read-only' };

const rows: readonly (readonly [string, Partial<Seen>, DnsMode | 'none'])[] = [
  ['a plain file', {}, 'file'],
  ['no file', { rc: 'missing' }, 'file'],
  ['resolved’s stub, resolved running', { stub: true, resolved: true }, 'systemd-resolved'],
  ['resolved’s stub, resolved not running', { stub: true }, 'file'],
  ['resolved runs, and nobody asks it', { resolved: true }, 'file'],
  ['resolved runs, and glibc asks it', { resolved: true, nss: true }, 'systemd-resolved'],
  [
    'resolved’s stub on a read-only file system',
    { stub: true, resolved: true, unwritable: readOnly },
    'systemd-resolved',
  ],
  ['openresolv and a file of nobody’s', { resolvconf: 'openresolv' }, 'resolvconf'],
  ['openresolv and its own file', { resolvconf: 'openresolv', owner: 'resolvconf' }, 'resolvconf'],
  ['openresolv and NetworkManager’s file', { resolvconf: 'openresolv', owner: 'NetworkManager' }, 'file'],
  ['Debian’s resolvconf and its own file', { resolvconf: 'debian', owner: 'resolvconf' }, 'resolvconf'],
  ['Debian’s resolvconf and a file of nobody’s', { resolvconf: 'debian' }, 'file'],
  ['systemd’s resolvconf, resolved not running', { resolvconf: 'systemd', stub: true }, 'file'],
  ['a file that cannot be written', { unwritable: readOnly }, 'none'],
];

test.each(rows)('%s', (_, seen, mode) => {
  const decision = decideDns({ ...plain, ...seen });
  expect(decision.mode).toBe(mode);
  expect(decision.trace).toMatch(new RegExp(`mode=${mode}$`));
});

const said = (seen: typeof plain) => JSON.stringify(decideDns(seen).warning);

test('the reason why a file cannot be written is the one that is told', () => {
  expect(said({ ...plain, unwritable: readOnly })).toMatch(/not used: .* is read-only.*network\.dns: off/);
  expect(said({ ...plain, stub: true })).toMatch(/systemd-resolved’s, which is not running/);
  expect(decideDns(plain).warning).toBeUndefined();
});
