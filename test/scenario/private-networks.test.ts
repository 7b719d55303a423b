// Firewalls, VPNs and private networks: where it cannot be told whether traffic passes, the link
// stays and it is said why.

import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import type { World } from '../world/world.ts';
import { connectsSent, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const probing = (targets: string) => `connect:\n  apn: vzwinternet\nprobe:\n  interval: 10s\n  targets: [${targets}]\n`;
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const forbid = (world: World, verdict: string) =>
  world.run([
    'nft',
    `table inet kill { chain out { type filter hook output priority 0; oifname wwan0 ${verdict}; }; }`,
  ]);

worldTest(
  'a private APN, where no probe is ever answered, is online after one reconnect and says to set probe.targets',
  {},
  async ({ world, start }) => {
    await world.carrier.blockTcp([9]);
    const daemon = await start({ config: probing('tcp 203.0.113.1:9') });
    await daemon.until('online', ({ phase }) => phase === 'online');
    const warned = await daemon.until(
      'the warning',
      ({ warnings }) => warnings.map(warningSentence).some((text) => /APN vzwinternet.*set probe\.targets/.test(text)),
      60_000,
    );
    expect(warned.ladder.rungsTried.filter((rung) => rung !== 'reconnect')).toEqual([]);
    await pass(30_000);
    const later = await daemon.status();
    expect(later?.phase).toBe('online');
    expect(await connectsSent(world)).toBe(2);
    await expectLink(world, ADDRESS);
    expect(await world.ping('192.0.2.1')).toBe(true);
  },
);

worldTest(
  'a firewall of this host that forbids the probes is named, and is no dead link',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: probing('tcp 1.1.1.1:443, icmp 8.8.8.8') });
    await daemon.online();
    await forbid(world, 'drop');
    const { phase } = await daemon.until(
      'the warning',
      ({ warnings }) =>
        warnings.map(warningSentence).some((text) => /firewall or route of this host.*nft list ruleset/.test(text)),
      60_000,
    );
    expect(phase).toBe('online');
    await pass(20_000);
    expect(await connectsSent(world)).toBe(1);
    await world.run(['nft', 'delete', 'table', 'inet', 'kill']);
    await daemon.until('no warning', ({ warnings }) => warnings.length === 0, 60_000);
    expect(await connectsSent(world)).toBe(1);
  },
);

worldTest(
  'a kill switch that rejects the probes on a dead link is no proof that it lives',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: probing('tcp 1.1.1.1:443') });
    const before = await daemon.until('a proof', ({ link }) => link?.lastProof !== undefined);
    await forbid(world, 'meta l4proto tcp reject with tcp reset');
    await world.carrier.swallow(true);
    await daemon.until(
      'the warning',
      ({ warnings }) => warnings.map(warningSentence).some((text) => /this host itself/.test(text)),
      60_000,
    );
    // Its date is reckoned anew for each status, and may differ by a millisecond.
    expect((await daemon.status())?.link?.lastProof?.roundTripMs).toBe(before.link?.lastProof?.roundTripMs);
  },
);

worldTest('the rule of a VPN that takes the probes is named, and is no dead link', {}, async ({ world, start }) => {
  const daemon = await start({ config: probing('tcp 1.1.1.1:443') });
  await daemon.until('a proof', ({ link }) => link?.lastProof !== undefined);
  for (const line of [
    'link add tailscale0 type veth peer name exit0',
    'link set tailscale0 up',
    'link set exit0 up',
    'route add default dev tailscale0 table 52',
    'rule add lookup 52 priority 5270',
  ])
    await world.run(['ip', ...line.split(' ')]);
  const { phase } = await daemon.until(
    'the warning',
    ({ warnings }) =>
      warnings.map(warningSentence).some((text) => /5270: from all lookup 52.*by tailscale0/.test(text)),
    60_000,
  );
  expect(phase).toBe('online');
  await world.run(['ip', 'rule', 'del', 'priority', '5270']);
  await daemon.until('no warning', ({ warnings }) => warnings.length === 0, 60_000);
  expect(await connectsSent(world)).toBe(1);
});

worldTest(
  'an interface that is gone while ModemManager says connected is no link: it is told, and taken again when it is back',
  {},
  async ({ world, start }) => {
    const daemon = await start();
    const before = await daemon.online();
    const rename = async (from: string, to: string) => {
      await world.run(['ip', 'link', 'set', 'dev', from, 'down']);
      await world.run(['ip', 'link', 'set', 'dev', from, 'name', to]);
    };
    await rename('wwan0', 'lte0');
    await daemon.until('the end of the session', ({ phase }) => phase !== 'online', 60_000);
    await daemon.process.waitForOutput(/there is no interface wwan0 any more/);
    await rename('lte0', 'wwan0');
    await daemon.onlineAgain(before);
    await expectLink(world, ADDRESS);
  },
);
