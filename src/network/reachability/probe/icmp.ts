// Sends one ICMP echo request over a given interface with the system's ping.
import { CommandError, type CommandRunner } from '../../../system/command.ts';
import { codeOf } from '../../../system/error-code.ts';
import type { Answer } from './attempt.ts';

/** Request and reply: 20 IP, 8 ICMP, 16 data. */
export const ICMP_PROBE_BYTES = 88;

export interface IcmpQuestion {
  readonly commands: CommandRunner;
  readonly interface: string;
  readonly source: string;
  readonly address: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Pings `address` once. Bound to the interface, so that no rule of a VPN sends it elsewhere: with
 * both options iputils takes the source address from the one and the device from the other; busybox
 * takes the last, the device.
 */
export async function askIcmp(question: IcmpQuestion): Promise<Answer> {
  const { commands, source, address, timeoutMs, signal } = question;
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const where = ['-I', source, '-I', question.interface, address];
  const argv = ['ping', '-n', '-q', '-c', '1', '-s', '16', '-W', String(seconds), ...where];
  try {
    await commands.run(argv, { timeoutMs, signal });
    return { outcome: 'answered', detail: 'a reply' };
  } catch (error) {
    if (!(error instanceof CommandError)) return { outcome: 'silent', detail: 'no reply' };
    return answerOf(error);
  }
}

/**
 * iputils exits with 1 when nothing came back and with 2 when it could not ask; busybox with 1 for
 * both, and says why.
 */
function answerOf({ exitCode, stderr, cause }: CommandError): Answer {
  const text = stderr.trim();
  if (codeOf(cause) === 'ENOENT') return { outcome: 'impossible', detail: 'ping is not installed' };
  if (/unreachable|no route to host/i.test(text)) return { outcome: 'unreachable', detail: text };
  const cannot = /permi|denied|cannot|can't|unknown|invalid|usage|socket/i.test(text);
  if (exitCode === 2 || cannot) return { outcome: 'impossible', detail: text === '' ? 'ping failed' : text };
  return { outcome: 'silent', detail: 'no reply' };
}
