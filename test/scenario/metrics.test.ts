// The metrics of the whole daemon: an outage is counted once, and nothing falls when it is killed.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { MINIMAL_CONFIG } from './daemon.ts';
import { worldTest } from './world-test.ts';

const SCRAPE = `require('node:http').get(
  { socketPath: '/run/percept-lte/metrics.sock', path: '/metrics' },
  (answer) => answer.pipe(process.stdout),
)`;

/** The samples of the page as a scraper gets it, by name with labels. */
async function samples(world: World): Promise<Map<string, number>> {
  const { stdout: page } = await world.run([process.execPath, '-e', SCRAPE]);
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const ONCE = 'percept_lte_outages_total{cause="bearer-dropped"}';

worldTest('counts an outage once, and goes on counting after it is killed', {}, async ({ world, start }) => {
  const daemon = await start({ config: `${MINIMAL_CONFIG}metrics:\n  socket: true\n` });
  const before = await daemon.online();
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  await expect
    .poll(async () => (await samples(world)).get('percept_lte_outages_ended_total{by="reconnect"}'), {
      timeout: 10_000,
    })
    .toBe(1);
  const counted = await samples(world);
  expect(counted.get(ONCE)).toBe(1);
  expect(counted.get('percept_lte_attempts_total{result="connected"}')).toBe(2);
  expect(counted.get('percept_lte_online')).toBe(1);
  await daemon.stop('SIGKILL');
  await daemon.startAgain();
  await daemon.until('a status of its own', ({ pid }) => pid !== before.pid);
  await daemon.online();
  const after = await samples(world);
  const fell = [...counted].filter(
    ([name, value]) => /_total|_count|_bucket|_sum/.test(name) && (after.get(name) ?? 0) < value,
  );
  expect(fell).toEqual([]);
  expect(after.get(ONCE)).toBe(1);
});
