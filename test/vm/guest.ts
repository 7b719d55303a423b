// A running guest: QEMU's process with its console, its control line and its snapshots. How the
// disk comes about is image.ts's business.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlLine, type Outcome } from './control-line.ts';
import { Monitor } from './qmp.ts';

export interface GuestFiles {
  /** Raw arm64 `Image`. */
  readonly kernel: string;
  readonly initrd: string;
  /** qcow2, since snapshots are kept inside it. Written to. */
  readonly disk: string;
  /** Folder of the host that the guest mounts at /mnt/share (9p). */
  readonly share: string;
}

const CONNECT_MS = 15_000;

// cortex-a53 is the board's own core; `-cpu max` boots five times slower under TCG (measured: 72
// s).
const MACHINE = [
  '-accel',
  'tcg,thread=multi,tb-size=512',
  '-M',
  'virt,gic-version=2',
  '-cpu',
  'cortex-a53',
  '-smp',
  '2',
];
const MEMORY = ['-m', '768'];

function argumentsFor(files: GuestFiles, folder: string, snapshot: string | undefined): string[] {
  return [
    ...MACHINE,
    ...MEMORY,
    ...['-kernel', files.kernel, '-initrd', files.initrd],
    ...['-append', 'root=/dev/vda rw console=ttyAMA0 quiet systemd.show_status=false net.ifnames=0'],
    ...[
      '-drive',
      `if=none,id=disk,file=${files.disk},format=qcow2,cache=unsafe`,
      '-device',
      'virtio-blk-pci,drive=disk',
    ],
    ...['-device', 'virtio-rng-pci', '-nic', 'none', '-display', 'none', '-nodefaults'],
    ...['-fsdev', `local,id=share,path=${files.share},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=share'],
    ...['-serial', `file:${join(folder, 'console.log')}`],
    ...['-chardev', `socket,id=control,path=${join(folder, 'control')},server=on,wait=off`],
    ...['-device', 'virtio-serial-pci', '-device', 'virtconsole,chardev=control'],
    ...['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
    ...(snapshot === undefined ? [] : ['-loadvm', snapshot]),
  ];
}

/** Polls `probe` until it gives a value. @throws Error naming `what` after `ms` */
export async function until<T>(
  what: string,
  ms: number,
  probe: () => Promise<T | undefined>,
  everyMs = 200,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${ms / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A machine that runs. Exactly one process, ended by `stop()`. */
export class Guest {
  private constructor(
    private readonly qemu: ChildProcess,
    private readonly folder: string,
    private readonly line: ControlLine,
    private readonly monitor: Monitor,
  ) {}

  /**
   * Starts QEMU from power-on, or from `snapshot` inside the disk. Does not wait for the guest: see
   * `ready()`.
   */
  static async start(files: GuestFiles, snapshot?: string): Promise<Guest> {
    const folder = mkdtempSync(join(tmpdir(), 'percept-lte-vm-'));
    mkdirSync(files.share, { recursive: true });
    const log = openSync(join(folder, 'qemu.log'), 'w');
    // Whatever ends this process, the guest must not outlive it.
    const command = ['--pdeathsig', 'KILL', 'qemu-system-aarch64', ...argumentsFor(files, folder, snapshot)];
    const qemu = spawn('setpriv', command, { stdio: ['ignore', log, log] });
    closeSync(log);
    try {
      const connect = async () => {
        if (qemu.exitCode !== null) throw new Error(`QEMU ended: ${readFileSync(join(folder, 'qemu.log'), 'utf8')}`);
        return await Monitor.open(join(folder, 'qmp')).catch(() => undefined);
      };
      const monitor = await until('QEMU listening', CONNECT_MS, connect);
      return new Guest(qemu, folder, await ControlLine.open(join(folder, 'control')), monitor);
    } catch (error) {
      qemu.kill('SIGKILL');
      throw error;
    }
  }

  /** Waits until the guest answers and its boot is over (systemd says running, or degraded). */
  async ready(seconds = 240): Promise<void> {
    // What is sent before the guest's shell listens is lost, so the first question is asked again
    // and again.
    const hello = () => this.line.run('true', 2, 0).catch(() => undefined);
    await until('the guest answered', seconds * 1000, hello);
    await this.run(
      `until systemctl is-system-running --wait | grep -Eq 'running|degraded'; do sleep 0.2; done`,
      seconds,
    );
  }

  /** Reboots as an administrator does, and waits until the next boot is over. */
  async reboot(seconds = 300): Promise<void> {
    const bootId = 'cat /proc/sys/kernel/random/boot_id';
    const before = await this.run(bootId);
    await this.run('sync; systemctl reboot');
    const changed = async () => {
      const now = await this.line.run(bootId, 5, 0).catch(() => undefined);
      return now?.code === 0 && now.output.trim() !== before ? true : undefined;
    };
    await until('the next boot', seconds * 1000, changed);
    await this.ready(seconds);
  }

  /** Runs a script, whatever its exit code. */
  try(script: string, seconds = 60): Promise<Outcome> {
    return this.line.run(script, seconds);
  }

  /**
   * Runs a script that must succeed; resolves with its output, trimmed. @throws Error with the
   * output when it fails
   */
  async run(script: string, seconds = 60): Promise<string> {
    const { code, output } = await this.line.run(script, seconds);
    if (code !== 0) throw new Error(`exit code ${code} in the guest: ${script}\n${output}`);
    return output.trim();
  }

  /**
   * Waits until a script succeeds; resolves with its output. @throws Error with the last output
   * after `seconds`
   */
  async eventually(what: string, script: string, seconds = 120): Promise<string> {
    let last = '';
    const probe = async () => {
      const { code, output } = await this.try(script, Math.min(30, seconds));
      last = output;
      return code === 0 ? output.trim() : undefined;
    };
    return await until(what, seconds * 1000, probe, 500).catch((cause) => {
      throw new Error(`${what}: not within ${seconds} s: ${script}\n${last}`, { cause });
    });
  }

  /** Keeps the guest's present state under `name`; it must have no 9p mount then. */
  async save(name: string): Promise<void> {
    await this.try('umount /mnt/share 2>/dev/null; sync');
    await this.monitor.human(`savevm ${name}`);
  }

  /**
   * Goes back to a state kept earlier, sets the guest's clock right and mounts the shared folder.
   */
  async restore(name: string): Promise<void> {
    await this.monitor.human(`loadvm ${name}`);
    await this.awake();
  }

  /**
   * After a snapshot: the clock stands where it stood then, and the shared folder is not mounted.
   */
  async awake(): Promise<void> {
    await this.run('date -s @$(cat /sys/class/rtc/rtc0/since_epoch) > /dev/null');
    await this.run(
      'mountpoint -q /mnt/share || mount -t 9p -o trans=virtio,version=9p2000.L,cache=loose share /mnt/share',
    );
  }

  /** What the kernel and systemd wrote to the serial console so far. */
  console(): string {
    return readFileSync(join(this.folder, 'console.log'), 'utf8');
  }

  /** Pulls the plug. The disk keeps what was saved. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.qemu.once('exit', resolve));
    this.line.close();
    this.monitor.close();
    if (this.qemu.exitCode === null && this.qemu.kill('SIGKILL')) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
