// The socket for scrapers, with real clients: what they get, who is kept out, and that none of them
// keeps the others waiting.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MetricsSocket } from '../../../src/metrics/metrics-socket.ts';
import { SteppedClock } from '../stepped-clock.ts';

let folder = '';
let path = '';
let clock = new SteppedClock();
let closing = new AbortController();
let troubles: (string | undefined)[] = [];
let refreshes = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-socket-'));
  path = join(folder, 'metrics.sock');
  clock = new SteppedClock(1_000);
  closing = new AbortController();
  troubles = [];
  refreshes = 0;
});
afterEach(() => {
  closing.abort();
  rmSync(folder, { recursive: true });
});

const socket = () =>
  new MetricsSocket({
    runtimeDirectory: folder,
    clock,
    signal: closing.signal,
    refresh: () => {
      refreshes += 1;
      writeFileSync(join(folder, 'metrics.prom'), `page ${refreshes}\n`);
      return Promise.resolve();
    },
    onTrouble: (found) => troubles.push(found?.text),
  });

async function opened(): Promise<MetricsSocket> {
  const own = socket();
  await own.put(true);
  return own;
}

/** What node:http makes of it, as a strict client. */
const scrape = (target = '/metrics', method = 'GET') =>
  new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
    const request = get({ socketPath: path, path: target, method }, (answer) => {
      let body = '';
      answer.on('data', (text) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, type: answer.headers['content-type'], body }));
    });
    request.on('error', reject);
  });

/** Everything that comes back for `bytes`, whether or not we close our end after them. */
const said = (bytes: string, end: boolean) =>
  new Promise<string>((resolve) => {
    let text = '';
    const client = connect(path, () => (end ? client.end(bytes) : client.write(bytes)));
    client.on('data', (more) => {
      text += more;
    });
    client.on('error', () => {}).on('close', () => resolve(text));
  });

const closed = (client: Socket) => new Promise<void>((resolve) => client.once('close', () => resolve()));
const connected = (client: Socket) => new Promise<void>((resolve) => client.once('connect', () => resolve()));

test('a scraper gets the page as it is now, in the form of the file', async () => {
  await opened();
  expect(await scrape()).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'page 1\n',
  });
  expect((await scrape('/metrics?collect=all')).body).toBe('page 1\n');
  await clock.step(5_000);
  expect((await scrape()).body).toBe('page 2\n');
});

test('a client that closes its end after the question gets its answer', async () => {
  await opened();
  expect(await said('GET /metrics HTTP/1.0\r\n\r\n', true)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\npage 1\n$/);
});

test.each([
  ['another page', 'GET / HTTP/1.1\r\n\r\n', '404'],
  ['another method', 'POST /metrics HTTP/1.1\r\n\r\n', '405'],
  ['no HTTP', 'hello\r\n\r\n', '400'],
  ['a question without its end', 'GET /metrics HTTP/1.1\r\n', '400'],
  ['nothing', '', '400'],
])('%s is refused, and asks nothing of the daemon', async (_what, bytes, status) => {
  await opened();
  expect(await said(bytes, true)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(refreshes).toBe(0);
});

test('a question without end is listened to for 8 kB', async () => {
  await opened();
  expect(await said(`GET /metrics HTTP/1.1\r\n${'a'.repeat(100_000)}`, false)).toMatch(/^(HTTP\/1\.1 400 .*)?/);
  expect((await scrape()).status).toBe(200);
});

test('clients that say nothing are closed after 5 s, and meanwhile others on top of them at once', async () => {
  await opened();
  const silent = Array.from({ length: 4 }, () => connect(path));
  await Promise.all(silent.map(connected));
  await expect(scrape()).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
  const gone = silent.map(closed);
  await clock.step(5_000);
  await Promise.all(gone);
  expect((await scrape()).status).toBe(200);
});

test('a page that cannot be written in time costs the scraper its answer, and nobody else', async () => {
  const own = new MetricsSocket({
    runtimeDirectory: folder,
    clock,
    signal: closing.signal,
    refresh: () => new Promise(() => {}),
    onTrouble: () => {},
  });
  await own.put(true);
  const client = connect(path, () => client.write('GET /metrics HTTP/1.1\r\n\r\n'));
  client.on('error', () => {});
  await connected(client);
  const gone = closed(client);
  while (!client.destroyed) await clock.step(1_000);
  await gone;
});

test('root and its group may connect, nobody else', async () => {
  await opened();
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test('the socket of a process that was killed is replaced, and a reload takes it away', async () => {
  const first = await opened();
  const second = socket();
  await second.put(true); // as after a kill: the file is there
  expect((await scrape()).status).toBe(200);
  await second.put(false);
  expect(existsSync(path)).toBe(false);
  await first.put(false);
  await second.put(true);
  expect((await scrape()).status).toBe(200);
  closing.abort();
  expect(existsSync(path)).toBe(false);
  expect(troubles.filter(Boolean)).toEqual([]);
});

test('a socket that was taken away from /run is there again at the next look, and one that is there is left alone', async () => {
  const own = await opened();
  const { ino } = statSync(path);
  await own.put(true);
  expect(statSync(path).ino).toBe(ino);
  rmSync(path);
  await own.put(true);
  expect((await scrape()).status).toBe(200);
  rmSync(path);
  mkdirSync(path);
  await own.put(true);
  expect(troubles.at(-1)).toMatch(/^there is no socket for scrapers/);
  rmSync(path, { recursive: true });
  await own.put(true);
  expect([(await scrape()).status, troubles.at(-1)]).toEqual([200, undefined]);
});

test('a folder in its place, and a folder that takes no files, are warnings', async () => {
  mkdirSync(path);
  await opened();
  expect(troubles).toEqual([expect.stringMatching(/^there is no socket for scrapers \(/)]);
  rmSync(path, { recursive: true });
  if (process.getuid?.() === 0) return;
  chmodSync(folder, 0o500);
  await opened();
  chmodSync(folder, 0o700);
  expect(troubles.at(-1)).toMatch(/EACCES/);
});
