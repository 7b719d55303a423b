// Another uplink beside LTE, and which of the two carries the traffic; and the filter that would
// drop what comes in by the second best.

import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import type { World } from '../world/world.ts';
import { eventually } from './daemon.ts';
import { expectJournal } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const FAR = '192.0.2.1';

/** The interface by which this host would send to the internet now. */
async function uplink(world: World): Promise<string> {
  const { stdout } = await world.run(['ip', '-json', 'route', 'get', FAR]);
  return (JSON.parse(stdout) as { dev: string }[])[0]?.dev ?? 'none';
}

const isUplink = (world: World, dev: string, timeoutMs: number) =>
  eventually(
    async () => ((await uplink(world)) === dev ? true : undefined),
    timeoutMs,
    () => `${dev} as the uplink`,
  );

async function mainMetrics(world: World): Promise<(number | undefined)[]> {
  const routes = await world.ip.routes();
  return routes
    .filter((r) => r.dev === 'wwan0' && r.dst === 'default' && (r.table ?? 'main') === 'main')
    .map((r) => r.metric);
}

/** A second uplink that is worse than a living LTE link. */
async function worseEthernet(world: World): Promise<void> {
  await world.run(['ip', 'route', 'delete', 'default', 'dev', 'eth0']);
  await world.run(['ip', 'route', 'add', 'default', 'via', '192.168.77.1', 'dev', 'eth0', 'metric', '1000']);
}

worldTest(
  'a worse uplink takes over while LTE is dead, and gives back when traffic passes again',
  { ethernet: true },
  async ({ world, start }) => {
    await worseEthernet(world);
    const daemon = await start();
    const before = await daemon.online();
    expect(await uplink(world)).toBe('wwan0');
    // Somebody who goes on sending: a link that nobody uses is found dead only after the probe's
    // interval.
    const pinger = await world.pinger({ intervalMs: 200 });
    await pinger.waitForAnswers(3);
    await world.carrier.swallow(true);
    await isUplink(world, 'eth0', 60_000);
    await pinger.waitForAnswers(3);
    expectJournal(daemon, /nothing answers/);
    // A fresh session over the same dead path must not take the traffic back before it has proven
    // itself.
    await daemon.until(
      'a new session that is as dead',
      ({ phase, link }) => phase === 'online' && link?.metric === 20_700,
      60_000,
    );
    expect(await uplink(world)).toBe('eth0');
    expect(await mainMetrics(world)).toEqual([20_700]);
    await world.carrier.swallow(false);
    await daemon.until(
      'proven',
      (s) => s.phase === 'online' && s.link?.lastProof !== undefined && s.link.since !== before.link?.since,
      60_000,
    );
    await isUplink(world, 'wwan0', 5_000);
    expect(await mainMetrics(world)).toEqual([700]);
    await pinger.waitForAnswers(3);
    await pinger.stop();
  },
);

worldTest('is the last way out when it is the only one, dead or not', {}, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  const pinger = await world.pinger({ intervalMs: 200 });
  await world.carrier.swallow(true);
  await daemon.until('found dead', ({ phase }) => phase !== 'online', 60_000);
  await daemon.until('a session again', ({ phase }) => phase === 'online', 60_000);
  expect(await uplink(world)).toBe('wwan0');
  await world.carrier.swallow(false);
  await pinger.waitForAnswers(3, 60_000);
  await pinger.stop();
});

const strict = (world: World) =>
  world.run(['sh', '-c', 'for f in all default wwan0 eth0; do echo 1 > /proc/sys/net/ipv4/conf/$f/rp_filter; done']);

worldTest(
  'works beside a better uplink under a strict rp_filter, which stays as it is',
  { ethernet: true },
  async ({ world, start }) => {
    expect((await strict(world)).code).toBe(0);
    const daemon = await start();
    const status = await daemon.online();
    expect(await uplink(world)).toBe('eth0');
    expect(await world.ping(FAR, { from: ADDRESS })).toBe(true);
    expect(status.link?.lastProof?.by).toMatch(/^dns/);
    expect(status.warnings).toEqual([]);
    expect(await world.files.read('/proc/sys/net/ipv4/conf/all/rp_filter')).toBe('1\n');
    // It is the rule that makes the difference: without it and without the daemon, only a loose
    // filter lets the answers in.
    await daemon.stop('SIGKILL');
    expect(await world.ping(FAR, { from: ADDRESS })).toBe(true);
    await world.run(['ip', 'rule', 'delete', 'from', ADDRESS]);
    expect(await world.ping(FAR, { from: ADDRESS })).toBe(false);
    await world.run(['sh', '-c', 'echo 2 > /proc/sys/net/ipv4/conf/wwan0/rp_filter']);
    expect(await world.ping(FAR, { from: ADDRESS })).toBe(true);
  },
);

worldTest(
  "says so when somebody else's rule makes a strict rp_filter drop everything",
  { ethernet: true },
  async ({ world, start }) => {
    await strict(world);
    await world.run(['ip', 'route', 'add', 'default', 'via', '192.168.77.1', 'dev', 'eth0', 'table', '123']);
    await world.run(['ip', 'rule', 'add', 'priority', '100', 'lookup', '123']);
    const daemon = await start();
    const { warnings } = await daemon.until('the warning', (s) => s.warnings.length > 0, 60_000);
    expect(warnings.map(warningSentence)).toEqual([
      expect.stringMatching(/rp_filter of wwan0 is strict .* by eth0.* Remedy: /),
    ]);
    expectJournal(daemon, /rp_filter of wwan0 is strict/);
    expect(await world.files.read('/proc/sys/net/ipv4/conf/wwan0/rp_filter')).toBe('1\n');
  },
);

worldTest('leaves an ethernet default route the best one', { ethernet: true }, async ({ world, start }) => {
  const before = (await world.ip.routes()).filter(({ dev }) => dev === 'eth0');
  const daemon = await start();
  await daemon.online();
  const { stdout } = await world.run(['ip', '-json', 'route', 'get', '198.51.100.99']);
  expect(JSON.parse(stdout)).toMatchObject([{ dev: 'eth0' }]);
  expect((await world.ip.routes()).filter(({ dev }) => dev === 'eth0')).toEqual(before);
  expect(await world.ping('192.0.2.1', { from: ADDRESS })).toBe(true);
});
