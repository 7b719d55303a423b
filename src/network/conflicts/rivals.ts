// Who else configures the modem or its interface on this host right now? Asks and looks; changes
// nothing. Both the daemon's warnings and `doctor` come from here.
import { access, constants, readdir } from 'node:fs/promises';
import * as z from 'zod/mini';
import type { Bus } from '../../dbus/bus.ts';
import { hasOwner, PROPERTIES } from '../../dbus/driver.ts';
import { DBusCallError } from '../../dbus/errors.ts';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { DeadlineError } from '../../system/clock.ts';
import { codeOf } from '../../system/error-code.ts';
import { readRegularFile } from '../../system/regular-file.ts';

const TIMEOUT_MS = 2_000;
/** More than any file has that is looked at. */
const MOST_BYTES = 1_000_000;

/** Another program that manages the interface, and what ends that. */
export interface Rival {
  readonly name: 'NetworkManager' | 'systemd-networkd' | 'dhcpcd' | 'dhclient' | 'ConnMan' | 'connection.d';
  /** What it does, as a sentence that begins with its name. */
  readonly reason: string;
  /** Commands, or what to do in words. */
  readonly remedy: string;
}

export interface RivalQuestion {
  /** Without one, those that only a bus knows of are passed over. */
  readonly bus: Bus | undefined;
  /** The modem's network interface; without one, those that only this tells of are passed over. */
  readonly interface: string | undefined;
  /**
   * The names of the modem's other ports: NetworkManager knows a modem by its control port
   * (cdc-wdm0).
   */
  readonly ports?: readonly string[];
  /** Another host's files, for tests. */
  readonly root?: string;
  /** The daemon's: DHCP clients that it started are its own. */
  readonly pid?: number;
  readonly signal: AbortSignal;
}

/**
 * All that manage the modem or `interface` at this moment. What cannot be asked is passed over:
 * this is for a hint, and nothing depends on it.
 * @throws BusLostError, DeadlineError of a bus that hangs, and the signal's reason
 */
export async function findRivals(question: RivalQuestion): Promise<readonly Rival[]> {
  const { bus, ports = [], root = '', pid = process.pid, signal } = question;
  const name = question.interface !== undefined && isInterfaceName(question.interface) ? question.interface : undefined;
  const found = await Promise.all([
    bus && networkManager(bus, name, ports, signal),
    name && networkd(root, name),
    name && dhcpClient(root, name, pid),
    bus && connMan(bus, signal),
    connectionScripts(root),
  ]);
  return found.filter((rival) => rival !== undefined && rival !== '');
}

/** NMDeviceState: from 40 (prepare) up to 100 (activated) it is at work on the device. */
const NM_AT_WORK = { from: 40, to: 100 } as const;

const NmDevice = z.looseObject({
  Interface: z.string(),
  IpInterface: z._default(z.string(), ''),
  Managed: z.boolean(),
  State: z.number(),
});

async function networkManager(
  bus: Bus,
  name: string | undefined,
  ports: readonly string[],
  signal: AbortSignal,
): Promise<Rival | undefined> {
  const names = name === undefined ? ports : [name, ...ports];
  const destination = 'org.freedesktop.NetworkManager';
  const options = { timeoutMs: TIMEOUT_MS, signal };
  if (!(await hasOwner(bus, destination, { timeoutMs: TIMEOUT_MS, signal }))) return undefined;
  const get = { destination, interface: PROPERTIES, member: 'GetAll', signature: 's' };
  try {
    const at = { destination, path: '/org/freedesktop/NetworkManager', interface: destination };
    const [paths] = await bus.call({ ...at, member: 'GetDevices' }, options);
    for (const path of z.catch(z.array(z.string()), []).parse(paths)) {
      const [properties] = await bus.call({ ...get, path, body: [`${destination}.Device`] }, options);
      const device = NmDevice.safeParse(properties).data;
      if (device?.Managed !== true) continue;
      if (!names.includes(device.Interface) && !names.includes(device.IpInterface)) continue;
      const atWork = device.State >= NM_AT_WORK.from && device.State <= NM_AT_WORK.to;
      return {
        name: 'NetworkManager',
        reason: fights(
          `NetworkManager manages ${device.Interface}${atWork ? ' and has a connection of its own on it' : ''}`,
        ),
        remedy: networkManagerRemedy(name ?? 'ww*'),
      };
    }
    return undefined;
  } catch (error) {
    // It hangs, or it or the device went away while we asked.
    if (error instanceof DBusCallError || error instanceof DeadlineError) return undefined;
    throw error;
  }
}

/** The file that the package brings says the same. */
function networkManagerRemedy(name: string): string {
  const devices = `type:gsm;interface-name:cdc-wdm*;interface-name:${name}`;
  return (
    `printf '[device-percept-lte]\\nmatch-device=${devices}\\nmanaged=0\\n' ` +
    '> /etc/NetworkManager/conf.d/50-percept-lte.conf && systemctl restart NetworkManager'
  );
}

function fights(what: string): string {
  return `${what}: two would fight over it`;
}

/**
 * networkd writes for each link what it makes of it (sd-network(3) reads the same file, also in
 * v239).
 */
