// The two things asked of systemd over the bus: restart a unit, reboot the host. Whether that may be done is decided elsewhere.
import type { Bus, BusRequest } from './bus.ts';
import { DBusCallError } from './errors.ts';

/** systemd answers once the job is queued; 25 s is what sd-bus itself waits by default. */
const JOB_TIMEOUT_MS = 25_000;

const SYSTEMD = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
} as const;

const LOGIND = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
} as const;

/** Queues `systemctl restart UNIT`. Resolves when systemd has taken the job, not when it is done. @throws DBusCallError */
export async function restartUnit(bus: Bus, unit: string, signal: AbortSignal): Promise<void> {
  const request: BusRequest = { ...SYSTEMD, member: 'RestartUnit', signature: 'ss', body: [unit, 'replace'] };
  await bus.call(request, { timeoutMs: JOB_TIMEOUT_MS, signal });
}

/** Reboots the host in order: through logind, or through systemd itself on images without logind. @throws DBusCallError */
export async function rebootHost(bus: Bus, signal: AbortSignal): Promise<void> {
  const options = { timeoutMs: JOB_TIMEOUT_MS, signal };
  try {
    await bus.call({ ...LOGIND, member: 'Reboot', signature: 'b', body: [false] }, options);
  } catch (error) {
    if (!(error instanceof DBusCallError)) throw error;
    await bus.call({ ...SYSTEMD, member: 'Reboot' }, options);
  }
}
