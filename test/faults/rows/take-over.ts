// Another uplink that is up and dead, and keeps the traffic: what is pinged here is bound to nothing.

import type { Fault, Situation } from '../fault.ts';

async function run({ world }: Pick<Situation, 'world'>, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    const { code, stderr } = await world.run(line.split(' '));
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
  }
}

/** The interface by which the host would send to the internet now. */
async function uplink({ world }: Pick<Situation, 'world'>): Promise<string> {
  const { stdout } = await world.run(['ip', '-json', 'route', 'get', '192.0.2.1']);
  return (JSON.parse(stdout || '[{}]') as { dev?: string }[])[0]?.dev ?? 'none';
}

/** Routes of ethernet that are there and not ours. */
async function routesOf({ world }: Pick<Situation, 'world'>, dev: string): Promise<string> {
  const { stdout } = await world.run(['ip', 'route', 'show', 'dev', dev]);
  return stdout;
}

/** That our program never moved the route; others do not say so. */
const staysBehind = async ({ manager }: Situation): Promise<readonly string[]> =>
  manager.journal.includes('goes before it') ? ['LTE went before ethernet'] : [];

const common = {
  world: { ethernet: true },
  settings: { ethernet: true },
  unbound: true,
  attempts: 0,
  limit: 120,
  slow: true,
} as const satisfies Partial<Fault>;

/** An interface that leads nowhere, with a default route. */
const nowhere = (name: string, network: string, metric: number): string[] => [
  `ip link add ${name} type veth peer name ${name}-far`,
  `ip link set ${name}-far up`,
  `ip address add ${network}.2/24 dev ${name}`,
  `ip link set ${name} up`,
  `ip route add default via ${network}.1 dev ${name} metric ${metric}`,
];