async function networkd(root: string, name: string): Promise<Rival | undefined> {
  const index = (await textOf(`${root}/sys/class/net/${name}/ifindex`))?.trim();
  const state = index === undefined ? undefined : await textOf(`${root}/run/systemd/netif/links/${index}`);
  const admin = /^ADMIN_STATE=(.*)$/m.exec(state ?? '')?.[1];
  if (admin === undefined || admin === 'unmanaged' || admin === 'initialized' || admin === 'pending') return undefined;
  const file = /^NETWORK_FILE=(\S+)$/m.exec(state ?? '')?.[1];
  return {
    name: 'systemd-networkd',
    reason: fights(`systemd-networkd manages ${name}${file === undefined ? '' : ` (${file})`}`),
    // 10-: .network files are tried in the order of their names, and the first that matches wins.
    remedy:
      `printf '[Match]\\nName=${name}\\n\\n[Link]\\nUnmanaged=yes\\n' > /etc/systemd/network/10-percept-lte.network && ` +
      'systemctl restart systemd-networkd',
  };
}

async function dhcpClient(root: string, name: string, daemon: number): Promise<Rival | undefined> {
  // One that serves this interface alone was told to: whoever started it has to be told otherwise.
  for (const program of ['dhclient', 'dhcpcd'] as const) {
    const files = [`run/${program}.${name}.pid`, `run/${program}-${name}.pid`, `run/${program}/${name}.pid`];
    if (!(await areAlive(root, files, daemon))) continue;
    const remedy =
      program === 'dhclient'
        ? `dhclient -x ${name}; take ${name} out of /etc/network/interfaces`
        : `dhcpcd -x ${name}; take ${name} out of what starts it`;
    return { name: program, reason: fights(`${program} asks for an address on ${name}`), remedy };
  }
  if (!(await areAlive(root, ['run/dhcpcd.pid', 'run/dhcpcd/pid'], daemon))) return undefined;
  if (isDenied((await textOf(`${root}/etc/dhcpcd.conf`)) ?? '', name)) return undefined;
  return {
    name: 'dhcpcd',
    reason: fights(`dhcpcd asks for an address on every interface, ${name} among them`),
    remedy: `printf '\\ndenyinterfaces ${name}\\n' >> /etc/dhcpcd.conf && systemctl restart dhcpcd`,
  };
}

/**
 * Whether one of the pid files names a process that runs, and that is not our own: a bearer that
 * asks for DHCP has us start a client.
 */
async function areAlive(root: string, files: readonly string[], daemon: number): Promise<boolean> {
  for (const file of files) {
    const pid = /^\d+$/.exec(((await textOf(`${root}/${file}`)) ?? '').trim())?.[0];
    if (pid === undefined) continue;
    const status = await textOf(`${root}/proc/${pid}/status`);
    // systemd hides processes of more power than ours from us (ProtectProc=): what is not seen is
    // taken to run.
    if (status === undefined && !exists(Number(pid))) continue;
    if (new RegExp(`^PPid:\\s*${daemon}$`, 'm').test(status ?? '')) continue;
    return true;
  }
  return false;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Whether dhcpcd.conf keeps its hands off the interface. */
function isDenied(config: string, name: string): boolean {
  const words = (key: string) =>
    [...config.matchAll(new RegExp(`^\\s*${key}\\s+(.*)$`, 'gm'))].flatMap((match) =>
      (match[1] ?? '').trim().split(/\s+/),
    );
  const fits = (pattern: string) => matchesPattern(pattern, name);
  const allowed = words('allowinterfaces');
  return words('denyinterfaces').some(fits) || (allowed.length > 0 && !allowed.some(fits));
}

/** fnmatch(3) for the patterns of configuration files: `*`, `?`, `[a-z]` and `[!a-z]`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern.replace(/\[!?[^\]]+\]|[^\w]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    return part.length > 1 ? part.replace('[!', '[^').replaceAll('\\', '\\\\') : `\\${part}`;
  });
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return false; // a range that runs backwards matches nothing
  }
}

async function connMan(bus: Bus, signal: AbortSignal): Promise<Rival | undefined> {
  // It drives modems through oFono; without that it has nothing to do with ours.
  const options = { timeoutMs: TIMEOUT_MS, signal };
  if (!(await hasOwner(bus, 'net.connman', options)) || !(await hasOwner(bus, 'org.ofono', options))) return undefined;
  return {
    name: 'ConnMan',
    reason: fights('ConnMan drives modems through oFono'),
    remedy: 'systemctl disable --now ofono, and NetworkInterfaceBlacklist=ww in /etc/connman/main.conf',
  };
}

/**
 * ModemManager 1.18.8 and later runs these at each connection; some set-ups configure the interface
 * there.
 */
async function connectionScripts(root: string): Promise<Rival | undefined> {
  for (const folder of ['/etc/ModemManager/connection.d', '/usr/lib/ModemManager/connection.d']) {
    const names = await readdir(root + folder).catch(() => []); // an older ModemManager has none
    for (const name of names.filter((entry) => /^[A-Za-z0-9._-]+$/.test(entry)).sort()) {
      const runs = await access(`${root}${folder}/${name}`, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (!runs) continue;
      const file = `${folder}/${name}`;
      const remedy = `chmod -x ${file}, unless it leaves addresses, routes and name servers alone`;
      return {
        name: 'connection.d',
        reason: fights(`connection.d has ModemManager run ${file} at each connection`),
        remedy,
      };
    }
  }
  return undefined;
}

async function textOf(path: string): Promise<string | undefined> {
  return await readRegularFile(path, MOST_BYTES).catch(() => undefined); // not there: nothing to tell
}
