// What a technician reads of the radio: measured while somebody looks, and no longer.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { worldTest } from './world-test.ts';

const rate = async (world: World) =>
  /refresh rate: (\d+)/.exec((await world.mmcli('-m', 'any', '--signal-get')).stdout)?.[1] ?? '0';

worldTest(
  'status and why tell the signal in dBm and the cell, and nothing is measured afterwards',
  { profile: 'vodafone' },
  async ({ world, start }) => {
    const daemon = await start({ config: 'connect:\n  apn: internet4gd.gdsp\n' });
    await daemon.online();
    const { text } = await daemon.command('status');
    expect(text).toMatch(/signal: RSRP -98 dBm, RSRQ -11 dB, SNR 9 dB \(lte\)/);
    expect(text).toMatch(/cell: (.*, )?id 1715004, tac 4660/);
    expect((await daemon.command('why')).text).toMatch(/signal 3 of 5 bars, RSRP -98 dBm/);
    expect(await rate(world)).toBe('0');
    expect((await daemon.status())?.modem).not.toHaveProperty('signal');
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
