// A modem that gives no address, and a ModemManager that says so: method dhcp.
import { OFFER, onlineBy } from '../dhcp.ts';
import { expectLink } from '../expectations.ts';
import { worldTest } from '../world-test.ts';

worldTest('takes a lease, and that of the new session after a bearer drop', {}, async (given) => {
  const { world } = given;
  const daemon = await onlineBy('udhcpc', given);
  const before = await daemon.status();
  if (before === undefined) throw new Error('no status');
  await world.carrier.serveAddresses({ dhcp: { ...OFFER, address: '100.112.107.78' } });
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  await expectLink(world, '100.112.107.78');
});
