// Short commands that the world is built with (ip, mount, nft): argument lists, no shell, errors
// that say what failed.

import { spawn } from 'node:child_process';
import { worldEnvironment } from './places.ts';

/** Runs to the end and returns stdout; throws with the command and its stderr when it fails. */
export function command(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: worldEnvironment, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${[file, ...args].join(' ')}: ${stderr.trim() || `exit code ${code}`}\n${input}`.trim()));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/**
 * Many `ip` commands as one process; the first that fails ends it, unless `force`: then none does.
 */
export async function ipBatch(lines: readonly string[], { force = false } = {}): Promise<void> {
  if (lines.length === 0) return;
  const input = `${lines.join('\n')}\n`;
  if (force) await command('ip', ['-force', '-batch', '-'], input).catch(() => '');
  else await command('ip', ['-batch', '-'], input);
}
