// A device with a file system of its own: /etc, /usr and /run can be written to without the host
// noticing, with packages laid over them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackedDeb } from '../../prepare/debs.mjs';
import { needs } from '../needs.mjs';
import { type Namespace, openPair, type Pair } from './namespace.ts';

export interface System extends Pair {
  /**
   * Runs a TypeScript file of the tests inside, with `input` as JSON on its standard input; its
   * standard output, parsed.
   */
  inside(script: string, input: unknown): Promise<unknown>;
  /** Runs a line of shell inside; its output, trimmed. */
  shell(line: string): Promise<string>;
  /** Starts a private system bus and gives its address. */
  startBus(): Promise<string>;
}

/** Links to the commands that the packages bring, beside those that the tests have anyway. */
const BROUGHT = '/run/brought';

export async function openSystem(packages: readonly string[]): Promise<System> {
  const trees = packages.map((name) => unpackedDeb(name, needs));
  const pair = await openPair({ mount: true, path: `${process.env.PATH}:${BROUGHT}` });
  const folder = await mkdtemp(join(tmpdir(), 'system-'));
  const shell = (line: string) => pair.device.output('sh', '-ec', line);
  // A tmpfs for what is written; /sys mounted anew shows the namespace's own interfaces.
  await shell(
    `mount --make-rprivate /; mount -t tmpfs tmpfs ${folder}; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run`,
  );
  for (const [place, parts] of [
    ['/etc', ['etc']],
    ['/usr', ['usr']],
    ['/usr/sbin', ['sbin']],
    ['/usr/bin', ['bin']],
    ['/usr/lib', ['lib']],
    ['/var/lib', ['var/lib']],
  ] as const) {
    const name = place.replaceAll('/', '-');
    const lower = trees.flatMap((tree) => parts.map((part) => `${tree}/${part}`)).join(' ');
    await shell(
      `l=""; for d in ${lower}; do [ -d $d ] && l="$l$d:"; done; [ "${place}" = /etc ] || [ -n "$l" ] || exit 0; ` +
        `mkdir ${folder}/up${name} ${folder}/work${name}; ` +
        `mount -t overlay overlay -o "lowerdir=$l${place},upperdir=${folder}/up${name},workdir=${folder}/work${name}" ${place}`,
    );
  }
  await shell(
    `mkdir ${BROUGHT}; for d in usr/sbin usr/bin sbin bin; do for t in ${trees.join(' ')}; do ` +
      `for f in $t/$d/*; do [ -L $f ] || [ -e $f ] || continue; ln -sf /$d/\${f##*/} ${BROUGHT}/; done; done; done`,
  );
  await shell(
    'rm -f /etc/resolv.conf; echo "nameserver 192.168.7.1" > /etc/resolv.conf; echo "hosts: files dns" > /etc/nsswitch.conf',
  );
  return {
    ...pair,
    shell,
    async inside(script, input) {
      const argv = [process.execPath, '--import', 'tsx', join(import.meta.dirname, script)];
      return JSON.parse(await pair.device.runner.run(argv, { timeoutMs: 30_000, input: JSON.stringify(input) }));
    },
    startBus: () => startBus(pair.device, folder, shell),
    end() {
      pair.end();
      void rm(folder, { recursive: true, force: true });
    },
  };
}

async function startBus(device: Namespace, folder: string, shell: (line: string) => Promise<string>): Promise<string> {
  const socket = `${folder}/bus`;
  const config = `<busconfig><type>system</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`;
  await shell(`cat > ${folder}/bus.conf <<'E'\n${config}\nE`);
  device.start('dbus-daemon', `--config-file=${folder}/bus.conf`, '--nofork');
  await shell(`for i in $(seq 100); do [ -S ${socket} ] && exit 0; sleep 0.05; done; exit 1`);
  return `unix:path=${socket}`;
}
