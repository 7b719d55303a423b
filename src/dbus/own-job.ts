// What systemd is doing with this very service: a SIGTERM is the same for stop and restart, and only a stop should cost the link.
import type { Bus } from './bus.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/**
 * The type of the job that runs on the unit of process `pid`: 'restart', 'stop', …; undefined when there is none.
 * While the stopping half of a restart runs, the job still is of type 'restart' (systemd, job_type_is_conflicting and unit_notify).
 * @throws DBusCallError, DeadlineError
 */
export async function ownJobType(bus: Bus, pid: number, timeoutMs: number): Promise<string | undefined> {
  const get = async (path: string, interfaceName: string, property: string) => {
    const request = { destination: SYSTEMD, path, interface: PROPERTIES, member: 'Get', signature: 'ss' };
    const [value] = await bus.call({ ...request, body: [`${SYSTEMD}.${interfaceName}`, property] }, { timeoutMs });
    return value;
  };
  const manager = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` };
  const [unit] = await bus.call({ ...manager, member: 'GetUnitByPID', signature: 'u', body: [pid] }, { timeoutMs });
  const job = await get(String(unit), 'Unit', 'Job');
  if (!Array.isArray(job) || job[0] === 0) return undefined;
  const type = await get(String(job[1]), 'Job', 'JobType');
  return typeof type === 'string' ? type : undefined;
}
