// `apn: auto` needs the SIM's home operator, which not every ModemManager tells.
import { expect } from 'vitest';
import { worldTest } from '../world-test.ts';

worldTest(
  'apn: auto: the first APN of the SIM’s operator is refused, the next one is online',
  { profile: 'quectel' },
  async ({ world, start }) => {
    await world.modem.subscribe(['epc.tmobile.com']);
    const daemon = await start({ config: 'connect:\n  apn: auto\n' });
    const status = await daemon.online();
    expect(status.link?.apn).toBe('epc.tmobile.com');
    const asked = (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').map(({ apn }) => apn);
    expect(asked).toEqual(['fast.t-mobile.com', 'epc.tmobile.com']);
    // Remembered: a restart and a lost bearer ask for it alone.
    await daemon.stop();
    await daemon.startAgain();
    await daemon.onlineAgain(status);
    expect((await world.modem.attempts()).filter(({ apn }) => apn === 'fast.t-mobile.com')).toHaveLength(1);
  },
);
