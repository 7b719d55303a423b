// What a technician reads of the radio: measured while somebody looks, and no longer.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { BUNDLE, RUNTIME_DIRECTORY } from './daemon.ts';
import { worldTest } from './world-test.ts';

const rate = async (world: World) =>
  /refresh rate: (\d+)/.exec((await world.mmcli('-m', 'any', '--signal-get')).stdout)?.[1] ?? '0';

worldTest(
  'status and why tell the signal in dBm and the cell, and nothing is measured afterwards',
  { profile: 'vodafone' },
  async ({ world, start }) => {
    const daemon = await start({ config: 'connect:\n  apn: internet4gd.gdsp\n' });
    const before = await daemon.online();
    const { text } = await daemon.command('status');
    expect(text).toMatch(/signal: RSRP -98 dBm, RSRQ -11 dB, SNR 9 dB \(lte\)/);
    expect(text).toMatch(/cell: (.*, )?id 1715004, tac 4660/);
    expect((await daemon.command('why')).text).toMatch(/signal 3 of 5 bars, RSRP -98 dBm/);
    expect(await rate(world)).toBe('0');
    expect((await daemon.status())?.modem).not.toHaveProperty('signal');
    const events = await world.spawn([process.execPath, BUNDLE, 'events', '--json'], { env: { RUNTIME_DIRECTORY } });
    await expect.poll(() => events.stdout, { timeout: 10_000 }).toMatch(/"event":"link"/);
    await world.modem.dropBearer();
    await daemon.onlineAgain(before);
    const outage =
      /"event":"outage",.*"ended":true,.*"cause":"bearer-dropped","signalPercent":80,.*"endedBy":"reconnect"/;
    await expect.poll(() => events.stdout, { timeout: 10_000 }).toMatch(outage);
    expect(await events.end()).toMatchObject({ code: 0 });
    expect((await daemon.command('incidents')).text).toMatch(/reconnect +4 of 5 bars +the bearer was dropped/);
  },
);

worldTest(
  'status tells the band of the cell, where the modem lists cells',
  { profile: 'quectel' },
  async ({ start }) => {
    const daemon = await start();
    await daemon.online();
    const { text } = await daemon.command('status');
    expect(text).toMatch(/cell: eutran-13, earfcn 5230, id 1715004, tac 4660, physical id 77/);
  },
);
