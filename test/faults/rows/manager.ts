// Faults of the manager itself and of what it lives on: killed, restarted, reloaded, frozen,
// without a disk.

import type { Fault, Setup } from '../fault.ts';
import { apn } from '../fault.ts';

const mountState = async ({ world, stateDirectory }: Setup, options: string): Promise<void> => {
  await world.run(['mkdir', '-p', stateDirectory]);
  await world.run(['mount', '-t', 'tmpfs', '-o', options, 'state', stateDirectory]);
};

export const managerFaults: readonly Fault[] = [
  {
    name: 'manager killed (SIGKILL)',
    lossless: true,
    ends: 1,
    async break({ manager, sleep }) {
      await manager.kill('SIGKILL');
      await sleep(4_000);
    },
  },
  {
    name: 'manager killed, and the bearer dropped while it is away',
    ends: 1,
    async break({ manager, world }) {
      await manager.kill('SIGKILL');
      await world.modem.dropBearer();
    },
  },
  {
    name: 'manager restarted (systemctl restart)',
    lossless: true,
    async break({ manager, sleep, world }) {
      await world.bus.setSystemdJob('restart');
      await manager.restart();
      await world.bus.setSystemdJob(undefined);
      await sleep(2_000);
    },
  },
  {
    name: 'manager reloaded, nothing relevant changed',
    lossless: true,
    async break({ manager, settings, sleep }) {
      await manager.reload({ ...settings, logLevel: 'debug' });
      await sleep(2_000);
    },
  },
  {
    name: 'manager reloaded with another APN',
    async break({ manager, settings, until, world }) {
      await manager.reload({ ...settings, apn: 'm2m.example' });
      const taken = async () => (await world.modem.state()).sessions[0]?.apn === 'm2m.example';
      await until('the new APN', taken, 20_000).catch(() => {});
    },
    async holds({ world }) {
      const { sessions } = await world.modem.state();
      return sessions[0]?.apn === 'm2m.example' ? [] : [`the session's APN is ${sessions[0]?.apn}`];
    },
  },
  {
    name: 'manager frozen for 4 s while the bearer is dropped',
    async break({ manager, world, sleep }) {
      await manager.kill('SIGSTOP');
      await world.modem.dropBearer();
      await sleep(4_000);
      await manager.kill('SIGCONT');
    },
  },
  {
    name: 'disk read-only, bearer dropped',
    before: (setup) => mountState(setup, 'ro,mode=755'),
    break: ({ world }) => world.modem.dropBearer(),
  },
  {
    name: 'disk full, bearer dropped',
    async before(setup) {
      await mountState(setup, 'size=4k,mode=755');
      await setup.world.run(['dd', 'if=/dev/zero', `of=${setup.stateDirectory}/full`, 'bs=4k', 'count=2']);
    },
    break: ({ world }) => world.modem.dropBearer(),
  },
  {
    name: 'memory of the past is garbage, bearer dropped',
    async before({ world, stateDirectory }) {
      await world.files.write(`${stateDirectory}/memory.json`, `{"version":1,"attempts":[${'9'.repeat(400)}`, 0o600);
    },
    break: ({ world }) => world.modem.dropBearer(),
    async holds({ world }) {
      const { sessions } = await world.modem.state();
      return sessions[0]?.apn === apn ? [] : [`the session's APN is ${sessions[0]?.apn}`];
    },
  },
];
