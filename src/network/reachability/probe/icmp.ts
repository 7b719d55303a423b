// Sends one ICMP echo request from a given source address with the system's ping.
import { CommandError, type CommandRunner } from '../../../system/command.ts';
import type { Answer } from './attempt.ts';

/** Request and reply: 20 IP, 8 ICMP, 16 data. */
export const ICMP_PROBE_BYTES = 88;

/**
 * Pings `address` once. iputils exits with 1 when nothing came back and with 2 when it could not ask; busybox with 1 for both, so that
 * its words count too.
 */
export async function askIcmp(options: {
  runner: CommandRunner;
  source: string;
  address: string;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Answer> {
  const { runner, source, address, timeoutMs, signal } = options;
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const argv = ['ping', '-n', '-q', '-c', '1', '-s', '16', '-W', String(seconds), '-I', source, address];
  try {
    await runner.run(argv, { timeoutMs, signal });
    return { outcome: 'answered', detail: 'a reply' };
  } catch (error) {
    if (!(error instanceof CommandError)) return { outcome: 'silent', detail: 'no reply' };
    return answerOf(error);
  }
}

function answerOf(error: CommandError): Answer {
  const text = error.stderr.trim();
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
    return { outcome: 'impossible', detail: 'ping is not installed' };
  if (/unreachable/i.test(text)) return { outcome: 'silent', detail: text };
  const cannot = /permi|not permitted|denied|cannot|can't|unknown|invalid|usage|socket/i.test(text);
  if (error.exitCode === 2 || cannot) return { outcome: 'impossible', detail: text === '' ? 'ping failed' : text };
  return { outcome: 'silent', detail: 'no reply' };
}
