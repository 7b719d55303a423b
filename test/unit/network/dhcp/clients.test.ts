// Which DHCP clients a host has, best first, and the words that keep each from touching the host.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { argvOf, type ClientName, findClients } from '../../../../src/network/dhcp/clients.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'percept-lte-clients-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The clients found where these programs are, by what they answer. */
async function found(
  programs: readonly string[],
  answer: string | Error = '',
  signal = new AbortController().signal,
): Promise<string[]> {
  for (const name of programs) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), 0o755);
  }
  const commands: CommandRunner = {
    run: () => (typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer)),
    follow: () => Promise.resolve(undefined),
  };
  const clients = await findClients(commands, `relative:/nonexistent:${folder}`, signal);
  return clients.map(({ name, program }) => `${name} by ${program.join(' ').replaceAll(`${folder}/`, '')}`);
}

test.each<readonly [readonly string[], string, readonly string[]]>([
  [[], '', []],
  [
    ['dhcpcd', 'dhclient', 'busybox', 'udhcpc'],
    'dhcpcd 10.0.6',
    ['udhcpc by udhcpc', 'dhclient by dhclient', 'dhcpcd by dhcpcd'],
  ],
  [['busybox'], 'cat\nudhcpc\nudhcpd\n', ['udhcpc by busybox udhcpc']],
  [['busybox'], 'cat\nudhcpc6\n', []],
  [['dhcpcd'], 'dhcpcd 9.4.1\nCopyright', ['dhcpcd by dhcpcd']],
  [['dhcpcd'], 'dhcpcd 8.1.2\n', []],
  [['dhcpcd'], 'something else', []],
])('of %j that say %j: %j', async (programs, answer, expected) => {
  expect(await found(programs, answer)).toEqual(expected);
});

test('a file that may not be run is no client', async () => {
  writeFileSync(join(folder, 'udhcpc'), '');
  expect(await found([])).toEqual([]);
});

test('one that fails when it is asked is passed over; a stop and a bug are not', async () => {
  const failure = new CommandError(['dhcpcd'], 1, '');
  expect(await found(['dhcpcd', 'busybox', 'dhclient'], failure)).toEqual(['dhclient by dhclient']);
  await expect(found(['dhcpcd'], failure, AbortSignal.abort())).rejects.toThrow(failure);
  await expect(found(['dhcpcd'], new TypeError('a bug'))).rejects.toThrow('a bug');
});

test.each<readonly [ClientName, string | undefined, string]>([
  ['udhcpc', undefined, 'udhcpc -f -i wwan0 -s /x/script -t 5 -T 2 -A 5 -O mtu'],
  ['udhcpc', '10.0.0.2', 'udhcpc -f -i wwan0 -s /x/script -t 5 -T 2 -A 5 -O mtu -r 10.0.0.2'],
  [
    'dhclient',
    '10.0.0.2',
    'dhclient -4 -d -q -sf /x/script -cf /x/dhclient.conf -lf /x/dhclient.wwan0.leases -pf /x/dhclient.wwan0.pid wwan0',
  ],
  [
    'dhcpcd',
    undefined,
    'dhcpcd -B -4 -L -A -p -t 0 --noconfigure -f /dev/null -o subnet_mask,routers,domain_name_servers,interface_mtu -c /x/script wwan0',
  ],
])('%s with %s held is run in the foreground and configures nothing', (name, held, expected) => {
  const places = { interface: 'wwan0', script: '/x/script', folder: '/x', held };
  expect(argvOf({ name, program: [name] }, places).join(' ')).toBe(expected);
});
