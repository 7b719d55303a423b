// What packaging and the guest share: a cache folder, and running a command to its end.
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import * as archive from '../prepare/archive.mjs';

/**
 * Runs a command to its end and gives its standard output. @throws Error with its standard error
 * when it fails
 */
export function execute(command: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { maxBuffer: 64 * 1024 * 1024, ...options });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return String(stdout);
}

/**
 * Where downloads and images are kept between runs, made when it is not there. @throws Error when
 * it cannot be written to
 */
export function cacheFolder(): string {
  const folder = archive.cacheFolder();
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
  return folder;
}
