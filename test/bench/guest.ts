// What a start and the memory cost on the board's class of processor: a Cortex-A53 under emulation,
// in the guest of test/vm. Emulated time says nothing by itself, so that each figure stands beside
// bare Node's in the same guest.

import { readFileSync } from 'node:fs';
import { Board } from '../vm/board.ts';

const NODE = '/usr/lib/percept-lte/node';

/** As the unit starts it. */
const FLAGS = /ExecStart=\S+ (.*) \S+main\.js/.exec(
  readFileSync(new URL('../../systemd/percept-lte.service', import.meta.url), 'utf8'),
)?.[1];

/** The first collection is a minute after the start (src/daemon/housekeeping.ts). */
const TIDY_S = 75;

/** A shell function that prints how many milliseconds its arguments took as a command. */
const TIMED = 'timed() { b=$(date +%s%N); "$@" > /dev/null 2>&1; echo $((($(date +%s%N) - b) / 1000000)); }';

/** Lines of text: what was measured, ours, bare Node's, and the ratio. `npm run package` comes first. */
export async function guestReport(runs: number): Promise<string> {
  const board = await Board.start();
  try {
    await board.install();
    await board.online();
    await board.traffic();
    return await measured(board, runs);
  } finally {
    await board.stop();
  }
}

async function measured({ guest }: Board, runs: number): Promise<string> {
  const timed = async (command: string, before = 'true'): Promise<number> => {
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      times.push(Number(await guest.run(`${TIMED}\n${before}\ntimed ${command}`, 180)));
    }
    return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
  };
  const anonymous = async (pid: string): Promise<number> =>
    Number(await guest.run(`awk '/^Anonymous/ {print $2}' /proc/${pid}/smaps_rollup`)) / 1024;

  const bare = await timed(`${NODE} ${FLAGS} -e 0`);
  const adopted = await timed('systemctl restart percept-lte');
  const gone = 'systemctl stop percept-lte; until ! ip -4 address show wwan0 | grep -q inet; do sleep 0.1; done';
  const isUp =
    "sh -c 'systemctl start percept-lte; until ip -4 address show wwan0 | grep -q inet; do sleep 0.05; done'";
  const online = await timed(isUp, gone);
  await guest.run(`sleep ${TIDY_S}`, TIDY_S + 60);
  const ours = await anonymous('$(systemctl show -P MainPID percept-lte)');
  await guest.run(`systemd-run --unit=bare ${NODE} ${FLAGS} -e 'setInterval(() => {}, 1e6)'; sleep 10`);
  const theirs = await anonymous('$(systemctl show -P MainPID bare)');
  const line = (what: string, unit: string, one: number, other: number) =>
    `${what.padEnd(44)}${one.toFixed(1).padStart(9)} ${unit}${other.toFixed(1).padStart(9)} ${unit}${(one / other).toFixed(2).padStart(7)}\n`;
  return [
    `${''.padEnd(44)}${'ours'.padStart(12)}${'bare Node'.padStart(12)}${'ratio'.padStart(7)}\n`,
    line('start beside a live link, until in charge', 'ms', adopted, bare),
    line('start, until the link has its address', 'ms', online, bare),
    line('memory, anonymous, after a collection', 'MiB', ours, theirs),
  ].join('');
}
