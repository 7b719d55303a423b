// The other modems of the board's guide.
import { expect } from 'vitest';
import { expectLink } from '../expectations.ts';
import { worldTest } from '../world-test.ts';

worldTest(
  'brings the Quectel online beside its initial EPS bearer',
  { profile: 'quectel' },
  async ({ world, start }) => {
    const daemon = await start();
    const status = await daemon.online();
    expect(status.modem).toMatchObject({ manufacturer: 'Quectel', plugin: 'quectel' });
    const [address] = status.link?.addresses ?? [];
    const [ip = ''] = (address ?? '').split('/');
    await expectLink(world, ip);
  },
);

worldTest(
  'brings the Vodafone stick online with an address that ends in .0',
  { profile: 'vodafone' },
  async ({ world, start }) => {
    const daemon = await start({ config: 'connect:\n  apn: internet4gd.gdsp\n' });
    const status = await daemon.online();
    expect(status.link).toMatchObject({ addresses: ['162.177.2.0/22'], mtu: 1500 });
    await expectLink(world, '162.177.2.0');
  },
);
