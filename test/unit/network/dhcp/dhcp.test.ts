// What becomes of the clients themselves: one that says nothing, one that dies, and a lease that
// nobody renews. The clock is the test's.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DhcpError, followDhcp } from '../../../../src/network/dhcp/dhcp.ts';
import type { Lease } from '../../../../src/network/dhcp/lease.ts';
import type { CommandRunner } from '../../../../src/system/command.ts';
import { SteppedClock, settled } from '../../stepped-clock.ts';

const LEASE = 'percept-lte-dhcp\tbound\t10.0.0.2\t255.255.255.252\t10.0.0.1\t\t\t120';
const LOST = 'percept-lte-dhcp\tdeconfig\t\t\t\t\t\t';

let folder: string;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dhcp-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true });
});

interface Started {
  readonly complain: (line: string) => void;
  readonly argv: readonly string[];
  readonly say: (line: string) => void;
  readonly die: () => void;
}

async function follow(clients: readonly string[], known?: Lease, folders = [join(folder, 'state')]) {
  for (const name of clients) {
    await writeFile(join(folder, name), '');
    await chmod(join(folder, name), 0o755);
  }
  const clock = new SteppedClock();
  const started: Started[] = [];
  const events: unknown[] = [];
  const news: string[] = [];
  const commands: CommandRunner = {
    run: async () => '',
    follow: (argv, say, signal, complain = () => {}) =>
      new Promise((resolve) => {
        started.push({ argv, say, complain, die: () => resolve(1) });
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      }),
  };
  const running = followDhcp({
    commands,
    clock,
    interface: 'wwan0',
    path: `relative:${folder}`,
    folders,
    known,
    onLease: ({ address }) => events.push(address),
    onLost: (why) => events.push({ lost: why }),
    onNews: (_level, message, fields) => news.push(`${message} ${fields.outcome ?? ''}`),
    signal: stop.signal,
  });
  running.catch(() => {});
  const client = async (index: number): Promise<Started> => {
    for (;;) {
      const found = started[index];
      if (found !== undefined) return found;
      await settled();
    }
  };
  return { clock, events, running, client, started, news };
}

test('without a client on PATH it says what to install', async () => {
  const { running } = await follow([]);
  await expect(running).rejects.toBeInstanceOf(DhcpError);
  await expect(running).rejects.toThrow(/apt-get install udhcpc/);
});

test('the script is for root alone, and can be run', async () => {
  const { client } = await follow(['udhcpc']);
  const { argv } = await client(0);
  const script = argv[argv.indexOf('-s') + 1] ?? '';
  expect((await stat(script)).mode & 0o777).toBe(0o700);
  expect(await readFile(script, 'utf8')).toMatch(/^#!\/bin\/sh\n/);
});

test('a client that says nothing makes room for the next', async () => {
  const { client, clock } = await follow(['udhcpc', 'dhclient']);
  expect((await client(0)).argv[0]).toMatch(/udhcpc$/);
  await clock.step(10_000);
  await clock.step(500);
  expect((await client(1)).argv[0]).toMatch(/dhclient$/);
});

test('what a client begins with is no loss; what it got and lost is', async () => {
  const { client, events } = await follow(['udhcpc']);
  const { say } = await client(0);
  say(LOST);
  say(LEASE);
  say(LOST);
  say(LOST);
  expect(events).toEqual(['10.0.0.2', { lost: 'deconfig' }]);
});

test('a client that dies takes nothing with it, and the next one asks for the same address', async () => {
  const { client, clock, events } = await follow(['udhcpc']);
  const first = await client(0);
  first.say(LEASE);
  first.die();
  await settled();
  await clock.step(500);
  const { argv, say } = await client(1);
  expect(argv.join(' ')).toContain('-r 10.0.0.2');
  say(LOST);
  expect(events).toEqual(['10.0.0.2']);
});

test('a lease that nobody renews ends', async () => {
  const { client, clock, events } = await follow(['udhcpc']);
  (await client(0)).say(LEASE);
  await clock.step(120_000);
  expect(events).toEqual(['10.0.0.2']);
  await clock.step(5_000);
  expect(events).toEqual(['10.0.0.2', { lost: 'it ran out and was not renewed' }]);
});

test('a lease from before is asked for again and ends in its time', async () => {
  const known = { address: '10.0.0.9', prefixLength: 30, dns: [], seconds: 10 };
  const { client, clock, events } = await follow(['udhcpc'], known);
  expect((await client(0)).argv.join(' ')).toContain('-r 10.0.0.9');
  await clock.step(15_000);
  expect(events).toEqual([{ lost: 'it ran out and was not renewed' }]);
});

test('a client that may not open a packet socket is a fault of the unit, with the drop-in that mends it', async () => {
  const { client, running } = await follow(['udhcpc']);
  const { say, complain, die } = await client(0);
  say(LOST);
  complain('udhcpc: started, v1.35.0');
  complain('udhcpc: socket: Address family not supported by protocol');
  die();
  await expect(running).rejects.toMatchObject({ reason: 'no-socket' });
  await expect(running).rejects.toThrow(/systemctl edit percept-lte.*RestrictAddressFamilies=AF_PACKET/);
});

test('the last words of a client that ends are told', async () => {
  const { client, news } = await follow(['udhcpc']);
  const { complain, die } = await client(0);
  complain('udhcpc: SIOCGIFINDEX: No such device');
  die();
  await settled();
  expect(news.at(-1)).toBe('DHCP client ended exit code 1: "udhcpc: SIOCGIFINDEX: No such device"');
});

test('a full or read-only /var costs no lease: the script goes to the runtime directory', async () => {
  await writeFile(join(folder, 'file'), '');
  const { client } = await follow(['udhcpc'], undefined, [join(folder, 'file', 'dhcp'), join(folder, 'run', 'dhcp')]);
  const { argv } = await client(0);
  expect(argv[argv.indexOf('-s') + 1]).toBe(join(folder, 'run', 'dhcp', 'dhcp-report'));
});

test('without any folder it says so', async () => {
  await writeFile(join(folder, 'file'), '');
  const { running } = await follow(['udhcpc'], undefined, [join(folder, 'file', 'dhcp')]);
  await expect(running).rejects.toMatchObject({ reason: 'no-folder' });
});
