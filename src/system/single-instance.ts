// One daemon at a time: two would undo each other's routes, and each would send the PIN. The one
// that runs holds a socket, which the kernel closes with it, however it ends. In a folder of ours:
// an abstract name could be taken by any user.
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';

/** Another one answers, or holds the socket and hangs. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
}

/** A socket in the same kernel answers at once, or its process is stopped. */
const ANSWER_MS = 1_000;

/**
 * Claims the socket at `path`, in a folder that is made if need be, until the process ends. @throws
 * AlreadyRunningError when another process has it; Error of node:net when there can be no socket
 */
export async function claimInstance(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  try {
    await listen(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const holder = await holderOf(path);
    if (holder !== undefined) {
      const remedy = 'stop that one first; the service is stopped by: systemctl stop percept-lte';
      throw new AlreadyRunningError(`percept-lte runs already (${holder}): ${remedy}`);
    }
    // Left by one that was killed.
    await rm(path, { force: true });
    await listen(path);
  }
}

function listen(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(`process ${process.pid}`);
    });
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}

/** What the process that listens says of itself; undefined when nobody listens. */
function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: ANSWER_MS });
    let said = '';
    socket.setEncoding('utf8');
    socket.on('timeout', () => socket.destroy());
    socket.on('data', (text: string) => {
      said = (said + text).slice(0, 40);
    });
    socket.on('connect', () => {
      said = '';
      socket.once('close', () => resolve(said || 'it does not answer'));
    });
    socket.on('error', () => resolve(undefined));
  });
}
