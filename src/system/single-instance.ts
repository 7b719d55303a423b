// One daemon at a time: two would undo each other's routes, and each would send the PIN. The one
// that runs holds a socket, which the kernel closes with it, however it ends. In a folder of ours:
// an abstract name could be taken by any user.
//
// The socket lies in a folder of its own, under a name that no other process ever has. Several may
// start at once after one that was killed, and three things keep all but one of them out:
// - the folder gets its place by rename(2), which replaces an empty folder and never a filled one;
// - the socket listens by then, so that one that refuses is dead for good;
// - what is removed is the dead one's own name, which nobody who came since can have.
import { chmod, mkdir, mkdtemp, readdir, rename, rm, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './error-code.ts';

/** Another one answers, or holds the socket and hangs. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
}

/** A socket in the same kernel answers at once, or its process is stopped. */
const ANSWER_MS = 1_000;

/** What is said by a socket whose process is gone, or that is gone itself. */
const DEAD = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTDIR'];

/** Of the path of a socket (unix(7)); libuv cuts a longer one and listens somewhere else. */
const MOST_PATH_BYTES = 107;

/** Where the one that runs has its socket, in the folder that lasts as long as the boot. */
export const instancePath = (runtimeDirectory: string): string => join(runtimeDirectory, 'instance');

/**
 * Claims the folder at `path`, whose parent is made if need be, until the process ends. @throws
 * AlreadyRunningError when another process has it; Error of node:fs or node:net when there can be
 * no socket
 */
export async function claimInstance(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  refuse(await holderOf(path)); // also where nothing can be written
  const own = await mkdtemp(`${path}.${process.pid}-`);
  let server: Server | undefined;
  try {
    await chmod(own, 0o755); // who runs is told to those who are not root, too
    server = await listen(fitting(join(own, basename(own))));
    while (!(await isPut(own, path))) {
      await clear(path);
    }
  } catch (error) {
    server?.close();
    await rm(own, { recursive: true, force: true });
    throw error;
  }
}

/** What the process that has `path` says of itself; undefined when none has it. */
export async function holderOf(path: string): Promise<string | undefined> {
  for (const socket of await socketsAt(path)) {
    const holder = await listenerAt(socket);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** @throws AlreadyRunningError where there is a holder */
function refuse(holder: string | undefined): void {
  if (holder === undefined) return;
  const remedy = 'stop that one first; the service is stopped by: systemctl stop percept-lte';
  throw new AlreadyRunningError(`percept-lte runs already (${holder}): ${remedy}`);
}

/** @throws Error for a path that a socket cannot have */
function fitting(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MOST_PATH_BYTES) return path;
  throw new Error(`no socket can be at ${path}: its path has ${bytes} bytes, and ${MOST_PATH_BYTES} at most`);
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(`process ${process.pid}`);
    });
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Puts the folder `own` at `path`; false where something is in the way. */
async function isPut(own: string, path: string): Promise<boolean> {
  try {
    await rename(own, path);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}

/** The sockets at `path`: what is in the folder; a version before had a socket in its place. */
async function socketsAt(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).map((name) => join(path, name));
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return [path];
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Removes what dead processes left at `path`. @throws AlreadyRunningError where one is alive */
async function clear(path: string): Promise<void> {
  for (const socket of await socketsAt(path)) {
    refuse(await listenerAt(socket));
    if (socket !== path) await rm(socket, { recursive: true, force: true });
    else await unlink(path).catch(ignoreFolder);
  }
}

/** No unlink removes the folder that another process has put there since. */
function ignoreFolder(error: unknown): void {
  if (!['ENOENT', 'EISDIR'].includes(codeOf(error))) throw error;
}

/** What the process that listens at `path` says of itself; undefined when nobody does. */
function listenerAt(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: ANSWER_MS });
    let said = '';
    socket.setEncoding('utf8');
    socket.on('timeout', () => socket.destroy());
    socket.on('data', (text: string) => {
      said = (said + text).slice(0, 40);
    });
    socket.on('error', (error) => {
      if (DEAD.includes(codeOf(error))) resolve(undefined);
      if (codeOf(error) === 'EACCES') resolve(ownerOf(path));
    });
    socket.once('close', () => resolve(said || 'it does not answer'));
  });
}

/** The process in the name of a socket that only root may ask; undefined when it is gone. */
function ownerOf(path: string): string | undefined {
  const pid = Number(/\.(\d+)-/.exec(basename(path))?.[1]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return undefined;
  }
  return `process ${pid}`;
}
