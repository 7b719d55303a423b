// Who is found to manage the modem: by what they say on a real bus, and by the files that they
// leave. The real NetworkManager is asked in coexistence.test.ts.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Variant } from 'dbus-next';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bus } from '../../../src/dbus/bus.ts';
import { BusLostError } from '../../../src/dbus/errors.ts';
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { findRivals, type RivalQuestion } from '../../../src/network/conflicts/rivals.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { connectPeer } from '../dbus/peer.ts';
import { type PrivateBus, startPrivateBus } from '../dbus/private-bus.ts';
import { type Answer, type Service, startService } from '../dbus/service.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'percept-lte-rivals-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

/** Who manages wwan0, as "name: reason". */
async function rivals(changes: Partial<RivalQuestion> = {}): Promise<string[]> {
  const { signal } = new AbortController();
  const found = await findRivals({ bus: undefined, interface: 'wwan0', root, signal, ...changes });
  return found.map(({ name, reason }) => `${name}: ${reason.replace(': two would fight over it', '')}`);
}

describe('on the bus', () => {
  const NM = 'org.freedesktop.NetworkManager';
  const device = (changes: Readonly<Record<string, unknown>> = {}): Answer => {
    const { Interface, IpInterface, Managed, State } = {
      Interface: 'cdc-wdm0',
      IpInterface: 'wwan0',
      Managed: true,
      State: 30,
      ...changes,
    };
    return [
      'a{sv}',
      {
        Interface: new Variant('s', Interface),
        IpInterface: new Variant('s', IpInterface),
        Managed: new Variant('b', Managed),
        State: new Variant('u', State),
      },
    ];
  };
  let daemon: PrivateBus;
  let bus: Bus;
  const services: Service[] = [];
  beforeEach(async () => {
    daemon = await startPrivateBus();
    bus = await openSystemBus({ address: daemon.address, clock: systemClock });
  });
  afterEach(async () => {
    for (const service of services.splice(0)) service.stop();
    bus.close();
    await daemon.stop();
  });
  const start = async (names: readonly string[], answers: Readonly<Record<string, Answer>> = {}) => {
    services.push(await startService(daemon.address, names, answers));
  };

  test('nobody is there', async () => {
    expect(await rivals({ bus })).toEqual([]);
  });

  test.each([
    ['manages it', { State: 30 }, ['NetworkManager: NetworkManager manages cdc-wdm0']],
    [
      'has it connected',
      { State: 100 },
      ['NetworkManager: NetworkManager manages cdc-wdm0 and has a connection of its own on it'],
    ],
    ['has lost it', { State: 120 }, ['NetworkManager: NetworkManager manages cdc-wdm0']],
    ['leaves it alone', { Managed: false }, []],
    ['manages another', { Interface: 'eth0', IpInterface: 'eth0' }, []],
    [
      'knows it by its interface',
      { Interface: 'wwan0', IpInterface: '' },
      ['NetworkManager: NetworkManager manages wwan0'],
    ],
  ])('NetworkManager that %s', async (_, changes, expected) => {
    await start([NM], {
      GetDevices: ['ao', ['/d/0', '/d/1']],
      '/d/0 GetAll': ['a{sv}', {}],
      '/d/1 GetAll': device(changes),
    });
    expect(await rivals({ bus })).toEqual(expected);
  });

  test('NetworkManager is known by the control port of a modem that has no interface yet', async () => {
    await start([NM], { GetDevices: ['ao', ['/d/1']], '/d/1 GetAll': device({ IpInterface: '' }) });
    expect(await rivals({ bus, interface: undefined })).toEqual([]);
    const { signal } = new AbortController();
    const [found] = await findRivals({ bus, interface: undefined, ports: ['cdc-wdm0'], root, signal });
    expect(found?.remedy).toContain('match-device=type:gsm;interface-name:cdc-wdm*;interface-name:ww*');
  });

  test('NetworkManager whose device goes while it is asked, or that answers with something else, is passed over', async () => {
    await start([NM], { GetDevices: ['ao', ['/d/1']] });
    expect(await rivals({ bus })).toEqual([]);
    services[0]?.answers.set('GetDevices', ['s', 'none']);
    expect(await rivals({ bus })).toEqual([]);
  });

  test('NetworkManager that hangs is passed over, and the others are found', async () => {
    const hanging = await connectPeer(daemon.address);
    hanging.addMethodHandler(() => true);
    await hanging.requestName(NM, 0);
    write('sys/class/net/wwan0/ifindex', '3\n');
    write('run/systemd/netif/links/3', 'ADMIN_STATE=configuring\n');
    expect(await rivals({ bus })).toEqual(['systemd-networkd: systemd-networkd manages wwan0']);
    hanging.disconnect();
  });

  test('a bus that has ended is no sign that nobody is there', async () => {
    bus.close();
    await expect(rivals({ bus })).rejects.toThrow(BusLostError);
  });

  test('ConnMan counts where oFono, by which it drives modems, is there', async () => {
    await start(['net.connman']);
    expect(await rivals({ bus })).toEqual([]);
    await start(['org.ofono']);
    expect(await rivals({ bus })).toEqual(['ConnMan: ConnMan drives modems through oFono']);
  });
});

