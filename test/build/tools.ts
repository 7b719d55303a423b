// What packaging and the guest need from the host: tools by their Debian packages, a cache folder, and running a command to its end.
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** A command, and the Debian package (or several, with blanks between them) that brings it. */
export interface Tool {
  readonly command: string;
  readonly debian: string;
}

/** Tools that are not there and could not be installed. */
export class MissingTools extends Error {
  override readonly name = 'MissingTools';
  constructor(readonly tools: readonly Tool[]) {
    const packages = [...new Set(tools.map(({ debian }) => debian))].join(' ');
    super(
      `missing: ${tools.map(({ command }) => command).join(', ')}; on Debian: apt-get install --no-install-recommends ${packages}`,
    );
  }
}

const isPresent = ({ command }: Tool) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

/** Makes sure of the tools: installs what is missing when this is root on Debian. @throws MissingTools with the rest */
export function requireTools(tools: readonly Tool[]): void {
  const missing = tools.filter((tool) => !isPresent(tool));
  if (missing.length === 0) return;
  const apt = { command: 'apt-get', debian: 'apt' };
  if (process.getuid?.() === 0 && isPresent(apt)) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // Five minutes for another installation that holds the lock.
    const common = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
    spawnSync('apt-get', [...common, 'update'], { env, stdio: 'ignore' });
    const packages = missing.flatMap(({ debian }) => debian.split(' '));
    spawnSync('apt-get', [...common, 'install', '-y', '--no-install-recommends', ...packages], {
      env,
      stdio: 'ignore',
    });
  }
  const still = tools.filter((tool) => !isPresent(tool));
  if (still.length > 0) throw new MissingTools(still);
}

/** Runs a command to its end and gives its standard output. @throws Error with its standard error when it fails */
export function execute(command: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { maxBuffer: 64 * 1024 * 1024, ...options });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return String(stdout);
}

/** Where downloads and images are kept between runs: $PERCEPT_LTE_CACHE, else /var/cache/percept-lte for root, else .cache in the working folder. */
export function cacheFolder(): string {
  const wanted = process.env.PERCEPT_LTE_CACHE ?? (process.getuid?.() === 0 ? '/var/cache/percept-lte' : '.cache');
  const folder = resolve(wanted);
  mkdirSync(folder, { recursive: true });
  accessSync(folder, constants.W_OK);
  return folder;
}
