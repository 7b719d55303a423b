// The DHCP clients that a host may have, which of them to use, and the arguments that make them
// report and leave the host alone.
import { access, constants } from 'node:fs/promises';
import { CommandError, type CommandRunner } from '../../system/command.ts';

export type ClientName = 'udhcpc' | 'dhclient' | 'dhcpcd';

export interface DhcpClient {
  readonly name: ClientName;
  /** What its arguments follow: its path, or that of busybox with the applet's name. */
  readonly program: readonly string[];
}

export interface ClientPlaces {
  readonly interface: string;
  /** The report script (lease.ts). */
  readonly script: string;
  /** A folder of ours that outlives the client. */
  readonly folder: string;
  /** The address to ask for, if one is held already. */
  readonly held: string | undefined;
}

/** How long a tool may take to tell its version or its applets. */
const QUESTION_MS = 5_000;

/** The first dhcpcd with --noconfigure; those before touch the interface whatever they are told. */
const DHCPCD_LEAST = 9;

/**
 * The clients of this host, best first. udhcpc: one process that itself configures nothing, ever.
 * dhclient: the same, but it is big, and AppArmor's profile on Debian and Ubuntu may keep it from
 * running any script but its own. dhcpcd last: it configures unless told otherwise, and one that
 * manages the host already would take our command for its own.
 */
export async function findClients(commands: CommandRunner, path: string, signal: AbortSignal): Promise<DhcpClient[]> {
  const [udhcpc, busybox, dhclient, dhcpcd] = await Promise.all(
    ['udhcpc', 'busybox', 'dhclient', 'dhcpcd'].map((name) => which(name, path)),
  );
  const found: DhcpClient[] = [];
  if (udhcpc !== undefined) found.push({ name: 'udhcpc', program: [udhcpc] });
  else if (busybox !== undefined && /^udhcpc$/m.test(await output(commands, [busybox, '--list'], signal)))
    found.push({ name: 'udhcpc', program: [busybox, 'udhcpc'] });
  if (dhclient !== undefined) found.push({ name: 'dhclient', program: [dhclient] });
  if (dhcpcd !== undefined && majorOf(await output(commands, [dhcpcd, '--version'], signal)) >= DHCPCD_LEAST)
    found.push({ name: 'dhcpcd', program: [dhcpcd] });
  return found;
}

async function which(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(':').filter((part) => part.startsWith('/'))) {
    const file = `${folder}/${name}`;
    const runs = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return file;
  }
  return undefined;
}

async function output(commands: CommandRunner, argv: readonly string[], signal: AbortSignal): Promise<string> {
  return await commands.run(argv, { timeoutMs: QUESTION_MS, signal }).catch((error: unknown) => {
    if (error instanceof CommandError && !signal.aborted) return '';
    throw error;
  });
}

function majorOf(version: string): number {
  return Number(/^dhcpcd (\d+)\./m.exec(version)?.[1] ?? 0);
}

/** The configuration for dhclient, whose own waits are minutes and which asks for no MTU. */
export const DHCLIENT_CONFIG = `timeout 10;
retry 5;
initial-interval 1;
backoff-cutoff 5;
request subnet-mask, routers, domain-name-servers, interface-mtu;
`;

/** Where dhclient finds DHCLIENT_CONFIG. */
export const dhclientConfig = (folder: string): string => `${folder}/dhclient.conf`;

/**
 * The argument list that runs `client` in the foreground, for IPv4, on that one interface,
 * reporting through the script only.
 */
export function argvOf({ name, program }: DhcpClient, places: ClientPlaces): string[] {
  const { interface: device, script, folder, held } = places;
  switch (name) {
    case 'udhcpc': {
      // Five questions two seconds apart, then again after five seconds. No -R: releasing would
      // lose the address at our restart.
      const ask = held === undefined ? [] : ['-r', held];
      return [...program, '-f', '-i', device, '-s', script, '-t', '5', '-T', '2', '-A', '5', '-O', 'mtu', ...ask];
    }
    case 'dhclient': {
      const files = ['-lf', `${folder}/dhclient.${device}.leases`, '-pf', `${folder}/dhclient.${device}.pid`];
      return [...program, '-4', '-d', '-q', '-sf', script, '-cf', dhclientConfig(folder), ...files, device];
    }
    case 'dhcpcd': {
      const options = ['-o', 'subnet_mask,routers,domain_name_servers,interface_mtu'];
      // -L no link-local address, -A no ARP, -p keep at exit, -t 0 never give up.
      const quiet = ['-B', '-4', '-L', '-A', '-p', '-t', '0', '--noconfigure', '-f', '/dev/null'];
      return [...program, ...quiet, ...options, '-c', script, device];
    }
  }
}
