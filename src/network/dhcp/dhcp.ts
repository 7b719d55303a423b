// Runs a DHCP client of the host's for one interface and passes on what it reports. Which address
// the interface gets is not decided here.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { childSignal } from '../../system/child-signal.ts';
import type { Clock } from '../../system/clock.ts';
import { CommandError, type CommandRunner } from '../../system/command.ts';
import { argvOf, DHCLIENT_CONFIG, type DhcpClient, dhclientConfig, findClients } from './clients.ts';
import { type Lease, parseReport, REPORT_SCRIPT } from './lease.ts';

/** No address can be asked for, with what to do about it. */
export class DhcpError extends Error {
  override readonly name = 'DhcpError';
  constructor(
    /**
     * `no-client`: none is installed; `no-folder`: its script cannot be written; `no-socket`: it
     * may not open a packet socket; `no-answer`: no server answers.
     */
    readonly reason: 'no-client' | 'no-folder' | 'no-socket' | 'no-answer',
    /** The interface that it is for. */
    readonly interfaceName: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A client whose script could not report within this is of no use (AppArmor, an old build): the
 * next one is tried. They begin within 200 ms.
 */
const SPEECHLESS_MS = 10_000;

/**
 * Waits before a client that ended is started again; the last repeats. A client that ran this long
 * was healthy.
 */
const RESTART_MS = [500, 2_000, 10_000, 30_000] as const;
const HEALTHY_MS = 60_000;

/** Of a client's words, characters. */
const LONGEST_COMPLAINT = 200;

/**
 * A client renews at half of the time, and gives up at its end; this is for one that is not there
 * to do so.
 */
const EXPIRY_SLACK_MS = 5_000;

export interface FollowDhcpOptions {
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly interface: string;
  /** PATH, where the clients are looked for. */
  readonly path: string;
  /**
   * For the script and what clients keep: the first that can be written. None may be on a file
   * system mounted noexec.
   */
  readonly folders: readonly string[];
  /**
   * What the interface has already, with the seconds that are left of it: asked for again, and lost
   * at its end.
   */
  readonly known?: Lease | undefined;
  readonly onLease: (lease: Lease) => void;
  /** A lease that was reported is valid no more. */
  readonly onLost: (why: string) => void;
  /**
   * Told of what is no use to the link but worth a line: which client runs, why it ended, a lease
   * that makes no sense.
   */
  readonly onNews: (level: 'debug' | 'warn', message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly signal: AbortSignal;
}

/**
 * Asks and goes on asking until `signal` aborts; then resolves. @throws DhcpError when it cannot
 * ask at all
 */
export async function followDhcp(options: FollowDhcpOptions): Promise<void> {
  const { commands, clock, signal } = options;
  const clients = await findClients(commands, options.path, signal);
  const first = clients[0];
  if (first === undefined) throw noClient(options.interface);
  const folder = await writeScript(options);
  const timer = new LeaseTimer(options);
  if (options.known !== undefined) timer.begin(options.known);
  let chosen = 0;
  let failures = 0;
  while (!signal.aborted) {
    const client = clients[chosen % clients.length] ?? first;
    const begunMs = clock.now().monotonicMs;
    const { spoke, outcome } = await runClient(options, client, folder, timer);
    if (signal.aborted) break;
    options.onNews('warn', 'DHCP client ended', { client: client.name, outcome });
    if (!spoke) chosen += 1;
    failures = clock.now().monotonicMs - begunMs >= HEALTHY_MS ? 0 : failures + 1;
    await clock.sleep(RESTART_MS[Math.min(failures, RESTART_MS.length) - 1] ?? RESTART_MS[0], signal).catch(() => {});
  }
  timer.end();
}

function noSocket(name: string, client: DhcpClient, complaint: string): DhcpError {
  const remedy =
    'systemctl edit percept-lte: [Service] RestrictAddressFamilies=AF_PACKET; systemctl restart percept-lte';
  const what = `${client.name} may not open a packet socket for ${name} (${JSON.stringify(complaint)})`;
  return new DhcpError('no-socket', name, `${what}; remedy: ${remedy}`);
}

function noClient(name: string): DhcpError {
  const remedy = 'install one: apt-get install udhcpc, or tdnf install dhcp-client';
  const what = `the modem gives no address for ${name} and wants DHCP, and this host has no DHCP client`;
  return new DhcpError('no-client', name, `${what} (udhcpc, busybox, dhclient, dhcpcd 9); ${remedy}`);
}

/** Writes the script into the first folder that takes it, and returns that. */
async function writeScript({ folders, interface: name }: FollowDhcpOptions): Promise<string> {
  let refusal: unknown;
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(scriptIn(folder), REPORT_SCRIPT, { mode: 0o700 });
      await chmod(scriptIn(folder), 0o700); // the mode above is for a new file only
      await writeFile(dhclientConfig(folder), DHCLIENT_CONFIG, { mode: 0o600 });
      return folder;
    } catch (error) {
      refusal = error;
    }
  }
  const why = refusal instanceof Error ? refusal.message : String(refusal);
  throw new DhcpError('no-folder', name, `the DHCP client's script cannot be written: ${why}`, { cause: refusal });
}

const scriptIn = (folder: string) => `${folder}/dhcp-report`;

/**
 * What a client says of a socket that it may not open: the unit allows packet sockets only where
 * they are needed.
 */
const NO_SOCKET = /address family not supported|socket.*(not permitted|permission denied)/i;

async function runClient(
  options: FollowDhcpOptions,
  client: DhcpClient,
  folder: string,
  timer: LeaseTimer,
): Promise<{ spoke: boolean; outcome: string }> {
  const { commands, clock, interface: device, onNews, signal } = options;
  const own = childSignal(signal);
  let spoke = false;
  // udhcpc begins with `deconfig`, and a client that goes on asking fails again and again: what it
  // did not get, it cannot lose.
  let got = false;
  clock.sleep(SPEECHLESS_MS, own.signal).then(
    () => spoke || own.end(),
    () => {}, // ended before
  );
  const onLine = (line: string) => {
    const report = parseReport(line);
    if (report === undefined || own.signal.aborted) return;
    spoke = true;
    if (report.kind === 'lease') {
      got = true;
      timer.begin(report.lease);
      options.onLease(report.lease);
    } else if (report.kind === 'lost') {
      if (got) timer.lose(report.why);
      got = false;
    } else if (report.kind === 'nonsense')
      onNews('warn', 'DHCP lease refused', { client: client.name, why: report.why });
  };
  // Its last words tell why it ended.
  let complaint = '';
  const onComplaint = (line: string) => {
    if (line.trim() !== '') complaint = line.trim().slice(0, LONGEST_COMPLAINT);
  };
  const said = () => (complaint === '' ? '' : `: ${JSON.stringify(complaint)}`);
  onNews('debug', 'DHCP client started', { client: client.name, interface: device });
  try {
    const argv = argvOf(client, { interface: device, script: scriptIn(folder), folder, held: timer.address });
    const code = await commands.follow(argv, onLine, own.signal, onComplaint);
    if (own.signal.aborted && !spoke)
      return { spoke, outcome: `it says nothing; its script may be forbidden (AppArmor, noexec)${said()}` };
    if (!got && NO_SOCKET.test(complaint)) throw noSocket(device, client, complaint);
    return { spoke, outcome: `${code === undefined ? 'killed' : `exit code ${code}`}${said()}` };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { spoke, outcome: error.message };
  } finally {
    own.end();
  }
}

/** The lease that is valid now, and its end where no client is there to tell it. */
class LeaseTimer {
  readonly #options: Pick<FollowDhcpOptions, 'clock' | 'onLost'>;
  #expiry = new AbortController();
  #lease: Lease | undefined;

  constructor(options: Pick<FollowDhcpOptions, 'clock' | 'onLost'>) {
    this.#options = options;
  }

  begin(lease: Lease): void {
    this.end();
    this.#lease = lease;
    this.#expiry = new AbortController();
    if (lease.seconds !== undefined) {
      const ms = lease.seconds * 1000 + EXPIRY_SLACK_MS;
      this.#options.clock.sleep(ms, this.#expiry.signal).then(
        () => this.lose('it ran out and was not renewed'),
        () => {}, // renewed, or over
      );
    }
  }

  get address(): string | undefined {
    return this.#lease?.address;
  }

  lose(why: string): void {
    this.end();
    this.#lease = undefined;
    this.#options.onLost(why);
  }

  end(): void {
    this.#expiry.abort();
  }
}
