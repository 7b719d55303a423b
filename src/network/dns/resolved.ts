// Hands name servers to systemd-resolved for one link, over D-Bus. Written to work with v237 and
// later.
import { readFile } from 'node:fs/promises';
import type { Bus } from '../../dbus/bus.ts';
import { hasOwner, PROPERTIES } from '../../dbus/driver.ts';
import { DBusCallError } from '../../dbus/errors.ts';
import { familyOf, toNumber } from '../../ip/address.ts';
import type { Backend, DnsHost } from './backend.ts';
import { DnsError } from './dns-error.ts';
import type { WantedDns } from './wanted-dns.ts';

/** resolved answers from memory; a second is what others wait too. */
const TIMEOUT_MS = 2_000;

const RESOLVED = {
  destination: 'org.freedesktop.resolve1',
  path: '/org/freedesktop/resolve1',
  interface: 'org.freedesktop.resolve1.Manager',
} as const;

/** AF_INET and AF_INET6 as the kernel numbers them (sys/socket.h, Linux). */
const ADDRESS_FAMILY = { 4: 2, 6: 10 } as const;

/** Whether systemd-resolved is on the bus. Does not start it. */
export async function isResolvedRunning(bus: Bus, signal: AbortSignal): Promise<boolean> {
  return await hasOwner(bus, RESOLVED.destination, { timeoutMs: TIMEOUT_MS, signal });
}

/**
 * Calls `onRestart`, as long as the bus lives, whenever systemd-resolved comes (back) onto it: it
 * has forgotten what it was told.
 */
export async function followResolved(bus: Bus, onRestart: () => void, signal: AbortSignal): Promise<void> {
  const listener = (owner: string) => {
    if (owner !== '') onRestart();
  };
  await bus.follow(RESOLVED.destination, listener, { timeoutMs: TIMEOUT_MS, signal });
}

/** The way by systemd-resolved. */
export function resolvedBackend({ bus, root }: Pick<DnsHost, 'bus' | 'root'>): Backend {
  return {
    async put(wanted, _again, signal) {
      if (bus === undefined) return false;
      const index = await interfaceIndex(wanted.interface, root);
      if (await isInPlace(bus, index, wanted, signal)) return false;
      await setLinkDns(bus, index, wanted, signal);
      return true;
    },
    // A link that is gone needs nothing: resolved forgets it with its index.
    async take(name, signal) {
      const index = await interfaceIndex(name, root).catch(() => undefined);
      if (bus === undefined || index === undefined || !(await isResolvedRunning(bus, signal))) return;
      await call(bus, 'RevertLink', 'i', [index], signal);
    },
  };
}

/**
 * For a preferred link the routing domain `.` (`~.` in resolvectl): every name is asked there
 * alone; otherwise beside the others.
 */
const domainsOf = ({ preferred }: WantedDns) => (preferred ? [['.', true]] : []);

const serversOf = ({ servers }: WantedDns) =>
  servers.map((server) => [ADDRESS_FAMILY[familyOf(server) ?? 4], bytesOf(server)] as const);

/** Somebody else (NetworkManager, resolvectl revert) may have taken out what resolved was told. */
async function isInPlace(bus: Bus, index: number, wanted: WantedDns, signal: AbortSignal): Promise<boolean> {
  const ours = (value: unknown) =>
    (Array.isArray(value) ? value : [])
      .filter((entry: unknown): entry is unknown[] => Array.isArray(entry) && entry[0] === index)
      .map(([, ...rest]) => rest);
  const text = (entries: readonly (readonly unknown[])[]) =>
    JSON.stringify(entries.map((entry) => entry.map((part) => (Buffer.isBuffer(part) ? part.toString('hex') : part))));
  const [servers, domains] = [await property(bus, 'DNS', signal), await property(bus, 'Domains', signal)];
  return text(ours(servers)) === text(serversOf(wanted)) && text(ours(domains)) === text(domainsOf(wanted));
}

async function property(bus: Bus, name: string, signal: AbortSignal): Promise<unknown> {
  const request = { ...RESOLVED, interface: PROPERTIES, member: 'Get', signature: 'ss' };
  const [value] = await bus.call({ ...request, body: [RESOLVED.interface, name] }, { timeoutMs: TIMEOUT_MS, signal });
  return value;
}

async function setLinkDns(bus: Bus, index: number, wanted: WantedDns, signal: AbortSignal): Promise<void> {
  await call(bus, 'SetLinkDNS', 'ia(iay)', [index, serversOf(wanted)], signal);
  await call(bus, 'SetLinkDomains', 'ia(sb)', [index, domainsOf(wanted)], signal);
  // Since v240 only; before it, a link with servers and without domains is asked anyway.
  await call(bus, 'SetLinkDefaultRoute', 'ib', [index, true], signal).catch((error: unknown) => {
    if (!isUnknownMethod(error)) throw error;
  });
}

async function call(
  bus: Bus,
  member: string,
  signature: string,
  body: readonly unknown[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await bus.call({ ...RESOLVED, member, signature, body }, { timeoutMs: TIMEOUT_MS, signal });
  } catch (cause) {
    if (!(cause instanceof DBusCallError)) throw cause;
    throw new DnsError(member, `systemd-resolved refused ${member}: ${cause.type}: ${cause.text}`, {
      cause,
      remedy: 'see why: systemctl status systemd-resolved; resolvectl status',
    });
  }
}

function isUnknownMethod(error: unknown): boolean {
  return (
    error instanceof DnsError &&
    error.cause instanceof DBusCallError &&
    error.cause.type === 'org.freedesktop.DBus.Error.UnknownMethod'
  );
}

async function interfaceIndex(name: string, root: string): Promise<number> {
  const path = `${root}/sys/class/net/${name}/ifindex`;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DnsError(name, `there is no interface ${name} to give name servers to`, { cause });
  });
  return Number.parseInt(text, 10);
}

function bytesOf(server: string): Buffer {
  const width = familyOf(server) === 6 ? 32 : 8;
  return Buffer.from(toNumber(server).toString(16).padStart(width, '0'), 'hex');
}
