// A call that is multiplexed has an interface of its own over the modem's: everything follows the
// bearer's. No kernel here makes such links, so ModemManager is a stand-in, and the interface a
// renamed one.
import { Message } from 'dbus-next';
import { expect } from 'vitest';
import type { Status } from '../../src/status/schema.ts';
import {
  BEARER,
  bearerPath,
  bearerProperties,
  FakeModemManager,
  MODEM,
  modemPath,
  v,
} from '../component/modem/fake-modem-manager.ts';
import type { World } from '../world/world.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
/** As the bearer has it; the modem in software knows nothing of it. */
const CALL = { address: ADDRESS, prefix: 24, gateway: '100.112.107.1', dns: ['198.51.100.53'], mtu: 1428 };
const [REGISTERED, CONNECTED] = [v('i', 8), v('i', 11)];

/** A ModemManager whose calls get the interfaces of `names`, one after the other. */
async function multiplexing(world: World, names: readonly string[]): Promise<FakeModemManager> {
  const fake = await FakeModemManager.start(await world.outsideBusAddress());
  let calls = 0;
  fake.behaviours.unshift((call) => {
    if (call.member !== 'Connect') return undefined;
    const Interface = v('s', names[calls] ?? '');
    fake.addBearer(calls, bearerProperties({ Interface }));
    fake.change(modemPath(0), MODEM, { State: CONNECTED });
    calls += 1;
    return Message.newMethodReturn(call, 'o', [bearerPath(calls - 1)]);
  });
  fake.behaviours.unshift((call) =>
    ['Disconnect', 'DeleteBearer', 'Enable'].includes(call.member) ? Message.newMethodReturn(call, '', []) : undefined,
  );
  return fake;
}

function drop(fake: FakeModemManager, index: number): void {
  fake.change(bearerPath(index), BEARER, { Connected: v('b', false), Interface: v('s', '') });
  fake.change(modemPath(0), MODEM, { State: REGISTERED });
}

async function ip(world: World, ...args: string[]): Promise<void> {
  const { code, stderr } = await world.run(['ip', ...args]);
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/** The carrier's link gets the name of a multiplexed one, over a port that carries nothing. */
async function multiplexedLink(world: World, name: string): Promise<void> {
  await ip(world, 'link', 'set', 'wwan0', 'name', name);
  await ip(world, 'link', 'add', 'wwan0', 'type', 'veth', 'peer', 'name', 'far');
  await world.carrier.applySessions([{ id: 0, alive: true, ip: { ipv4: CALL } }]);
}

async function expectAllOn(world: World, name: string): Promise<void> {
  const [link, port] = await Promise.all([name, 'wwan0'].map((one) => world.ip.link(one)));
  expect([link?.mtu, port?.mtu]).toEqual([1428, 1500]);
  expect(await localsOf(world, name)).toEqual([ADDRESS]);
  expect(await localsOf(world, 'wwan0')).toEqual([]);
  const routes = (await world.ip.routes()).filter(({ dst }) => dst === 'default');
  expect(new Set(routes.map(({ dev }) => dev))).toEqual(new Set([name]));
  expect(await world.ping('192.0.2.1', { from: name })).toBe(true);
}

const localsOf = async (world: World, name: string) => (await world.ip.addresses(name)).map(({ local }) => local);

for (const name of ['qmapmux0.0', 'wwan0.1']) {
  worldTest(`is online on ${name}, and says so everywhere`, { startModemManager: false }, async ({ world, start }) => {
    await multiplexedLink(world, name);
    const fake = await multiplexing(world, [name]);
    try {
      const daemon = await start();
      const { link, warnings } = await daemon.online();
      expect(link).toMatchObject({ interface: name, mtu: 1428 });
      expect(warnings).toEqual([]);
      await expectAllOn(world, name);
      expect(await daemon.why()).toContain(`${ADDRESS} on ${name}`);
      const counted = await daemon.until(
        'bytes',
        ({ link: now }) => (now?.rxBytes ?? 0) > (link?.rxBytes ?? 0),
        60_000,
      );
      expect(counted.link?.txBytes).toBeGreaterThan(0);
      expect(await daemon.doctor()).toMatch(new RegExp(`^ok +interface +${name} is there$`, 'm'));
      await daemon.stop();
      expect(await localsOf(world, name)).toEqual([]);
    } finally {
      fake.stop();
    }
  });
}

worldTest('moves when the next call gets another interface', { startModemManager: false }, async ({ world, start }) => {
  const [first, second] = ['qmapmux0.0', 'qmapmux0.1'] as const;
  await multiplexedLink(world, first);
  const fake = await multiplexing(world, [first, second]);
  try {
    const daemon = await start();
    await daemon.online();
    await ip(world, 'link', 'set', first, 'down');
    await ip(world, 'link', 'set', first, 'name', second);
    await ip(world, 'link', 'add', first, 'type', 'veth', 'peer', 'name', 'further');
    drop(fake, 0);
    const isThere = ({ link }: Status) => link?.interface === second && link.lastProof !== undefined;
    await daemon.until('a proof over the other interface', isThere);
    await expectAllOn(world, second);
  } finally {
    fake.stop();
  }
});
