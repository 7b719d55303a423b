// A board without a battery clock: the daemon starts in 1970, and the clock is set while it runs.
// Only the daemon sees that clock: the machine's own belongs to everybody.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { connectsSent, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const OFFSET = '/run/world/clock-offset';
const PRELOAD = '/run/world/clock.mjs';

/** Adds what the file says to the daemon's wall clock; SIGUSR2 has it read again. */
const preload = `import { readFileSync } from 'node:fs';
const real = Date.now;
let offset = 0;
const set = () => { offset = Number(readFileSync('${OFFSET}', 'utf8')); };
set();
Date.now = () => real() + offset;
process.on('SIGUSR2', set);
`;

const setOffset = (world: World, ms: number) => world.files.write(OFFSET, String(ms));
const year = (date: string | undefined) => new Date(date ?? 0).getUTCFullYear();

worldTest(
  'the clock steps from 1970 to today: dates and durations are right at once and after a restart, and no attempt is made for it',
  {},
  async ({ world, start }) => {
    await setOffset(world, 60_000 - Date.now());
    await world.files.write(PRELOAD, preload);
    const daemon = await start({ flags: ['--import', PRELOAD] });
    const first = await daemon.online();
    expect(year(first.updatedAt)).toBe(1970);
    await world.modem.dropBearer();
    const again = await daemon.onlineAgain(first);
    expect(again.incidents.map(({ begin }) => year(begin))).toEqual([1970]);
    const connects = await connectsSent(world);
    const steppedAt = Date.now();

    await setOffset(world, 0);
    await daemon.process.kill('SIGUSR2');
    const right = await daemon.until('the year is right', ({ updatedAt }) => year(updatedAt) !== 1970);
    const isRecent = (date: string | undefined) => Math.abs(Date.parse(date ?? '') - steppedAt) < 60_000;
    expect([right.since, right.link?.since, right.incidents[0]?.begin].map(isRecent)).toEqual([true, true, true]);
    expect(right.incidents[0]?.seconds).toBeLessThan(30);
    expect(right.phase).toBe('online');
    expect(await daemon.why()).toMatch(/^online/);
    expect(await daemon.why()).not.toMatch(/\d{4} d|\d{4}d|years/);
    expect(await connectsSent(world)).toBe(connects);
    await expectLink(world, '100.112.107.46');

    await daemon.stop('SIGKILL');
    await daemon.startAgain();
    const after = await daemon.until(
      'online in its next life',
      ({ pid, link }) => pid !== right.pid && link?.lastProof !== undefined,
    );
    expect(after.incidents.map(({ begin }) => isRecent(begin))).toEqual([true]);
    expect(after.attempts.usedThisHour).toBe(connects);
    expect(await connectsSent(world)).toBe(connects);
  },
);