test('an interface name that is none is not looked for in files', async () => {
  write('run/dhcpcd-../x.pid', '1');
  write('proc/1/status', 'PPid:\t0\n');
  expect(await rivals({ interface: '../x' })).toEqual([]);
});

test.each([
  [
    'ADMIN_STATE=configured\nNETWORK_FILE=/run/n/80.network\n',
    ['systemd-networkd: systemd-networkd manages wwan0 (/run/n/80.network)'],
  ],
  ['ADMIN_STATE=configuring\n', ['systemd-networkd: systemd-networkd manages wwan0']],
  ['ADMIN_STATE=unmanaged\n', []],
  ['ADMIN_STATE=pending\n', []],
  ['ADMIN_STATE=initialized\n', []],
  ['OPER_STATE=routable\n', []],
])('systemd-networkd that writes %j', async (text, expected) => {
  write('sys/class/net/wwan0/ifindex', '7\n');
  write('run/systemd/netif/links/7', text);
  expect(await rivals()).toEqual(expected);
});

describe('a DHCP client', () => {
  const alive = (pid: number, parent = 1) => write(`proc/${pid}/status`, `Name:\tclient\nPPid:\t${parent}\n`);

  test.each([
    ['run/dhclient.wwan0.pid', 'dhclient: dhclient asks for an address on wwan0'],
    ['run/dhclient-wwan0.pid', 'dhclient: dhclient asks for an address on wwan0'],
    ['run/dhcpcd/wwan0.pid', 'dhcpcd: dhcpcd asks for an address on wwan0'],
    ['run/dhcpcd.pid', 'dhcpcd: dhcpcd asks for an address on every interface, wwan0 among them'],
    ['run/dhcpcd/pid', 'dhcpcd: dhcpcd asks for an address on every interface, wwan0 among them'],
  ])('is found by %s', async (file, expected) => {
    write(file, '812\n');
    alive(812);
    expect(await rivals()).toEqual([expected]);
  });

  test('of another interface is none of ours', async () => {
    write('run/dhclient.eth0.pid', '812\n');
    alive(812);
    expect(await rivals()).toEqual([]);
  });

  test('that this program started is its own', async () => {
    write('run/dhclient.wwan0.pid', '812\n');
    alive(812, 4711);
    expect(await rivals({ pid: 4711 })).toEqual([]);
    expect(await rivals({ pid: 4712 })).toHaveLength(1);
  });

  test('whose file says nothing of a process is passed over for the next', async () => {
    write('run/dhclient.wwan0.pid', 'none\n');
    expect(await rivals()).toEqual([]);
    write('run/dhclient-wwan0.pid', '812\n');
    alive(812);
    expect(await rivals()).toHaveLength(1);
  });

  test.each([
    ['runs', 1, 1],
    ['has ended', 2 ** 31 - 1, 0],
  ])('whose process /proc does not show (ProtectProc=) and that %s', async (_, pid, found) => {
    write('run/dhclient.wwan0.pid', `${pid}\n`);
    expect(await rivals()).toHaveLength(found);
  });

  test.each([
    ['denyinterfaces eth0 ww*', 0],
    ['allowinterfaces eth0', 0],
    ['allowinterfaces eth0 wwan0', 1],
    ['# denyinterfaces wwan0', 1],
  ])('dhcpcd that is told %j', async (config, found) => {
    write('run/dhcpcd.pid', '812\n');
    alive(812);
    write('etc/dhcpcd.conf', `hostname\n${config}\n`);
    expect(await rivals()).toHaveLength(found);
  });
});

describe('connection.d', () => {
  const folder = 'etc/ModemManager/connection.d';

  test('a script that ModemManager runs is told with its path', async () => {
    write(`${folder}/20-later`, '', 0o755);
    write(`${folder}/10-first`, '', 0o755);
    expect(await rivals()).toEqual([
      `connection.d: connection.d has ModemManager run /${folder}/10-first at each connection`,
    ]);
  });

  test('one that may not be run, or whose name ModemManager does not take, is none', async () => {
    write(`${folder}/10-off`, '');
    write(`${folder}/back~`, '', 0o755);
    expect(await rivals()).toEqual([]);
  });
});
