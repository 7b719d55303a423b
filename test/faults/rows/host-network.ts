// Faults of the host's network: what other interfaces, the kernel's settings and the carrier's
// numbers do to a link.

import type { Fault, Setup, Situation } from '../fault.ts';

const address = '100.112.107.46';

async function run({ world }: Setup, ...lines: string[]): Promise<void> {
  for (const line of lines) await world.run(line.split(' '));
}

const docker = (own: string): string[] => [
  'ip link add docker0 type bridge',
  `ip address add ${own} dev docker0`,
  'ip link set docker0 up',
];

/** That `interface` still has the address `own`. */
const keeps =
  (own: string) =>
  async ({ world }: Situation) =>
    (await world.ip.addresses('docker0')).some(({ local }) => local === own) ? [] : [`docker0 lost ${own}`];

export const hostNetworkFaults: readonly Fault[] = [
  {
    name: 'IPv6 switched off by sysctl, and the carrier gives both families',
    fresh: true,
    settings: { ipType: 'ipv4v6' },
    async before(situation) {
      await situation.world.modem.setIpv6(true);
      await run(
        situation,
        ...['all', 'default', 'wwan0'].map((name) => `sysctl -w net.ipv6.conf.${name}.disable_ipv6=1`),
      );
    },
    break: async () => {},
  },
  {
    name: 'IPv6 switched off by sysctl while the link has both families',
    settings: { ipType: 'ipv4v6' },
    before: ({ world }) => world.modem.setIpv6(true),
    async break(situation) {
      await run(situation, 'sysctl -w net.ipv6.conf.wwan0.disable_ipv6=1');
      await situation.sleep(2_000);
      await run(situation, 'sysctl -w net.ipv6.conf.wwan0.disable_ipv6=0');
    },
  },
  {
    name: 'the carrier gives the address that another interface has',
    fresh: true,
    before: (situation) => run(situation, ...docker(`${address}/28`)),
    break: async () => {},
    holds: keeps(address),
  },
  {
    name: 'another interface gets the address of the link',
    attempts: 0,
    async break(situation) {
      await run(situation, ...docker(`${address}/28`));
      await situation.sleep(1_000);
      await run(situation, 'ip link delete docker0');
    },
  },
  {
    name: "the carrier's gateway is an address of docker0",
    fresh: true,
    async before(situation) {
      await run(situation, ...docker('172.17.0.1/16'));
      await situation.world.modem.setNextAddress({ address: '172.17.3.4', prefix: 16, gateway: '172.17.0.1' });
    },
    break: async () => {},
    holds: keeps('172.17.0.1'),
  },
  {
    name: 'a prefix length of 1 from the carrier, beside an ethernet uplink',
    world: { ethernet: true },
    fresh: true,
    before: ({ world }) => world.modem.setNextAddress({ address, prefix: 1, gateway: '100.112.107.1' }),
    break: async () => {},
    async holds({ world }) {
      const { stdout } = await world.run(['ip', 'route', 'get', '65.1.2.3']);
      return stdout.includes('dev eth0') ? [] : ["ethernet's traffic is drawn to the link"];
    },
  },
  {
    name: 'a foreign address with a peer, then a dropped bearer',
    async break(situation) {
      await run(situation, 'ip address add 10.9.9.1 peer 10.9.9.2/32 dev wwan0');
      await situation.sleep(500);
      await situation.world.modem.dropBearer();
    },
  },
  {
    name: 'forty foreign changes a second for 10 s, and a dropped bearer amid them',
    async break(situation) {
      await run(situation, 'ip link add c0 type veth peer name c1', 'ip link set c0 up', 'ip link set c1 up');
      const change = 'ip address add 10.200.0.1/32 dev c0; ip address delete 10.200.0.1/32 dev c0; sleep 0.05';
      const churn = await situation.world.spawn(['sh', '-c', `for i in $(seq 200); do ${change}; done`]);
      await situation.sleep(2_000);
      await situation.world.modem.dropBearer();
      await churn.end('SIGTERM');
      await run(situation, 'ip link delete c0');
    },
  },
  {
    name: '100,000 foreign routes, and the address flushed',
    attempts: 0,
    slow: true,
    async before({ world }) {
      const line = '"route add blackhole 10.".int($_/65536).".".int($_/256)%256 .".".($_%256)."/32\\n"';
      await world.run(['sh', '-c', `perl -e 'print ${line} for 0..99999' | ip -batch -`]);
    },
    break: (situation) => run(situation, 'ip address flush dev wwan0'),
  },
];
