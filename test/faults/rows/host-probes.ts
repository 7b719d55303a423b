// Faults of the host that keep probes from telling anything: none of them is a fault of the link.

import type { Fault, Stage } from '../fault.ts';

/** While nothing is sent but probes: traffic of the table itself would prove the link. */
async function quietly(stage: Stage, ms: number): Promise<void> {
  await stage.reachability.stop();
  await stage.sleep(ms);
}

async function forbid({ world }: Stage, verdict: string): Promise<void> {
  const rules = `table inet kill { chain out { type filter hook output priority 0; oifname wwan0 ${verdict}; }; }`;
  await world.run(['nft', rules]);
}

const killSwitch = (verdict: string): Fault => ({
  name: `a kill switch (${verdict}) forbids the probes for 40 s: no fault of the link`,
  settings: { probeInterval: '10s' },
  attempts: 0,
  limit: 60,
  async break(stage) {
    await forbid(stage, verdict);
    await quietly(stage, 40_000);
    await stage.world.run(['nft', 'delete', 'table', 'inet', 'kill']);
    await stage.reachability.start();
  },
});

const ip = async ({ world }: Stage, ...args: string[]): Promise<void> => {
  await world.run(['ip', ...args]);
};

export const hostProbeFaults: readonly Fault[] = [
  killSwitch('drop'),
  killSwitch('reject with icmp type net-unreachable'),
  killSwitch('reject with tcp reset'),
  {
    name: 'rules of a VPN ahead of ours take the probes for 40 s: no fault of the link',
    settings: { probeInterval: '10s' },
    attempts: 0,
    limit: 60,
    async break(stage) {
      await ip(stage, 'link', 'add', 'tailscale0', 'type', 'veth', 'peer', 'name', 'exit0');
      for (const name of ['tailscale0', 'exit0']) await ip(stage, 'link', 'set', name, 'up');
      await ip(stage, 'route', 'add', 'default', 'dev', 'tailscale0', 'table', '52');
      await ip(stage, 'rule', 'add', 'lookup', '52', 'priority', '5270');
      await quietly(stage, 40_000);
      await ip(stage, 'rule', 'del', 'priority', '5270');
      await ip(stage, 'link', 'del', 'tailscale0');
      await stage.reachability.start();
    },
  },
  {
    name: 'the interface has another name for 8 s, ModemManager says connected',
    attempts: 1,
    async break(stage) {
      const rename = async (from: string, to: string) => {
        await ip(stage, 'link', 'set', 'dev', from, 'down');
        await ip(stage, 'link', 'set', 'dev', from, 'name', to);
        await ip(stage, 'link', 'set', 'dev', to, 'up');
      };
      await rename('wwan0', 'lte0');
      await stage.sleep(8_000);
      await rename('lte0', 'wwan0');
    },
  },
];
