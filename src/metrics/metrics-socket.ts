// The page of the metrics for scrapers that read no files: HTTP on a unix socket, GET /metrics and
// nothing else. By hand, since node:http would stay in memory for this one answer. Whoever is slow,
// broken, or one of many gets a deadline, and costs a few kilobytes until then.

import { chmod, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Found, found } from '../codes/codes.ts';
import { type Clock, within } from '../system/clock.ts';
import { readRegularFile } from '../system/regular-file.ts';

/** Root, and the group that an administrator gives it to. */
const MODE = 0o660;

/** Scrapes at once; whoever comes on top of them is closed. One takes milliseconds. */
const MOST_CLIENTS = 4;

/** From the connection to the last byte of the answer. */
const DEADLINE_MS = 5_000;

const MOST_REQUEST_BYTES = 8 << 10;

/** A page has some 8 kB. */
const MOST_PAGE_BYTES = 256 << 10;

/** An older page is written anew for whoever asks. */
const FRESH_MS = 1_000;

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsSocketOptions {
  /** Has metrics.prom, and gets metrics.sock. */
  readonly runtimeDirectory: string;
  readonly clock: Clock;
  /** Closes the socket for good. */
  readonly signal: AbortSignal;
  /** Writes metrics.prom anew. */
  readonly refresh: () => Promise<void>;
  /** The standing warning about the socket; undefined: there is none. */
  readonly onTrouble: (found: Found | undefined) => void;
}

export class MetricsSocket {
  readonly #options: MetricsSocketOptions;
  readonly #path: string;
  #server: Server | undefined;
  /** Of the socket's file. */
  #inode: number | undefined;
  #working: Promise<void> = Promise.resolve();
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(options: MetricsSocketOptions) {
    this.#options = options;
    this.#path = join(options.runtimeDirectory, 'metrics.sock');
    options.signal.addEventListener('abort', () => this.#close(), { once: true });
  }

  /**
   * Opens the socket or closes it; opens it anew where its file was taken away, or did not come to
   * be before. What goes wrong is a warning; never rejects.
   */
  put(isWanted: boolean): Promise<void> {
    this.#working = this.#working.then(async () => {
      if (!isWanted) this.#close();
      else if (!this.#options.signal.aborted && !(await this.#isThere())) {
        this.#closeServer();
        await this.#open();
      }
    });
    return this.#working;
  }

  #close(): void {
    this.#closeServer();
    this.#options.onTrouble(undefined);
  }

  #closeServer(): void {
    this.#server?.close(); // takes its file away, and lets the last clients have their deadline
    this.#server = undefined;
  }

  /**
   * Whether the file is the one that this process listens at: what tidies /run up takes it away.
   */
  async #isThere(): Promise<boolean> {
    if (this.#server === undefined) return false;
    return await stat(this.#path).then(
      ({ ino }) => ino === this.#inode,
      () => false,
    );
  }

  async #open(): Promise<void> {
    const { onTrouble, signal } = this.#options;
    // Half open, for clients that say all they have to say and close their end.
    const server = createServer({ allowHalfOpen: true }, (client) => void this.#serve(client));
    server.maxConnections = MOST_CLIENTS;
    try {
      await rm(this.#path, { force: true }); // of a process that was killed
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(this.#path, resolve);
      });
      server.on('error', () => {}); // of a single client that could not be let in
      // Until here the umask keeps everybody else from writing, and so from connecting.
      await chmod(this.#path, MODE);
      this.#inode = (await stat(this.#path)).ino;
      this.#server = server;
      onTrouble(undefined);
      if (signal.aborted) this.#close();
    } catch (error) {
      server.close();
      const text = error instanceof Error ? error.message : String(error);
      onTrouble(found('metrics-socket', { path: this.#path, said: text }));
    }
  }

  async #serve(client: Socket): Promise<void> {
    const { clock, signal } = this.#options;
    client.on('error', () => {}); // it went
    await within(clock, DEADLINE_MS, 'a scrape', signal, async () => {
      const answer = await this.#answer(await headOf(client));
      await new Promise<void>((resolve) => client.end(answer, () => resolve()));
    }).catch(() => {}); // too slow, or we stop
    client.destroy();
  }

  async #answer(head: string): Promise<string> {
    const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
    if (method === undefined || !head.includes('\r\n\r\n')) return response('400 Bad Request', 'no HTTP request\n');
    if (method !== 'GET') return response('405 Method Not Allowed', 'only GET\n', ['Allow: GET']);
    if (target?.split('?')[0] !== '/metrics') return response('404 Not Found', 'only /metrics\n');
    const { clock, runtimeDirectory, refresh } = this.#options;
    const { monotonicMs } = clock.now();
    if (monotonicMs - this.#refreshedMs >= FRESH_MS) {
      this.#refreshedMs = monotonicMs;
      await refresh();
    }
    try {
      return response('200 OK', await readRegularFile(join(runtimeDirectory, 'metrics.prom'), MOST_PAGE_BYTES));
    } catch {
      return response('503 Service Unavailable', 'metrics.prom cannot be read\n');
    }
  }
}

const response = (status: string, body: string, headers: readonly string[] = []): string =>
  [
    `HTTP/1.1 ${status}`,
    ...headers,
    `Content-Type: ${CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

/** What a client says up to the empty line, to its end, or to the most that is listened to. */
function headOf(client: Socket): Promise<string> {
  return new Promise((resolve) => {
    let head = '';
    client.setEncoding('latin1');
    client.on('data', (text: string) => {
      head += text;
      if (!head.includes('\r\n\r\n') && head.length <= MOST_REQUEST_BYTES) return;
      client.pause();
      resolve(head);
    });
    client.once('end', () => resolve(head)).once('close', () => resolve(head));
  });
}
