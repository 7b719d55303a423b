// doctor --bundle: an archive for whoever helps, from a board on which secrets stand everywhere.

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { redactor, withoutSecretKeys } from '../../../src/cli/bundle/redact.ts';
import { tarOf } from '../../../src/cli/bundle/tar.ts';
import { doctor } from '../../../src/cli/doctor.ts';
import { found } from '../../../src/codes/codes.ts';
import { modem } from '../modem/builders.ts';
import { online } from '../status/statuses.ts';
import { fakeHost } from './fake-context.ts';

const PIN = '7395';
const SECRETS = {
  pin: PIN,
  password: 'pass-W0rd/x',
  user: 'somebody@isp',
  imei: '356611070001246',
  imsi: '311480123456789',
  iccid: '89148000001234567891',
  phone: '+15555550106',
};

const utf16 = (text: string) => (Buffer.from(text, 'utf16le').toString('hex').match(/../g) ?? []).join(':');

/** Everything that is known, in every place that the archive is made of. */
const everything = Object.values(SECRETS).join(' and ');

async function bundled() {
  const host = fakeHost();
  const { root } = host.context;
  const { pin, password, user, imei, imsi, iccid } = SECRETS;
  host.files({
    'etc/percept-lte.yaml': `connect: { apn: web, user: "${user}", password: "${password}" }\nsim: { pin: "${pin}" }\n`,
  });
  chmodSync(join(root, 'etc/percept-lte.yaml'), 0o600);
  host.files({ 'etc/os-release': `ID=x ${everything}`, 'var/lib/percept-lte/memory.json': everything });
  const warning = { ...found('hook-refused', { text: everything, remedy: everything }), since: online.since };
  host.daemon({ ...online, warnings: [warning], reason: everything });
  const journal = (unit: string) => `journalctl --no-pager -o short-iso -n 3000 -u ${unit}`;
  host.tool(
    journal('percept-lte'),
    `Nov 23 percept-lte: online in 45 ms\nNov 23 percept-lte: ${everything} ${utf16(pin)}`,
  );
  host.tool(
    journal('ModemManager'),
    `MM <info> state changed ${everything}\nMM <debug> PIN ${utf16(pin)}\n>>>>>> Pin = '${pin}'\nMM <dbg> ${everything}`,
  );
  for (const command of ['ip -json -statistics address show', 'ip route show table all', 'ip rule show', 'uname -srvm'])
    host.tool(command, `${command}: ${everything}`);
  const sim = { path: '/s', identifier: iccid, imsi, operatorIdentifier: '', operatorName: everything };
  const facts = {
    onBus: true,
    version: '1.14.12',
    modems: [modem({ equipmentIdentifier: imei, operatorName: everything, revision: everything, sim })],
  };
  const file = join(root, 'bundle.tar.gz');
  const look = () => Promise.resolve({ facts, modemManagerPid: undefined, status: { ...online, warnings: [warning] } });
  const options = { configPath: join(root, 'etc/percept-lte.yaml'), json: false, bundle: file };
  const code = await doctor(host.context, options, look);
  return { host, file, code, options, look };
}

test('no secret is in the archive, wherever it stood, nor in what is printed', async () => {
  const { host, file, code } = await bundled();
  expect(code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const raw = gunzipSync(readFileSync(file)).toString('latin1');
  for (const secret of [...Object.values(SECRETS), utf16(PIN), SECRETS.imei.slice(-4)]) {
    expect(raw).not.toContain(secret);
    expect(host.printed.join('\n')).not.toContain(secret);
  }
  expect(raw).not.toContain('memory.json');
});

test('what helps is in it, and tar reads it', async () => {
  const { file } = await bundled();
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
  expect(names).toContain('percept-lte/doctor.json');
  expect(names).toContain('percept-lte/journal-percept-lte.txt');
  const text = (name: string) => execFileSync('tar', ['-xzOf', file, `percept-lte/${name}`], { encoding: 'utf8' });
  expect(text('journal-percept-lte.txt')).toContain('online in 45 ms');
  expect(text('journal-modemmanager.txt')).toMatch(/^MM <info> state changed .*$/);
  expect(JSON.parse(text('status.json')).phase).toBe('online');
  expect(JSON.parse(text('config.json')).connect.apn).toBeDefined();
  expect(JSON.parse(text('modemmanager.json')).modems[0].model).toBe('FIH7160');
});

test('a file that is there is not overwritten', async () => {
  const { host, options, look } = await bundled();
  expect(await doctor(host.context, options, look)).toBe(1);
  expect(host.complained.join('\n')).toMatch(/bundle\.tar\.gz cannot be written: EEXIST/);
});

test('a bug while it is gathered is told as one, and leaves no archive', async () => {
  const { host, options, look } = await bundled();
  const { root } = host.context;
  const file = join(root, 'other.tar.gz');
  const run = ([tool = '']: readonly string[]) =>
    tool === 'journalctl' ? Promise.reject(new TypeError('a bug')) : Promise.resolve('');
  const context = { ...host.context, commands: { ...host.context.commands, run } };
  await expect(doctor(context, { ...options, bundle: file }, look)).rejects.toThrow('a bug');
  expect(() => statSync(file)).toThrow('ENOENT');
});

test("what stands under a secret's key is taken out, whatever it is; a section of that name is not", () => {
  const value = { sim: { pin: 1234 }, connect: { password: 'x', user: ['y'] } };
  expect(withoutSecretKeys(value)).toEqual({
    sim: { pin: '[redacted]' },
    connect: { password: '[redacted]', user: ['y'] },
  });
  expect(withoutSecretKeys(undefined)).toBeNull();
});

test('redacting takes whole numbers, and leaves what only contains them', () => {
  const redact = redactor(['1234', 'a.b', undefined, '']);
  expect(redact('pin 1234, port 12345, a.b, axb')).toBe('pin [redacted], port 12345, [redacted], axb');
  expect(redact('89148000001234567891F at 2026-11-27T16:00:00 from 100.112.107.46')).toBe(
    '[redacted] at 2026-11-27T16:00:00 from 100.112.107.46',
  );
});

test('an archive of an empty text and one of a whole block', () => {
  const archive = tarOf(
    [
      { name: 'a', text: '' },
      { name: 'b', text: 'x'.repeat(512) },
    ],
    0,
  );
  expect(archive.length).toBe(512 * 5);
});
