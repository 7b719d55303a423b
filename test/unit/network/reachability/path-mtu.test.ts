// What a path carries, by what ping says of it. The host's ping is the test's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measurePath, type PathVerdict, readInterfaceMtu } from '../../../../src/network/reachability/path-mtu.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

interface Path {
  /** The largest packet that comes back, by whom is asked. */
  readonly carries: Readonly<Record<string, number>>;
  /** What the kernel believes of the path until it is told to forget. */
  readonly believes?: number;
  /** The n-th request and its answer are lost. */
  readonly loses?: readonly number[];
  /** Ping knows `-M probe`. */
  readonly isNew?: boolean;
}

/** A runner whose every command is `command`. */
function runnerOf(command: (argv: readonly string[]) => string): CommandRunner {
  return {
    run: (argv) => Promise.resolve().then(() => command(argv)),
    follow: () => Promise.resolve(undefined),
  };
}

/** Ping over a path; counts what it sends and receives. */
function pinging({ carries, believes, loses = [], isNew = false }: Path) {
  let bytes = 0;
  let sent = 0;
  let believed = believes ?? Number.POSITIVE_INFINITY;
  const ping = (argv: readonly string[]): string => {
    if (argv.includes('flush')) {
      believed = Number.POSITIVE_INFINITY;
      return '';
    }
    const mode = argv[argv.indexOf('-M') + 1];
    if (mode === 'probe' && !isNew) throw new CommandError(argv, 2, 'ping: invalid -M argument: probe');
    const size = Number(argv[argv.indexOf('-s') + 1]) + 28;
    const most = carries[argv.at(-1) ?? ''] ?? 0;
    if (mode === 'do' && size > believed) throw new CommandError(argv, 1, 'ping: sendmsg: Message too long');
    sent += 1;
    bytes += size;
    if (size > most || loses.includes(sent)) throw new CommandError(argv, 1, '');
    bytes += size;
    return '';
  };
  return { commands: runnerOf(ping), bytes: () => bytes, sent: () => sent };
}

const TARGETS = ['8.8.8.8', '1.1.1.1', '10.0.0.53'];
const measure = (commands: CommandRunner, mtu = 1428): Promise<PathVerdict> =>
  measurePath({ commands, source: '100.64.0.2', targets: TARGETS, mtu, signal: new AbortController().signal });
const all = (mtu: number) => ({ '8.8.8.8': mtu, '1.1.1.1': mtu, '10.0.0.53': mtu });

test('one request and its answer are enough where the path is as large as the link says', async () => {
  const ping = pinging({ carries: all(1500) });
  expect(await measure(ping.commands)).toEqual({ kind: 'fits' });
  expect(ping.bytes()).toBe(2 * 1428);
});

test.each([1420, 1400, 1380, 1358, 1340, 1300, 1280])('finds a black hole above %i', async (mtu) => {
  const ping = pinging({ carries: all(mtu) });
  expect(await measure(ping.commands)).toEqual({ kind: 'smaller', mtu });
  expect(ping.bytes()).toBeLessThan(15_000);
});

test('takes the next smaller common size for an odd one', async () => {
  expect(await measure(pinging({ carries: all(1411) }).commands)).toEqual({ kind: 'smaller', mtu: 1400 });
});

test.each([true, false])('one forged ICMP message does not make the path small (ping new: %s)', async (isNew) => {
  const ping = pinging({ carries: all(1500), believes: 576, isNew });
  expect(await measure(ping.commands)).toEqual({ kind: 'fits' });
});

test('a lost packet is not taken for a smaller path', async () => {
  for (const lost of [1, 2, 3])
    expect(await measure(pinging({ carries: all(1500), loses: [lost] }).commands)).toEqual({ kind: 'fits' });
});

test('one host that refuses large requests is outvoted', async () => {
  expect(await measure(pinging({ carries: { ...all(1500), '8.8.8.8': 1000 } }).commands)).toEqual({ kind: 'fits' });
});