export const takeOverFaults: readonly Fault[] = [
  {
    ...common,
    name: 'nothing answers behind the router of an ethernet that is up',
    break: ({ world }) => world.carrier.ethernetLeads('lan'),
  },
  {
    ...common,
    name: 'the far end of an ethernet that is up swallows everything',
    slow: false,
    async break(situation) {
      const before = await routesOf(situation, 'eth0');
      await situation.world.carrier.ethernetLeads('nowhere');
      await situation.until('LTE as the uplink', async () => (await uplink(situation)) === 'wwan0', 110_000);
      const after = await routesOf(situation, 'eth0');
      if (situation.manager.managed.why !== undefined && after !== before)
        throw new Error(`eth0 had ${before}, now ${after}`);
    },
  },
  {
    ...common,
    name: 'an ethernet that is up and dead from the start',
    fresh: true,
    before: ({ world }) => world.carrier.ethernetLeads('lan'),
    attempts: 1,
    break: async () => {},
  },
  {
    ...common,
    name: 'a dead ethernet whose DHCP client renews every 5 s',
    async break(situation) {
      const { world } = situation;
      await world.carrier.ethernetLeads('lan');
      for (let count = 0; count < 9; count += 1) {
        await situation.sleep(5_000);
        await run(situation, 'ip route delete default dev eth0');
        await world.ethernet.up();
      }
    },
  },
  {
    ...common,
    name: 'a dead ethernet whose cable comes and goes each second for 40 s',
    async break(situation) {
      const { world } = situation;
      await world.carrier.ethernetLeads('lan');
      for (let count = 0; count < 20; count += 1) {
        await world.ethernet.down();
        await situation.sleep(1_000);
        await world.ethernet.up();
        await situation.sleep(1_000);
      }
    },
  },
  {
    ...common,
    name: 'a dead IPv6 ethernet beside an LTE link with both families',
    settings: { ethernet: false, ipType: 'ipv4v6' },
    target: '2001:db8:2::1',
    async before({ world }) {
      await world.modem.setIpv6(true);
      await world.ethernet.up6();
    },
    break: ({ world }) => world.carrier.ethernetLeads('lan'),
  },
  {
    ...common,
    name: 'a default route with two next hops, both dead',
    settings: { ethernet: false },
    async break(situation) {
      await run(
        situation,
        ...nowhere('eth1', '192.168.79', 200),
        'ip route delete default dev eth0',
        'ip route delete default dev eth1',
        'ip route add default metric 100 nexthop via 192.168.77.1 dev eth0 nexthop via 192.168.79.1 dev eth1',
      );
      await situation.world.carrier.ethernetLeads('lan');
    },
  },
  {
    ...common,
    name: 'a dead ethernet before a dead Wi-Fi',
    settings: { ethernet: false },
    before: (setup) => run(setup, ...nowhere('wlan0', '192.168.78', 600)),
    async break({ world }) {
      await world.carrier.ethernetLeads('lan');
    },
  },
  {
    ...common,
    name: 'a dead ethernet whose default route has metric 0',
    settings: { ethernet: false },
    before: (setup) =>
      run(setup, 'ip route delete default dev eth0', 'ip route add default via 192.168.77.1 dev eth0 metric 0'),
    break: ({ world }) => world.carrier.ethernetLeads('lan'),
  },
  {
    ...common,
    name: 'a dead ethernet beneath a VPN that has a network of its own',
    async break(situation) {
      await run(
        situation,
        'ip link add wg0 type veth peer name wg0-far',
        'ip link set wg0-far up',
        'ip address add 10.9.0.2/24 dev wg0',
        'ip link set wg0 up',
        'ip route add 10.0.0.0/8 dev wg0',
      );
      await situation.world.carrier.ethernetLeads('lan');
    },
    async holds({ world }) {
      const { stdout } = await world.run(['ip', 'route', 'get', '10.1.2.3']);
      return stdout.includes('dev wg0') ? [] : ["the VPN's network leaves by another way"];
    },
  },
  {
    ...common,
    name: 'a dead ethernet, and the bearer is dropped meanwhile',
    attempts: 1,
    async break(situation) {
      await situation.world.carrier.ethernetLeads('lan');
      await situation.until('LTE as the uplink', async () => (await uplink(situation)) === 'wwan0', 110_000);
      await situation.world.modem.dropBearer();
    },
  },
  {
    ...common,
    name: 'the manager is killed while LTE goes before a dead ethernet: not a ping is lost',
    settings: { ethernet: true },
    ends: 1,
    lossless: true,
    limit: 200,
    async break(situation) {
      await situation.reachability.stop();
      await situation.world.carrier.ethernetLeads('lan');
      await situation.until('LTE as the uplink', async () => (await uplink(situation)) === 'wwan0', 110_000);
      await situation.reachability.start();
      await situation.sleep(1_000);
      await situation.manager.kill('SIGKILL');
      await situation.sleep(5_000);
    },
  },
  {
    ...common,
    name: 'ethernet and LTE are dead for 60 s: nothing moves',
    limit: 100,
    attempts: 4,
    holds: staysBehind,
    async break(situation) {
      const { carrier } = situation.world;
      await Promise.all([carrier.swallow(true), carrier.ethernetLeads('lan')]);
      await situation.sleep(60_000);
      await carrier.ethernetLeads('internet');
      await carrier.swallow(false);
    },
  },
  {
    ...common,
    name: 'ethernet loses 5 % for 3 min: nothing moves',
    limit: 200,
    holds: staysBehind,
    async break(situation) {
      await situation.world.carrier.ethernetLoses(5);
      await situation.sleep(180_000);
      await situation.world.carrier.ethernetLoses(0);
    },
  },
  {
    ...common,
    name: 'ethernet answers again: it is given back without a lost ping',
    lossless: true,
    limit: 600,
    async break(situation) {
      await situation.reachability.stop();
      await situation.world.carrier.ethernetLeads('lan');
      await situation.until('LTE as the uplink', async () => (await uplink(situation)) === 'wwan0', 110_000);
      await situation.world.carrier.ethernetLeads('internet');
      await situation.reachability.start();
      await situation.until('ethernet as the uplink', async () => (await uplink(situation)) === 'eth0', 450_000);
    },
  },
];
