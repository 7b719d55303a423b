// What is asked of systemd over the bus: restart a unit, reboot the host, and what job runs on this
// very service. Whether any of it may be done is decided elsewhere.
import { type Clock, within } from '../system/clock.ts';
import type { Bus, BusRequest, CallOptions } from './bus.ts';
import { PROPERTIES } from './driver.ts';
import { DBusCallError } from './errors.ts';

/** systemd answers once the job is queued; 25 s is what sd-bus itself waits by default. */
const JOB_TIMEOUT_MS = 25_000;

const NAME = 'org.freedesktop.systemd1';

const SYSTEMD = { destination: NAME, path: '/org/freedesktop/systemd1', interface: `${NAME}.Manager` } as const;

const LOGIND = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
} as const;

/**
 * Queues `systemctl restart UNIT`. Resolves when systemd has taken the job, not when it is done.
 * @throws DBusCallError
 */
export async function restartUnit(bus: Bus, unit: string, signal: AbortSignal): Promise<void> {
  const request: BusRequest = { ...SYSTEMD, member: 'RestartUnit', signature: 'ss', body: [unit, 'replace'] };
  await bus.call(request, { timeoutMs: JOB_TIMEOUT_MS, signal });
}

/**
 * Reboots the host in order, with every unit stopped: through logind, which an inhibitor may
 * forbid, or on images without logind by the target that `systemctl reboot` starts. @throws
 * DBusCallError
 */
export async function rebootHost(bus: Bus, signal: AbortSignal): Promise<void> {
  const options = { timeoutMs: JOB_TIMEOUT_MS, signal };
  try {
    await bus.call({ ...LOGIND, member: 'Reboot', signature: 'b', body: [false] }, options);
  } catch (error) {
    if (!(error instanceof DBusCallError) || !NOT_THERE.has(error.type)) throw error;
    // Manager.Reboot would not stop the units first [org.freedesktop.systemd1(5)].
    const body = ['reboot.target', 'replace-irreversibly'];
    await bus.call({ ...SYSTEMD, member: 'StartUnit', signature: 'ss', body }, options);
  }
}

const NOT_THERE: ReadonlySet<string> = new Set([
  'org.freedesktop.DBus.Error.ServiceUnknown',
  'org.freedesktop.DBus.Error.NameHasNoOwner',
]);

/**
 * How long systemd may take to say what it is doing with us, for all three questions: it is part of
 * the time to stop.
 */
const OWN_JOB_MS = 2_000;

/**
 * Whether systemd is restarting the unit of process `pid`, as far as it says so in time. While the
 * stopping half of a restart runs, the job still is of type 'restart' (systemd,
 * job_type_is_conflicting and unit_notify).
 */
export async function isRestarting(bus: Bus, pid: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const asking = within(clock, OWN_JOB_MS, 'asking systemd', signal, (own) =>
    ownJobType(bus, pid, { timeoutMs: OWN_JOB_MS, signal: own }),
  );
  return (await asking.catch(() => undefined)) === 'restart';
}

/**
 * The type of the job that runs on the unit of process `pid`: 'restart', 'stop', …; undefined when
 * there is none.
 */
async function ownJobType(bus: Bus, pid: number, options: CallOptions): Promise<string | undefined> {
  const get = async (path: string, interfaceName: string, property: string) => {
    const request = { destination: NAME, path, interface: PROPERTIES, member: 'Get', signature: 'ss' };
    const [value] = await bus.call({ ...request, body: [`${NAME}.${interfaceName}`, property] }, options);
    return value;
  };
  const [unit] = await bus.call({ ...SYSTEMD, member: 'GetUnitByPID', signature: 'u', body: [pid] }, options);
  const job = await get(String(unit), 'Unit', 'Job');
  if (!Array.isArray(job) || job[0] === 0) return undefined;
  const type = await get(String(job[1]), 'Job', 'JobType');
  return typeof type === 'string' ? type : undefined;
}