test('concludes nothing from hosts that are silent, or that refuse large requests altogether', async () => {
  expect(await measure(pinging({ carries: {} }).commands)).toMatchObject({ kind: 'unknown' });
  expect(await measure(pinging({ carries: all(1000) }).commands)).toMatchObject({ kind: 'unknown' });
});

test('concludes nothing where ping cannot be told not to fragment', async () => {
  const commands = runnerOf((argv) => {
    throw new CommandError(argv, 1, "ping: invalid option -- 'M'\nBusyBox v1.35.0 multi-call binary.");
  });
  expect(await measure(commands)).toEqual({ kind: 'unknown', why: "ping: invalid option -- 'M'" });
});

test.each<readonly [string, CommandError, string]>([
  ['ping is not installed', new CommandError(['ping'], undefined, '', { cause: missing() }), 'ping is not installed'],
  [
    'ping may not be used',
    new CommandError(['ping'], 1, 'ping: Operation not permitted\nsecond line'),
    'ping: Operation not permitted',
  ],
  ['ping cannot ask and does not say why', new CommandError(['ping'], 2, ''), 'ping failed'],
])('concludes nothing where %s', async (_, refusal, why) => {
  const commands = runnerOf(() => {
    throw refusal;
  });
  expect(await measure(commands)).toEqual({ kind: 'unknown', why });
});

function missing(): Error {
  return Object.assign(new Error('spawn ping ENOENT'), { code: 'ENOENT' });
}

test('a ping that does not end is no answer', async () => {
  const commands = runnerOf((argv) => {
    throw new CommandError(argv, undefined, '');
  });
  expect(await measure(commands)).toEqual({ kind: 'unknown', why: 'nobody answers echo requests' });
});

test('over IPv6 its header is larger, and the kernel forgets what it believes of IPv6', async () => {
  const asked: string[] = [];
  const commands = runnerOf((argv) => {
    asked.push(argv.join(' '));
    if (argv.includes('probe')) throw new CommandError(argv, 2, 'ping: invalid -M argument: probe');
    return '';
  });
  const targets = ['8.8.8.8', '2001:db8::8'];
  const question = { commands, source: '2001:db8::2', targets, mtu: 1428, signal: new AbortController().signal };
  expect(await measurePath(question)).toEqual({ kind: 'fits' });
  expect(asked[1]).toBe('ip -6 route flush cache');
  expect(asked[2]).toMatch(/ -M do -s 1380 .* -I 2001:db8::2 2001:db8::8$/);
});

test('a measurement that is called off ends with the reason, and a fault of the program is none of the path', async () => {
  const reason = new Error('superseded');
  const commands = runnerOf((argv) => {
    throw new CommandError(argv, undefined, '');
  });
  const question = { commands, source: '100.64.0.2', targets: TARGETS, mtu: 1428 };
  await expect(measurePath({ ...question, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const broken = runnerOf(() => {
    throw new TypeError('a bug');
  });
  await expect(measure(broken)).rejects.toThrow('a bug');
});

test('the MTU of an interface is read where there is one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'mtu-'));
  for (const [name, text] of Object.entries({ wwan0: '1428\n', odd: 'none\n' })) {
    mkdirSync(join(root, 'class/net', name), { recursive: true });
    writeFileSync(join(root, 'class/net', name, 'mtu'), text);
  }
  const read = await Promise.all(['wwan0', 'odd', 'wwan7', '../net/wwan0'].map((name) => readInterfaceMtu(name, root)));
  rmSync(root, { recursive: true });
  expect(read).toEqual([1428, undefined, undefined, undefined]);
});

test('never says more than the path carries, nor that it is smaller where it is not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 600, max: 1500 }),
      fc.integer({ min: 1280, max: 1500 }),
      async (carries, mtu) => {
        const verdict = await measure(pinging({ carries: all(carries) }).commands, mtu);
        if (carries >= mtu) expect(verdict).toEqual({ kind: 'fits' });
        else if (verdict.kind === 'smaller') expect(verdict.mtu).toBeLessThanOrEqual(carries);
        else expect(verdict.kind).toBe('unknown');
      },
    ),
  );
});
