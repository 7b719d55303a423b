#!/usr/bin/env node
// The way in: runs program.js, which lies beside it, with the code that V8 made of it at an earlier
// start. Node's own cache (NODE_COMPILE_CACHE) is made before a program runs and holds next to none
// of its functions: with them a start takes a quarter less processor time.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

// Without a listener Node answers this signal with its inspector, on a port that every local user
// may run code by, as us. (--disable-sigusr1 is not in Node 20 and 22.)
process.on('SIGUSR1', () => {});

const path = fileURLToPath(new URL('program.js', import.meta.url));
const source = readFileSync(path);

/** systemd's CacheDirectory=: only the service has one. */
const folder = process.env.CACHE_DIRECTORY?.split(':')[0];
const keptAt = folder && join(folder, 'program.code');

/**
 * Of the program and of its code, before the code in the file. V8 looks at neither: it takes code
 * of another program of the same length, and dies of code that is damaged.
 */
const sealOf = (code: Buffer): Buffer =>
  Buffer.concat([source, code].map((bytes) => createHash('sha256').update(bytes).digest()));
const SEAL_BYTES = 64;

function keptCode(file: string): Buffer | undefined {
  try {
    const kept = readFileSync(file);
    const code = kept.subarray(SEAL_BYTES);
    return kept.subarray(0, SEAL_BYTES).equals(sealOf(code)) ? code : undefined;
  } catch {
    return undefined; // the first start
  }
}

/** Keeps the code of all functions that have run, once. Without it the next start is as slow. */
function keepCode(file: string): void {
  globalThis.keepCode = undefined;
  try {
    const code = script.createCachedData();
    writeFileSync(`${file}.new`, Buffer.concat([sealOf(code), code]), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // A disk that is full or read-only.
  }
}

const cachedData = keptAt && keptCode(keptAt);
// All of it is ASCII (test/build/build.mjs).
const script = new Script(source.toString('latin1'), { filename: path, ...(cachedData && { cachedData }) });
// Another version of Node, or other flags.
if (keptAt && (!cachedData || script.cachedDataRejected)) globalThis.keepCode = () => keepCode(keptAt);
const program = script.runInThisContext() as (...given: readonly unknown[]) => void;
program({}, createRequire(path), {}, path, dirname(path));
