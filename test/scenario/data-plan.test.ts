// A data plan that is used up takes the link down, says so, and gives it back by a reload.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { connectsSent, expectLink, expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

const withLimit = (limit: string) =>
  `connect:\n  apn: vzwinternet\ndata:\n  limit: ${limit}\n  at-limit: disconnect\nprobe:\n  interval: off\n`;

/** 500 packets of 1328 bytes, there and back. */
const CARRIED = 2 * 500 * 1328;
const carry = async (world: World) =>
  await world.run(['ping', '-q', '-n', '-i', '0.002', '-s', '1300', '-c', '500', '192.0.2.1']);

worldTest(
  'the limit is reached: disconnected without an attempt or a rung, told, and online again by a reload',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: withLimit('1MB') });
    await daemon.online();
    await carry(world);
    const status = await daemon.until('used up', ({ phase }) => phase === 'plan-used-up');
    const words = /data plan used up: 1 MB since 1 \w+; next period begins 1 \w+/;
    expect(status.reason).toMatch(words);
    expect(status.data).toMatchObject({ limit: 1_000_000, atLimit: 'disconnect' });
    expect(status.data?.period).toBeGreaterThanOrEqual(CARRIED);
    expect(status.warnings).toMatchObject([{ code: 'data-plan-used-up', text: expect.stringMatching(words) }]);
    expect(await daemon.why()).toMatch(/^offline for .*: data plan used up: 1 MB .*fix: raise data\.limit/);
    expect((await daemon.command('status')).text).toMatch(/period: 1\.\d MB, 1\d\d % of 1 MB \(since/);
    expect(daemon.journal).toMatch(/data plan used up: 1 MB since 1 .* after=online/);
    await daemon.until('disconnected', ({ modem }) => modem?.state === 'registered');
    await expect.poll(() => world.ip.rules(), { timeout: 10_000 }).toEqual([]);
    await expectNothingLeft(world);

    // Neither a new life nor a modem that comes back is a way past it.
    await daemon.stop('SIGKILL');
    await daemon.startAgain();
    await daemon.until('used up in its next life', (s) => s.phase === 'plan-used-up' && s.pid !== status.pid);
    await world.usb.restart();
    await daemon.until('away', ({ phase }) => phase === 'absent');
    await daemon.until('used up with the modem back', ({ phase }) => phase === 'plan-used-up', 60_000);
    expect(await connectsSent(world)).toBe(1);

    await daemon.reload(withLimit('1.5GB'));
    const again = await daemon.online();
    await expectLink(world, '100.112.107.46');
    expect(again.warnings).toEqual([]);
    expect(again.data?.period).toBeGreaterThanOrEqual(CARRIED);
    expect(again.data?.period).toBeLessThan(2 * CARRIED);
    expect(await connectsSent(world)).toBe(2);
    const page = await world.files.read('/run/percept-lte/metrics.prom');
    expect(page).toMatch(/^percept_lte_data_limit_bytes 1500000000$/m);
    expect(page.match(/^percept_lte_rungs_total\{.*\} [^0].*$/gm)).toBeNull();
  },
);
