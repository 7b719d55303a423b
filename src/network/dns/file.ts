// Our block in /etc/resolv.conf itself. The file is replaced as a whole where that can be, and
// written in place where it is a mount point. A link whose target cannot be written is replaced by
// a file, and put back when the block goes. Texts are latin1, a character for each byte: others may
// have written theirs in any encoding.
import { constants } from 'node:fs';
import { access, lstat, open, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../../system/error-code.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import { replaceFile } from '../../system/replace-file.ts';
import type { Backend, DnsHost, Unwritable } from './backend.ts';
import { DnsError } from './dns-error.ts';
import { type Before, withBlock, withoutBlock } from './file-text.ts';
import type { WrittenFiles } from './written-files.ts';

interface ResolvConf {
  /** What stood at the path before there was a block of ours. */
  readonly before: Before;
  /** The file that others write: the one behind the link, or the path itself. */
  readonly target: string;
  /** The text of others. */
  readonly others: string;
  /** The text that stands at the path, block included; undefined where there is none. */
  readonly text: string | undefined;
  /** The file to write: `target`, or the path where a link is to be replaced. */
  readonly writeTo: string;
  readonly unwritable: Unwritable | undefined;
}

/**
 * What stands at `path`, and how it can be changed. @throws Error of node:fs when it is there and
 * cannot be read
 */
export async function readResolvConf(path: string): Promise<ResolvConf> {
  const link = await readlink(path).catch(() => undefined); // a file, or nothing
  const text = await readIfThere(path, link !== undefined);
  const { text: outside, before: noted, had } = withoutBlock(text ?? '');
  const before = recoded(noted, 'latin1', 'utf8');
  if (had && before.kind === 'link') {
    // Our file stands where a link was: what others write is still written to the link's target.
    const target = resolve(dirname(path), before.target);
    // It may be gone, or never have been there, or lead back to our own file.
    const others = withoutBlock((await readIfThere(target, true).catch(() => undefined)) ?? outside).text;
    return { before, target, others, text, writeTo: path, unwritable: await whyUnwritable(path, text) };
  }
  const target = link === undefined ? path : await realpath(path).catch(() => resolve(dirname(path), link));
  const unwritable = text === undefined && link !== undefined ? NOT_THERE : await whyUnwritable(target, text);
  const common = { target, others: outside, text };
  if (unwritable === undefined || link === undefined)
    return { ...common, before: had ? before : here(text), writeTo: target, unwritable };
  const isReplaceable = (await whyUnwritable(dirname(path), undefined)) === undefined;
  return {
    ...common,
    before: { kind: 'link', target: link },
    writeTo: path,
    unwritable: isReplaceable ? undefined : unwritable,
  };
}

/** A link's target is a path, and stands in the block as its bytes. */
const recoded = (before: Before, from: BufferEncoding, to: BufferEncoding): Before =>
  before.kind === 'link' ? { ...before, target: Buffer.from(before.target, from).toString(to) } : before;

const here = (text: string | undefined): Before => ({ kind: text === undefined ? 'missing' : 'file' });

const NOT_THERE: Unwritable = { code: 'ENOENT', reason: '/etc/resolv.conf points to a file that is not there' };

/** A resolv.conf has some hundred bytes; what is larger than this is something else. */
const MOST_BYTES = 1 << 20;

/** A link that ends in one of these, or in a device, a pipe or a folder (EINVAL), leads nowhere. */
const NOWHERE: ReadonlySet<string> = new Set(['ELOOP', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL']);

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  EPERM: (path) => `${path} is immutable: chattr -i ${path}`,
  EROFS: (path) =>
    `${path} is on a file system that is read-only for this program: systemctl edit percept-lte, with ReadWritePaths=${dirname(path)} under [Service]`,
  EACCES: (path) => `${path} belongs to another user, and its permissions keep this program out`,
};

/** `text` undefined: the file is not there, so that its folder counts. */
async function whyUnwritable(path: string, text: string | undefined): Promise<Unwritable | undefined> {
  try {
    await access(text === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error) || 'error';
    return { code, reason: REASONS[code]?.(path) ?? `${path} cannot be written (${code})` };
  }
}

/** The way that needs nobody's help. */
export function fileBackend({ root, written }: Pick<DnsHost, 'root' | 'written'>): Backend {
  const path = `${root}/etc/resolv.conf`;
  return {
    put: ({ servers, preferred }) =>
      guarded(path, async () => {
        const { before, others, text, writeTo } = await readResolvConf(path);
        const wanted = withBlock(others, servers, preferred, recoded(before, 'utf8', 'latin1'));
        written.add(writeTo, writeTo !== path);
        if (wanted !== text) await write(writeTo, wanted);
        // What fails there keeps nobody from resolving here, and is tried again.
        await removeFrom(await leftBehind(path, written), written).catch(() => {});
        return wanted !== text;
      }),
    async take() {
      await removeFrom([path, ...(await leftBehind(path, written))], written);
      for (const file of written.all) written.delete(file);
    },
  };
}

/** Those of `written` that `path` leads to no longer. */
async function leftBehind(path: string, { all }: WrittenFiles): Promise<readonly string[]> {
  const [now, ...then] = await Promise.all([path, ...all].map((file) => realpath(file).catch(() => file)));
  return all.filter((_, index) => then[index] !== now);
}

/** One that cannot be changed keeps the block in no other. @throws DnsError */
async function removeFrom(files: readonly string[], written: WrittenFiles): Promise<void> {
  const failures: unknown[] = [];
  for (const file of files) {
    const done = await guarded(file, () => removeBlock(file)).catch((error: unknown) => void failures.push(error));
    if (done !== undefined) written.delete(file);
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * What is left is what was there before, or what others have written since. Returns whether there
 * was a block.
 */
async function removeBlock(path: string): Promise<boolean> {
  const { before, others, text, writeTo } = await readResolvConf(path);
  if (text === undefined || !withoutBlock(text).had) return false;
  // What somebody wrote into the file that stands for a dangling link would be lost with it.
  const isWritten = others.trim() !== '' && others === withoutBlock(text).text;
  if (before.kind === 'link' && !(isWritten && (await isDangling(path, before.target)))) {
    await rm(path);
    await symlink(before.target, path);
  } else if (before.kind === 'missing' && others.trim() === '') await rm(writeTo);
  else await write(writeTo, others);
  return true;
}

const isDangling = (path: string, target: string): Promise<boolean> =>
  access(resolve(dirname(path), target)).then(
    () => false,
    () => true,
  );

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DnsError(path, `${path} cannot be changed: ${reason}`, { cause });
  }
}

/** Whoever owned the file goes on owning it. */
async function write(path: string, text: string): Promise<void> {
  const old = await lstat(path).catch(() => undefined); // none yet
  const like = old?.isFile() ? old : undefined;
  const bytes = Buffer.from(text, 'latin1');
  try {
    await replaceFile(path, bytes, { mode: like === undefined ? 0o644 : like.mode & 0o777, owner: like, sync: true });
  } catch (error) {
    // A bind mount cannot be renamed over (EBUSY), nor a file replaced in a folder that is
    // read-only; its content still can.
    if (like === undefined || !['EBUSY', 'EXDEV', 'EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) throw error;
    await writeInPlace(path, bytes);
  }
}

async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(bytes, 0, bytes.length, 0);
    await file.truncate(bytes.length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Differs when the file was written, replaced or taken away, or the file that it links to. */
export async function fileSignature(path: string): Promise<string> {
  const [itself, target] = await Promise.all([lstat(path), stat(path)].map((found) => found.catch(() => undefined)));
  return [itself, target].map((found) => `${found?.ino} ${found?.mtimeMs} ${found?.size}`).join(' ');
}

async function readIfThere(path: string, isLink: boolean): Promise<string | undefined> {
  try {
    return await readRegularFile(path, MOST_BYTES, 'latin1');
  } catch (error) {
    const code = codeOf(error) || 'error';
    if (code === 'ENOENT' || (isLink && NOWHERE.has(code))) return undefined;
    throw error;
  }
}
