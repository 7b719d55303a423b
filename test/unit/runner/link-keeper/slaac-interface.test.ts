// When the interface's IPv6 settings are made and given back, over the links of a day. The files
// are a test's.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import { SlaacInterface } from '../../../../src/runner/link-keeper/slaac-interface.ts';
import { bearer, online } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';

let root = '';
let ran: string[] = [];
let stop = new AbortController();
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slaac-interface-'));
  ran = [];
  stop = new AbortController();
  for (const name of ['default', 'wwan0']) {
    mkdirSync(join(root, 'proc/sys/net/ipv6/conf', name), { recursive: true });
    for (const key of ['accept_ra', 'accept_ra_defrtr', 'accept_ra_pinfo', 'autoconf', 'use_tempaddr'])
      writeFileSync(join(root, 'proc/sys/net/ipv6/conf', name, key), '1\n');
  }
});
afterEach(() => rmSync(root, { recursive: true }));

function following(run: () => Promise<string> = () => Promise.resolve('')) {
  const warn = vi.fn();
  const commands = {
    run: (argv: readonly string[]) => {
      ran.push(argv.slice(0, 6).join(' '));
      return run();
    },
    follow: () => Promise.resolve(undefined),
  };
  const own = new SlaacInterface({ commands, root }, { ...silentLog, warn } as unknown as typeof silentLog);
  return { warn, follow: (link: Link | undefined) => own.follow(link, stop.signal) };
}

/** A link that hears router advertisements, of the bearer of that number. */
function heard(number: number, name = 'wwan0'): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  const path = `/org/freedesktop/ModemManager1/Bearer/${number}`;
  return {
    ...link,
    bearer: bearer({ path }),
    wanted: { ...link.wanted, interface: name, slaac: { linkLocal: 'fe80::5' } },
  };
}
const named = (): Link | undefined => online().link;
const acceptRa = (name = 'wwan0') =>
  readFileSync(join(root, 'proc/sys/net/ipv6/conf', name, 'accept_ra'), 'utf8').trim();
const FLUSHED = 'ip -6 address flush dev wwan0';

test('a link whose bearer names its addresses changes nothing', async () => {
  const { follow } = following();
  await follow(named());
  await follow(undefined);
  expect([acceptRa(), ran]).toEqual(['1', []]);
});

test('one that hears routers gets the settings, and gives them back with the link', async () => {
  const { follow, warn } = following();
  await follow(heard(1));
  expect([acceptRa(), ran]).toEqual(['2', []]);
  await follow(undefined);
  expect(acceptRa()).toBe('1');
  expect(ran).toContain('ip address delete fe80::5/64 dev wwan0');
  ran.length = 0;
  await follow(undefined);
  expect(ran).toEqual([]);
  expect(warn).not.toHaveBeenCalled();
});

test('what the routers of another session said is forgotten, and not what those of this one say', async () => {
  const { follow } = following();
  await follow(heard(1));
  await follow(heard(1));
  expect(ran).toEqual([]);
  await follow(heard(2));
  expect(ran[0]).toBe(FLUSHED);
});

test('a link with addresses of its bearer after it gives the settings back too', async () => {
  const { follow } = following();
  await follow(heard(1));
  await follow(named());
  expect(acceptRa()).toBe('1');
});

test('settings that cannot be made are told, and the link goes on', async () => {
  const { follow, warn } = following();
  rmSync(join(root, 'proc/sys/net/ipv6/conf/wwan0'), { recursive: true });
  await follow(heard(1));
  expect(warn).toHaveBeenCalledWith(
    expect.objectContaining({ interface: 'wwan0', settings: expect.stringContaining('accept_ra=absent') }),
    expect.anything(),
  );
});

test('a name that makes no sense reaches no file', async () => {
  const { follow, warn } = following();
  await follow(heard(1, '../default'));
  expect([acceptRa('default'), warn.mock.calls, ran]).toEqual(['1', [], []]);
});

test('what is called off in the middle is given back by the next link that does not want it', async () => {
  let run = () => Promise.resolve('');
  const { follow } = following(() => run());
  await follow(heard(1));
  run = () => {
    stop.abort(new Error('superseded'));
    return Promise.reject(stop.signal.reason);
  };
  await follow(undefined);
  await follow(undefined);
  expect(acceptRa()).toBe('2');
  [stop, run] = [new AbortController(), () => Promise.resolve('')];
  await follow(undefined);
  expect(acceptRa()).toBe('1');
});

test('a fault of the program is not hidden', async () => {
  const { follow } = following(() => Promise.reject(new TypeError('a bug')));
  await follow(heard(1));
  await expect(follow(undefined)).rejects.toThrow('a bug');
});
