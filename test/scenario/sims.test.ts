// What a board does by the SIM that is in it.
import { expect } from 'vitest';
import type { Status } from '../../src/status/schema.ts';
import { worldTest } from './world-test.ts';

const PROFILES = `connect:
  apn: vzwinternet
profiles:
  - name: tmobile
    match: { iccid-prefix: "8901260" }
    connect: { apn: fast.t-mobile.com }
recovery:
  trial: 20s
`;
const VERIZON = { iccid: '89148000000000000006', imsi: '311480000000006' };
const T_MOBILE = { iccid: '8901260000000000009', imsi: '310260000000009' };

worldTest('another SIM: its own profile is used, and nothing is on trial', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: PROFILES });
  const onlineWith = async (apn: string, profile: string | undefined) => {
    const over = (s: Status) => s.phase === 'online' && s.link?.apn === apn && s.link.reach !== undefined;
    const status = await daemon.until(`online over ${apn}`, over, 60_000);
    expect(status).toMatchObject({ ...(profile !== undefined && { profile }), warnings: [] });
    expect([status.profile, status.trial]).toEqual([profile, undefined]);
    return status;
  };
  const swap = async (identity: typeof VERIZON, apn: string) => {
    await world.usb.unplug();
    await world.modem.subscribe([apn]);
    await world.sim.setIdentity(identity);
    await world.usb.plug();
  };
  const asked = async () =>
    (await world.modem.attempts()).filter(({ kind }) => kind === 'activate').map(({ apn }) => apn);

  await onlineWith('vzwinternet', undefined);
  await swap(T_MOBILE, 'fast.t-mobile.com');
  const status = await onlineWith('fast.t-mobile.com', 'tmobile');
  expect(await daemon.why()).toMatch(/profile tmobile/);
  // Killed: the next start knows whose session it finds.
  await daemon.stop('SIGKILL');
  await daemon.startAgain();
  await daemon.until('a new status', ({ pid }) => pid !== status.pid);
  await onlineWith('fast.t-mobile.com', 'tmobile');
  await swap(VERIZON, 'vzwinternet');
  await onlineWith('vzwinternet', undefined);
  expect(await asked()).toEqual(['vzwinternet', 'fast.t-mobile.com', 'vzwinternet']);
  expect(daemon.journal).not.toMatch(/on trial|8901260|8914800/);
});
