// A board in a guest: with the modem plugged in, the package installed as the README says, and
// online. Tests start from that state.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { CarrierControls } from '../world/carrier/carrier.ts';
import type { ModemControls } from '../world/modem/controls.ts';
import type { SimControls } from '../world/modem/sim-controls.ts';
import { Caller, type Remote } from '../world/rpc.ts';
import { fillShare } from './bundle.ts';
import { Guest } from './guest.ts';
import { BOOTED, guestImage } from './image.ts';

/** The snapshot in which the modem is plugged in and the package is installed and online. */
const ONLINE = 'online';

const STATUS = '/run/percept-lte/status.json';

const Status = z.object({
  phase: z.string(),
  link: z.object({ interface: z.string(), addresses: z.array(z.string()) }).optional(),
});

const Reply = z.object({ id: z.number(), result: z.unknown().optional(), error: z.string().optional() });

export interface PingResult {
  readonly sent: number;
  /** Sequence numbers without an answer although a later one has one. */
  readonly lost: readonly number[];
}

interface UsbControls {
  plug(): Promise<void>;
  unplug(): Promise<void>;
  /** In its place one as it comes out of its box. */
  unbox(): Promise<void>;
}

/** The commands that the README gives for a board, as they stand there. */
export function readmeCommands(): string {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const [, section = ''] = readme.split(/^## Install on the board$/m);
  const [, block] = section.split(/^## /m)[0]?.match(/^```sh\n([\s\S]*?)^```$/m) ?? [];
  if (block === undefined) throw new Error('README.md has no block of commands under "Install on the board"');
  return block;
}

export class Board {
  readonly modem: Remote<ModemControls>;
  readonly sim: Remote<SimControls>;
  readonly usb: Remote<UsbControls>;
  readonly carrier: Remote<CarrierControls>;

  private constructor(
    readonly guest: Guest,
    private readonly folder: string,
  ) {
    const caller = new Caller((call) => {
      const request = JSON.stringify(call).replaceAll("'", `'"'"'`);
      const send = `printf '%s\\n' '${request}' | socat -t60 - UNIX-CONNECT:/run/modem.sock`;
      void this.guest.run(send).then(
        (line) => {
          const { id, result, error } = Reply.parse(JSON.parse(line));
          caller.settle(error === undefined ? { id, result } : { id, error });
        },
        (error: unknown) => caller.settle({ id: call.id, error: String(error) }),
      );
    });
    this.modem = caller.remote('modem');
    this.sim = caller.remote('sim');
    this.usb = caller.remote('usb');
    this.carrier = caller.remote('carrier');
  }

  /** A guest with the modem plugged in, listed by ModemManager, and nothing installed. */
  static async start(): Promise<Board> {
    const image = await guestImage();
    const folder = mkdtempSync(join(tmpdir(), 'percept-lte-board-'));
    const share = join(folder, 'share');
    await fillShare(share);
    // Snapshots live inside the image, so every run works on a copy of its own.
    copyFileSync(image.disk, join(folder, 'disk.qcow2'));
    const guest = await Guest.start({ ...image, disk: join(folder, 'disk.qcow2'), share }, BOOTED);
    const board = new Board(guest, folder);
    await guest.awake();
    await guest.run('cp /mnt/share/modem.cjs /opt/vm/ && systemctl enable --now modem.service');
    await guest.eventually('ModemManager lists the modem', 'mmcli -L | grep FIH7160');
    return board;
  }

  /** Follows the README, in the folder with the package. */
  async install(): Promise<string> {
    return await this.guest.run(`cd /mnt/share/packages && set -ex\n${readmeCommands()}`, 240);
  }

  keep(): Promise<void> {
    return this.guest.save(ONLINE);
  }

  /** Back to the state in which `keep` was called, with traffic passing. */
  async restore(): Promise<void> {
    await this.guest.restore(ONLINE);
    await this.traffic();
  }

  /** Waits until an echo request is answered through the modem. */
  async traffic(): Promise<void> {
    await this.guest.eventually('traffic passes', 'ping -c 1 -W 2 -I wwan0 192.0.2.1');
  }

  /** Waits for the status file to say online. */
  async online(seconds = 120): Promise<void> {
    await this.guest.eventually('the status is online', `grep -q '"phase": "online"' ${STATUS}`, seconds);
  }

  async status(): Promise<z.infer<typeof Status>> {
    return Status.parse(JSON.parse(await this.guest.run(`cat ${STATUS}`)));
  }

  /** What systemd says of the service. */
  async show(...properties: string[]): Promise<Record<string, string>> {
    const text = await this.guest.run(
      `systemctl show percept-lte.service ${properties.map((name) => `-p ${name}`).join(' ')}`,
    );
    return Object.fromEntries(
      text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  async mainPid(): Promise<number> {
    return Number((await this.show('MainPID')).MainPID);
  }

  /** Pings through the modem, five times a second, while `work` runs and a little longer. */
  async pingDuring(work: () => Promise<unknown>): Promise<PingResult> {
    const { guest } = this;
    await guest.run('setsid ping -n -i 0.2 192.0.2.1 > /tmp/ping.log 2>&1 < /dev/null & echo $! > /tmp/ping.pid');
    await guest.eventually('the ping runs', 'grep -q icmp_seq=3 /tmp/ping.log');
    await work();
    const count = 'grep -c "bytes from" /tmp/ping.log';
    const before = Number((await guest.try(count)).output);
    await guest.eventually('ten more answers', `[ "$(${count})" -ge ${before + 10} ]`, 30);
    await guest.run('kill -INT $(cat /tmp/ping.pid)');
    const seen = [...(await guest.run('cat /tmp/ping.log')).matchAll(/bytes from .*icmp_seq=(\d+)/g)].map(([, n]) =>
      Number(n),
    );
    const last = Math.max(...seen);
    const all = new Set(seen);
    return {
      sent: last,
      lost: Array.from({ length: last }, (_, index) => index + 1).filter((number) => !all.has(number)),
    };
  }

  /** The service's journal since the snapshot or the boot, as systemd keeps it. */
  async journal(): Promise<{ readonly priority: number; readonly message: string }[]> {
    const text = await this.guest.run(
      'journalctl -u percept-lte -b -o json --output-fields=PRIORITY,MESSAGE,SYSLOG_IDENTIFIER',
    );
    const Entry = z.object({
      PRIORITY: z.coerce.number(),
      MESSAGE: z.string(),
      SYSLOG_IDENTIFIER: z.string().optional(),
    });
    const entries = text.split('\n').map((line) => Entry.parse(JSON.parse(line)));
    const own = entries.filter((entry) => entry.SYSLOG_IDENTIFIER === 'percept-lte');
    return own.map(({ PRIORITY, MESSAGE }) => ({ priority: PRIORITY, message: MESSAGE }));
  }

  /** What one wants to know after a failure. */
  async report(): Promise<string> {
    const commands = [
      'journalctl -b -u percept-lte -u ModemManager -n 60 --no-pager',
      'percept-lte status',
      'mmcli -m any',
      'ip address',
      'ip route',
    ];
    const outcomes: string[] = [];
    for (const command of commands) outcomes.push(`$ ${command}\n${(await this.guest.try(command, 20)).output}`);
    return outcomes.join('\n');
  }

  async stop(): Promise<void> {
    await this.guest.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
