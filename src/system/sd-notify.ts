// Tells systemd how the daemon does: sd_notify(3), over the native helper beside the bundle. Not
// over systemd-notify(1): a child may speak only with NotifyAccess=all, and before systemd 246 it
// may have ended before systemd asks whose child it was. What the state is, and when the watchdog
// has earned its food, is for the caller to say.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What to tell, by systemd's own names. `STATUS` may hold anything: it is made one line. */
export interface SdNotifyFields {
  readonly READY?: true;
  readonly RELOADING?: true;
  readonly STOPPING?: true;
  readonly WATCHDOG?: true;
  readonly STATUS?: string;
}

export interface SdNotify {
  /** Never throws and never waits for long: a message that cannot be delivered is dropped. */
  send(fields: SdNotifyFields): void;
  /**
   * How often systemd wants `WATCHDOG=1`: half of WatchdogSec=, in milliseconds. Undefined when it
   * does not watch this process.
   */
  readonly watchdogIntervalMs: number | undefined;
}

/**
 * The native helper: sends `text` to the unix datagram socket at `address` (`@` marks an abstract
 * one); gives 0 or an errno.
 */
export type SendDatagram = (address: string, text: string) => number;

export interface SdNotifyPorts {
  /**
   * Called once with a sentence when the helper is missing, or when a message could not be
   * delivered.
   */
  readonly onTrouble: (text: string) => void;
  /** Gives the native helper or throws; tests put their own here. */
  readonly load?: () => SendDatagram;
}

// The helper's buffer is 4096 bytes and a character takes up to 3 (a surrogate pair 4 for 2): this
// leaves room for the other fields.
const MAX_STATUS_CHARS = 1000;

/**
 * One line of printable text, as `systemctl status` shows it: runs of control characters and blanks
 * become one blank.
 */
export function statusLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_STATUS_CHARS);
}

/**
 * The lines of one message. `RELOADING` brings the time that systemd 253 and later want with it
 * (CLOCK_MONOTONIC in µs).
 */
export function messageLines(fields: SdNotifyFields, monotonicUs: bigint): string[] {
  const lines: string[] = [];
  if (fields.READY) lines.push('READY=1');
  if (fields.RELOADING) lines.push('RELOADING=1', `MONOTONIC_USEC=${monotonicUs}`);
  if (fields.STOPPING) lines.push('STOPPING=1');
  if (fields.WATCHDOG) lines.push('WATCHDOG=1');
  if (fields.STATUS !== undefined) lines.push(`STATUS=${statusLine(fields.STATUS)}`);
  return lines;
}

/**
 * Half of WATCHDOG_USEC in milliseconds, if it is set and meant for this process
 * (sd_watchdog_enabled(3)).
 */
export function watchdogInterval(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC = '', WATCHDOG_PID = String(pid) } = env;
  if (!/^[1-9]\d*$/.test(WATCHDOG_USEC) || WATCHDOG_PID !== String(pid)) return undefined;
  return Number(WATCHDOG_USEC) / 2 / 1000;
}

// sd_notify.node lies beside the bundle (test/build makes it); when run from source there is none.
function loadBesideBundle(): SendDatagram {
  const load = createRequire(import.meta.url);
  return load(fileURLToPath(new URL('sd_notify.node', import.meta.url))).send;
}

/**
 * Opens the way to systemd that the environment names (`NOTIFY_SOCKET`, `WATCHDOG_USEC`,
 * `WATCHDOG_PID`). Without `NOTIFY_SOCKET` nothing is sent, and nothing is loaded.
 */
export function openSdNotify(env: NodeJS.ProcessEnv, ports: SdNotifyPorts): SdNotify {
  const address = env.NOTIFY_SOCKET ?? '';
  // Paths and abstract names only: `vsock:` (systemd 254) is for virtual machines telling their
  // host.
  if (!/^[/@]./.test(address)) return { send: () => {}, watchdogIntervalMs: undefined };
  let told = false;
  const undelivered = (why: string) => {
    if (!told) ports.onTrouble(`systemd was not told: ${why}`);
    told = true;
  };
  let native: SendDatagram | undefined;
  try {
    native = (ports.load ?? loadBesideBundle)();
  } catch (error) {
    undelivered(
      `sd_notify.node cannot be loaded (${String(error)}); without READY=1 it ends this service, so reinstall it`,
    );
  }
  return {
    watchdogIntervalMs: watchdogInterval(env, process.pid),
    send(fields) {
      const lines = messageLines(fields, process.hrtime.bigint() / 1000n);
      if (native === undefined || lines.length === 0) return;
      const errno = native(address, lines.join('\n'));
      if (errno !== 0) undelivered(`sendto ${address}: errno ${errno}`);
    },
  };
}
