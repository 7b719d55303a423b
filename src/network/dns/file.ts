// Our block in /etc/resolv.conf itself: written atomically where the file can be replaced, in place where it is a mount point.
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DnsError } from './dns-error.ts';
import { type Before, withBlock, withoutBlock } from './resolv-conf.ts';

interface Current {
  readonly before: Before;
  /** The file behind all links, which is the one to write; the name itself when there is none. */
  readonly path: string;
  readonly text: string;
}

/** What stands at `path` now. */
export async function readResolvConf(path: string): Promise<Current> {
  try {
    const real = await realpath(path);
    return { before: { kind: 'file' }, path: real, text: await readFile(real, 'utf8') };
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    const isLink = await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    return {
      before: isLink ? { kind: 'dangling', target: await readlink(path) } : { kind: 'missing' },
      path,
      text: '',
    };
  }
}

/** Whether the file can be written at all: not immutable (`chattr +i`), not on a read-only file system. */
export async function isWritable(path: string): Promise<boolean> {
  const { before, path: real } = await readResolvConf(path);
  const asked = before.kind === 'file' ? real : dirname(real);
  return await access(asked, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Puts our servers into the file, beside what others wrote there. Returns whether it had to be written.
 * @throws DnsError
 */
export async function putBlock(path: string, servers: readonly string[], first: boolean): Promise<boolean> {
  return await guarded(path, async () => {
    const current = await readResolvConf(path);
    const { text, before, had } = withoutBlock(current.text);
    const wanted = withBlock(text, servers, first, had ? before : current.before);
    if (wanted === current.text) return false;
    await write(current.path, wanted);
    return true;
  });
}

/**
 * Takes our block out again: what is left is what was there before, or what others have written since. Returns whether there was one.
 * @throws DnsError
 */
export async function removeBlock(path: string): Promise<boolean> {
  return await guarded(path, async () => {
    const current = await readResolvConf(path);
    const { text, before, had } = withoutBlock(current.text);
    if (!had) return false;
    if (before.kind === 'file' || text.trim() !== '') await write(current.path, text);
    else await rm(current.path);
    if (before.kind === 'dangling' && text.trim() === '') await symlink(before.target, path);
    return true;
  });
}

async function guarded(path: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DnsError('file', path, `cannot change ${path}: ${why}`, { cause });
  }
}

async function write(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeNew(temporary, text, path);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    // A bind mount cannot be renamed over (EBUSY), nor a file replaced in a folder that is read-only; its content still can.
    if (!['EBUSY', 'EXDEV', 'EROFS', 'EACCES', 'EPERM'].some((code) => isCode(error, code))) throw error;
    await writeInPlace(path, text);
  }
}

async function writeNew(temporary: string, text: string, like: string): Promise<void> {
  const file = await open(temporary, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  // The umask must not make it unreadable, and whoever owned the file goes on owning it.
  const old = await stat(like).catch(() => undefined); // none yet: the mode below is right
  await chmod(temporary, old === undefined ? 0o644 : old.mode & 0o777);
  if (old !== undefined) await chown(temporary, old.uid, old.gid);
}

async function writeInPlace(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const bytes = Buffer.from(text);
    await file.write(bytes, 0, bytes.length, 0);
    await file.truncate(bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
