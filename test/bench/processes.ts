// How many `ip` processes the daemon starts for a recovery, and for changes of the kernel that are
// none of its business.

import { findCommand } from '../prepare/needs.mjs';
import { World } from '../world/world.ts';
import type { Contender } from './contenders.ts';
import { Echoes, monotonicMs } from './echoes.ts';
import { rest } from './measure.ts';

export interface Processes {
  readonly recovery: readonly number[];
  readonly foreignEvent: number;
}

const folder = '/run/world/counted';
const list = `${folder}/list`;

/** An interface of a container's, with an address and a route that come and go: 4 changes a turn. */
const SET_UP = 'ip link add c0 type veth peer name c1; ip link set c0 up; ip link set c1 up';
const TURN = `printf '%s\\n' 'address add 10.200.0.1/32 dev c0' 'route add 10.201.0.0/16 dev c0' \
'route delete 10.201.0.0/16 dev c0' 'address delete 10.200.0.1/32 dev c0' | ip -batch -`;
const TURNS = 50;

/** Counts them over `drops` drops of the bearer, and then over foreign changes. */
export async function countProcesses(contender: Contender, drops: number): Promise<Processes> {
  const world = await World.start({ profile: contender.modem });
  try {
    const ip = findCommand('ip') ?? 'ip';
    await world.files.write(list, '');
    await world.files.write(`${folder}/ip`, `#!/bin/sh\necho "$*" >> ${list}\nexec ${ip} "$@"\n`, 0o755);
    const count = async () => (await world.files.read(list)).split('\n').length - 1;
    const echoes = await Echoes.start(world);
    const { at } = await contender.start(world, { env: { PATH: `${folder}:${world.env.PATH}` } });
    await echoes.backAfter(at);
    await rest(12_000);
    const recovery: number[] = [];
    for (let drop = 0; drop < drops; drop += 1) {
      const before = await count();
      await world.modem.dropBearer();
      await echoes.backAfter(monotonicMs());
      await rest(2_000);
      recovery.push((await count()) - before);
    }
    await world.run(['sh', '-c', SET_UP]);
    await rest(12_000);
    const before = await count();
    await world.run(['sh', '-c', `for turn in $(seq ${TURNS}); do ${TURN}; sleep 0.1; done`]);
    await rest(2_000);
    return { recovery, foreignEvent: ((await count()) - before) / (4 * TURNS) };
  } finally {
    await world.stop();
  }
}
