// Faults of the host that keep probes from telling anything: none of them is a fault of the link.

import type { Fault, Situation } from '../fault.ts';

/** While nothing is sent but probes: traffic of the table itself would prove the link. */
async function quietly(situation: Situation, ms: number): Promise<void> {
  await situation.reachability.stop();
  await situation.sleep(ms);
}

async function forbid({ world }: Situation, verdict: string): Promise<void> {
  const rules = `table inet kill { chain out { type filter hook output priority 0; oifname wwan0 ${verdict}; }; }`;
  await world.run(['nft', rules]);
}

const killSwitch = (verdict: string): Fault => ({
  name: `a kill switch (${verdict}) forbids the probes for 40 s: no fault of the link`,
  settings: { probeInterval: '10s' },
  attempts: 0,
  limit: 60,
  async break(situation) {
    await forbid(situation, verdict);
    await quietly(situation, 40_000);
    await situation.world.run(['nft', 'delete', 'table', 'inet', 'kill']);
    await situation.reachability.start();
  },
});

const ip = async ({ world }: Situation, ...args: string[]): Promise<void> => {
  await world.run(['ip', ...args]);
};

/** Waits until `why` says it, or for as long as that may take where nobody can be asked. */
async function isSaid({ manager: { managed }, until, sleep }: Situation, words: RegExp): Promise<void> {
  if (managed.why === undefined) await sleep(20_000);
  else await until(`it to say ${words}`, async () => words.test((await managed.why?.()) ?? ''), 40_000);
}

/** What keeps answers from the host is named, and costs nothing but the proof. */
const deafness = (name: string, words: RegExp, how: readonly (readonly string[])[]): Fault => ({
  name,
  settings: { probeInterval: '10s' },
  attempts: 0,
  limit: 60,
  async break(situation) {
    const [put = [], undo = []] = how;
    await situation.reachability.stop();
    for (const line of put) await situation.world.run(line.split(' '));
    await isSaid(situation, words);
    for (const line of undo) await situation.world.run(line.split(' '));
    await situation.reachability.start();
  },
});

export const hostProbeFaults: readonly Fault[] = [
  deafness("a firewall drops what comes in by the modem's interface: no fault of the link", /dropped on this host/, [
    ['nft table inet deaf { chain in { type filter hook input priority 0; iifname wwan0 drop; }; }'],
    ['nft delete table inet deaf'],
  ]),
  deafness("the modem's interface is put into a bridge: no fault of the link", /port of br0/, [
    ['ip link add br0 type bridge', 'ip link set br0 up', 'ip link set wwan0 master br0'],
    ['ip link set wwan0 nomaster', 'ip link del br0'],
  ]),
  deafness('a rule ahead of ours leads to a table that refuses: no fault of the link', /10: from all lookup 100/, [
    ['ip route add unreachable default table 100', 'ip rule add priority 10 lookup 100'],
    ['ip rule del priority 10', 'ip route flush table 100'],
  ]),
  killSwitch('drop'),
  killSwitch('reject with icmp type net-unreachable'),
  killSwitch('reject with tcp reset'),
  {
    name: 'rules of a VPN ahead of ours take the probes for 40 s: no fault of the link',
    settings: { probeInterval: '10s' },
    attempts: 0,
    limit: 60,
    async break(situation) {
      await ip(situation, 'link', 'add', 'tailscale0', 'type', 'veth', 'peer', 'name', 'exit0');
      for (const name of ['tailscale0', 'exit0']) await ip(situation, 'link', 'set', name, 'up');
      await ip(situation, 'route', 'add', 'default', 'dev', 'tailscale0', 'table', '52');
      await ip(situation, 'rule', 'add', 'lookup', '52', 'priority', '5270');
      await quietly(situation, 40_000);
      await ip(situation, 'rule', 'del', 'priority', '5270');
      await ip(situation, 'link', 'del', 'tailscale0');
      await situation.reachability.start();
    },
  },
  {
    name: 'the interface has another name for 8 s, ModemManager says connected',
    attempts: 1,
    async break(situation) {
      const rename = async (from: string, to: string) => {
        await ip(situation, 'link', 'set', 'dev', from, 'down');
        await ip(situation, 'link', 'set', 'dev', from, 'name', to);
        await ip(situation, 'link', 'set', 'dev', to, 'up');
      };
      await rename('wwan0', 'lte0');
      await situation.sleep(8_000);
      await rename('lte0', 'wwan0');
    },
  },
];
