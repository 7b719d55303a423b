// doctor, on hosts laid out in folders: what it finds, and what it tells a person to do.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctor } from '../../../src/cli/doctor.ts';
import { runningStatus } from '../../../src/cli/running.ts';
import { found } from '../../../src/codes/codes.ts';
import type { Bus } from '../../../src/dbus/bus.ts';
import { failureOfCause } from '../../../src/modem/errors/failure.ts';
import type { Bearer, Modem, ModemManagerFacts } from '../../../src/modem/objects.ts';
import { DeadlineError } from '../../../src/system/clock.ts';
import { modem } from '../modem/builders.ts';
import { ago, online, refused } from '../status/statuses.ts';
import { type FakeHost, fakeHost, plugIn } from './fake-context.ts';

const WITH_ADDRESS = '[{"flags":["UP"],"addr_info":[{"local":"100.112.107.46","prefixlen":24}]}]';

/** A board on which nothing is amiss. */
function soundHost(): FakeHost {
  const host = fakeHost();
  host.files({
    'etc/percept-lte.yaml': 'connect: { apn: web }',
    'proc/200/comm': 'ModemManager\n',
    'proc/200/cmdline': '/usr/sbin/ModemManager\0',
    'usr/lib/systemd/system/ModemManager.service': '[Service]\nRestart=on-abort\n',
    'etc/systemd/system/ModemManager.service.d/percept-lte.conf': '[Service]\nRestart=always\n',
    'sys/class/net/wwan0/address': '02:00:00:00:00:01\n',
    'sys/class/net/wwan0/ifindex': '7\n',
    'proc/sys/net/ipv4/conf/all/rp_filter': '1\n',
  });
  host.tool('ModemManager --version', 'ModemManager 1.14.12\nCopyright');
  host.tool('ip -V', 'ip utility, iproute2-ss180813\n');
  host.tool('ip -json link show', '[{"ifname":"lo"}]');
  host.tool('ip -json address show dev wwan0', WITH_ADDRESS);
  host.tool('ip -json route show default dev wwan0', '[{"dst":"default"}]');
  host.tool('ping -V', 'ping from iputils 20180629\n');
  return host;
}

const bearer: Bearer = {
  path: '/org/freedesktop/ModemManager1/Bearer/0',
  connected: true,
  suspended: false,
  interface: 'wwan0',
  ip4Config: { method: 'static', address: '100.112.107.46', prefix: 24, gateway: '100.112.107.1', dns: [] },
  ip6Config: { method: 'unknown', dns: [] },
  properties: { apn: 'vzwinternet' },
};

const onBus = (...modems: Modem[]): ModemManagerFacts => ({ onBus: true, version: '1.14.12', modems });

const ILLEGAL_ME = { text: 'illegal-me', failure: failureOfCause(6, 'illegal-me') };

/** What ModemManager says while nothing is amiss. */
const sound = onBus(modem({ state: 'connected', operatorName: 'Verizon', operatorCode: '311480', bearers: [bearer] }));

interface Examined {
  readonly code: number;
  readonly text: string;
}

async function examined(host: FakeHost, said: ModemManagerFacts | 'no bus' = sound, json = false): Promise<Examined> {
  const facts = said === 'no bus' ? undefined : said;
  const { status } = await runningStatus(host.context);
  const look = () => Promise.resolve({ facts, modemManagerPid: 200, status });
  const code = await doctor(
    host.context,
    { configPath: join(host.context.root, 'etc/percept-lte.yaml'), json, bundle: undefined },
    look,
  );
  return { code, text: host.printed.join('\n').replaceAll(host.context.root, '') };
}

test('a sound board', async () => {
  const host = soundHost();
  plugIn(host, '1bc7:0036', [['02/0e', 'cdc_mbim']]);
  host.daemon(online);
  const { code, text } = await examined(host);
  expect(text).toMatchInlineSnapshot(`
    "ok    configuration         /etc/percept-lte.yaml is valid
    ok    modem                 Telit (MultiTech) (1bc7:0036) at USB 3-1 is in MBIM mode
    ok    ModemManager          version 1.14.12 is running
    ok    ModemManager.service  Restart=always
    ok    ip                    iproute2 ss180813 speaks JSON
    ok    ping                  is installed
    ok    modem shown           Telit FIH7160, IMEI …46, device 3-1.1, plugin telit
    ok    SIM                   is there and not locked
    ok    modem state           is connected
    ok    registration          home (Verizon 311480), signal 67 %
    ok    bearer                connected with apn vzwinternet: 100.112.107.46/24 on wwan0
    ok    link                  wwan0 is up
    ok    address               100.112.107.46/24 is on wwan0, as the bearer has it
    ok    default route         through wwan0
    ok    traffic               passes: dns 198.51.100.53
    ok    interface             wwan0 is there
    ok    rp_filter             strict; percept-lte's rule for its own address takes care of that
    ok    other managers        none lays claim to the modem
    ok    percept-lte           online for 3 h 12 min over LTE (Verizon, 100.112.107.46 on wwan0, signal 4 of 5 bars), last proof 2 min ago: dns 198.51.100.53 in 45 ms, through to tcp 1.1.1.1:443 5 min ago
    Nothing is amiss."
  `);
  expect(code).toBe(0);
});

test('a configuration that others may write is found once, whether the daemon warns of it or not', async () => {
  const host = soundHost();
  chmodSync(join(host.context.root, 'etc/percept-lte.yaml'), 0o666);
  const lines = async () => {
    host.printed.length = 0;
    return (await examined(host)).text.split('\n').filter((line) => /^warn.*may be written by others/.test(line));
  };
  const [line, ...more] = await lines();
  expect(line).toMatch(/^warn {2}configuration .*percept-lte.yaml may be written by others/);
  expect(more).toEqual([]);
  const warning = { ...found('configuration-writable'), since: ago(60) };
  host.daemon({ ...online, warnings: [warning] });
  expect(await lines()).toEqual([line]);
});

test('a bare board: everything that is missing is named with its remedy', async () => {
  const { code, text } = await examined(fakeHost(), { onBus: false, version: '', modems: [] });
  expect(code).toBe(1);
  expect(text).toMatch(
    /^fail {2}configuration +\/etc\/percept-lte\.yaml: there is no such file; `percept-lte prepare`/m,
  );
  expect(text).toMatch(/^fail {2}modem +there is none on the USB\n +→ check that it is plugged in, and its power/m);
  expect(text).toMatch(/^fail {2}ModemManager +is not installed\n +→ install/m);
  expect(text).toMatch(/^fail {2}ip +is not installed/m);
  expect(text).toMatch(/^warn {2}ping +is not installed/m);
  expect(text).toMatch(/^warn {2}percept-lte +percept-lte is not running.*\n +→ systemctl enable --now percept-lte/m);
  expect(text).toMatch(/4 to be put right, 2 to be looked at\.$/);
});

test.each([
  [
    '1bc7:0021',
    [['02/02', 'cdc_acm']],
    /fail {2}modem .*\(1bc7:0021\) at USB 3-1 is in neither MBIM nor QMI mode \(drivers: cdc_acm\)\n +→ percept-lte prepare --to mbim \(by hand: .*AT#USBCFG=3, then AT#REBOOT/,
  ],
  [
    '2c7c:0800',
    [['ff/ff', 'option']],
    /is in neither MBIM nor QMI mode \(drivers: option\)\n +→ percept-lte prepare --to mbim \(by hand: .*AT\+QCFG="usbnet",2/,
  ],
  ['12d1:15c1', [['ff/ff', 'option']], /is in neither MBIM nor QMI mode.*\n +→ see its manual/],
  ['1bc7:0036', [['02/0e', '']], /offers MBIM, but the driver cdc_mbim does not have it.*\n +→ modprobe cdc_mbim/],
  [
    '1bc7:0036',
    [['02/0d', 'cdc_ncm']],
    /is in neither MBIM nor QMI mode.*\n +→ if it can do both NCM and MBIM: .*prefer_mbim=Y/,
  ],
  ['1bbb:00b6', [['02/0e', 'cdc_mbim']], /ok {4}modem .*is in MBIM mode/],
  ['2c7c:0125', [['ff/ff', 'qmi_wwan']], /ok {4}modem .*\(2c7c:0125\) at USB 3-1 is in QMI mode/],
  [
    '1bc7:1201',
    [['ff/ff', 'option']],
    /is in neither MBIM nor QMI mode.*\n +→ .*LE910Cx: AT#USBCFG\? shows the mode; AT#USBCFG=7/,
  ],
  ['0bda:8153', [['02/06', 'cdc_ether']], /there is none on the USB/],
] as const)('the modem %s with %j', async (id, interfaces, expected) => {
  const host = soundHost();
  plugIn(host, id, interfaces);
  expect((await examined(host)).text).toMatch(expected);
});

test.each([
  [{ 'proc/200/cmdline': 'ModemManager\0--debug\0' }, /warn {2}ModemManager +runs with --debug/],
  [{ 'proc/200/cmdline': 'ModemManager\0--filter-policy=WHITELIST-ONLY\0' }, /--filter-policy=WHITELIST-ONLY/],
  [{ 'etc/systemd/system/ModemManager.service.d/percept-lte.conf': '' }, /Restart=on-abort: systemd leaves it down/],
  [{ 'sys/class/net/wwan0/address': 'ff:ff:ff:ff:ff:ff' }, /wwan0 has the address ff:.*\n +→ .*prefer_mbim/],
  [
    { 'run/systemd/netif/links/7': 'ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/10-all.network\n' },
    /fail {2}systemd-networkd +systemd-networkd manages wwan0 \(.*10-all\.network\): two would fight.*\n +→ .*Name=wwan0/,
  ],
  [
    { 'run/dhcpcd/pid': '300\n', 'proc/300/status': 'PPid:\t1\n' },
    /fail {2}dhcpcd +dhcpcd asks for an address on every interface, wwan0 among them.*\n +→ .*denyinterfaces wwan0/,
  ],
])('with %j', async (contents, expected) => {
  const host = soundHost();
  host.files(contents as Record<string, string>);
  expect((await examined(host)).text).toMatch(expected);
});

test.each([
  [{ 'run/systemd/netif/links/7': 'ADMIN_STATE=unmanaged\n' }],
  [{ 'run/dhcpcd/pid': '300\n', 'proc/300/status': 'PPid:\t1\n', 'etc/dhcpcd.conf': 'denyinterfaces wwan*\n' }],
  [{ 'run/dhcpcd/pid': '300\n', 'proc/300/status': 'PPid:\t1\n', 'etc/dhcpcd.conf': 'denyinterfaces ww[a-z]n?\n' }],
])('other managers that leave the modem alone: %j', async (contents) => {
  const host = soundHost();
  host.files(contents as Record<string, string>);
  expect((await examined(host)).text).toMatch(/ok {4}other managers +none lays claim to the modem/);
});

test('a bus that hangs while other managers are asked for: the rest is told, and those that files tell of', async () => {
  const host = soundHost();
  host.files({ 'run/systemd/netif/links/7': 'ADMIN_STATE=configured\n' });
  const bus = {
    call: () => Promise.reject(new DeadlineError('NameHasOwner', 2_000)),
    close: () => {},
  } as unknown as Bus;
  const { text } = await examined({ ...host, context: { ...host.context, openBus: () => Promise.resolve(bus) } });
  expect(text).toMatch(/ok {4}ping .*\n(.*\n)*.*fail {2}systemd-networkd +systemd-networkd manages wwan0/);
});

test('a modem whose interface udev renamed is found by what its driver says, and its rivals with it', async () => {
  const host = soundHost();
  host.files({
    'sys/class/net/wwp0s20f0u4i4/address': '02:00:00:00:00:02\n',
    'sys/class/net/wwp0s20f0u4i4/uevent': 'DEVTYPE=wwan\nINTERFACE=wwp0s20f0u4i4\nIFINDEX=8\n',
    'sys/class/net/wwp0s20f0u4i4/ifindex': '8\n',
    'sys/class/net/wlan0/uevent': 'DEVTYPE=wlan\n',
    'run/systemd/netif/links/8': 'ADMIN_STATE=configured\n',
    'run/dhcpcd/pid': '300\n',
    'proc/300/status': 'PPid:\t1\n',
    'etc/dhcpcd.conf': 'denyinterfaces wwan*\n',
  });
  const { text } = await examined(host);
  expect(text).toMatch(/ok {4}interface +wwp0s20f0u4i4 is there/);
  expect(text).toMatch(/systemd-networkd manages wwp0s20f0u4i4.*\n +→ .*Name=wwp0s20f0u4i4/);
  expect(text).toMatch(/dhcpcd asks .*wwp0s20f0u4i4 among them.*\n +→ .*denyinterfaces wwp0s20f0u4i4/);
  expect(text).not.toMatch(/wlan0/);
});

test("the daemon's own DHCP client is no rival", async () => {
  const host = soundHost();
  host.daemon(online);
  host.files({ 'run/dhclient.wwan0.pid': '300\n', 'proc/300/status': `PPid:\t${online.pid}\n` });
  expect((await examined(host)).text).toMatch(/ok {4}other managers +none lays claim to the modem/);
});

test('an ip that does not speak JSON', async () => {
  const host = soundHost();
  host.tool('ip -json link show', 'Option "-json" is unknown, try "ip -help".');
  expect((await examined(host)).text).toMatch(/fail {2}ip +iproute2 ss180813 does not know -json/);
});

test('routes of an earlier run', async () => {
  const host = soundHost();
  host.tool('ip -json route show table all proto 77', '[{"dst":"default","dev":"wwan0"}]');
  expect((await examined(host)).text).toMatch(/warn {2}leftovers +an earlier run left routes behind \(1\)/);
});

test('the interface of a multiplexed call is found by the one below it, or by the daemon that uses it', async () => {
  const host = soundHost();
  host.files({
    'sys/class/net/qmapmux0.0/lower_wwan0/ifindex': '7\n',
    'sys/class/net/rmnet1/ifindex': '9\n',
    'sys/class/net/eth0/ifindex': '2\n',
  });
  host.daemon({ ...online, link: online.link && { ...online.link, interface: 'rmnet1' } });
  const { text } = await examined(host);
  expect(text.match(/interface +\S+/g)).toEqual(
    ['qmapmux0.0', 'rmnet1', 'wwan0'].map((name) => `interface             ${name}`),
  );
});

test.each([
  ['no bus', /^fail {2}system bus +there is none, or it does not answer\n +→ check `systemctl status dbus`/m],
  [{ onBus: false, version: '', modems: [] }, /^fail {2}ModemManager +is not running\n +→ systemctl enable --now/m],
  [{ onBus: true, version: '', modems: [] }, /^fail {2}ModemManager +runs and does not answer/m],
  [onBus(), /^fail {2}modem shown +ModemManager shows none/m],
  [
    onBus(modem({ state: 'failed', stateFailedReason: 'sim-missing' })),
    /^fail {2}SIM .*sim-missing\n +→ insert a SIM/m,
  ],
  [
    onBus(modem({ state: 'locked', unlockRequired: 'sim-pin' })),
    /^fail {2}SIM +is locked \(sim-pin\)\n +→ set sim\.pin in/m,
  ],
  [onBus(modem({ state: 'locked', unlockRequired: 'sim-puk' })), /^fail {2}SIM +is blocked \(sim-puk\)/m],
  [onBus(modem({ state: 'disabled' })), /^fail {2}modem state +is disabled\n +→ systemctl start percept-lte/m],
  [
    onBus(modem({ registrationState: 'denied' })),
    /^fail {2}registration +the network refuses .*\(denied, signal 67 %\)\n +→ ask the operator/m,
  ],
  [
    onBus(modem({ state: 'enabled', registrationState: 'idle', networkRejection: ILLEGAL_ME })),
    /^fail {2}registration +the network refuses .*illegal .*\(cause 6\)\n +→ ask the operator/m,
  ],
  [
    onBus(modem({ state: 'searching', registrationState: 'searching' })),
    /^fail {2}registration +waiting .*\(searching, signal 67 %\)\n +→ check the antenna/m,
  ],
  [onBus(modem()), /^fail {2}bearer +the modem is not connected/m],
] as const)('of %j only the first that is wrong is told, not what follows from it', async (facts, expected) => {
  const host = soundHost();
  plugIn(host, '1bc7:0036', [['02/0e', 'cdc_mbim']]);
  const { code, text } = await examined(host, facts as ModemManagerFacts | 'no bus');
  expect(code).toBe(1);
  expect(text).toMatch(expected);
  expect(text.match(/^fail/gm)).toHaveLength(1);
});

const idle = onBus(modem({ state: 'enabled', registrationState: 'idle' }));
const refusal = { reason: 'the operator has barred this SIM (cause 8)', remedy: 'ask the operator' };

test.each([
  [
    'while it registers: nothing else, and what came of its last attempt',
    { phase: 'registering', reason: 'waiting …; the last attempt failed: the antenna is off', remedy: 'screw it on' },
    /^fail {2}registration +waiting …; the last attempt failed: the antenna is off\n +→ screw it on$/m,
  ],
  [
    'of another phase: after what the modem shows',
    { phase: 'blocked', ...refusal },
    /^fail {2}registration +waiting for .*\(idle, signal 67 %\).*: the operator has barred this SIM \(cause 8\)\n +→ ask/m,
  ],
] as const)('a modem that is not registered is told as `why` tells it, %s', async (_, says, expected) => {
  const host = soundHost();
  plugIn(host, '1bc7:0036', [['02/0e', 'cdc_mbim']]);
  host.daemon({ ...refused, ...says });
  expect((await examined(host, idle)).text).toMatch(expected);
});

test.each([
  ['ip -json address show dev wwan0', '[{"flags":[],"addr_info":[]}]', /^fail {2}link +wwan0 is down/m],
  [
    'ip -json address show dev wwan0',
    '[{"flags":["UP"],"addr_info":[]}]',
    /^fail {2}address +wwan0 lacks 100\.112\.107\.46\/24/m,
  ],
  ['ip -json route show default dev wwan0', '[]', /^fail {2}default route +none through wwan0/m],
  [
    'ping -n -c 1 -W 3 -I wwan0 100.112.107.1',
    '1 received',
    /^ok {4}traffic +passes: 100\.112\.107\.1 answers a ping/m,
  ],
] as const)('a connected modem, and %s says %s', async (argv, output, expected) => {
  const host = soundHost();
  plugIn(host, '1bc7:0036', [['02/0e', 'cdc_mbim']]);
  host.tool(argv, output);
  expect((await examined(host)).text).toMatch(expected);
});

test("the daemon's warnings are told in its own words, and none twice", async () => {
  const host = soundHost();
  host.files({ 'run/systemd/netif/links/7': 'ADMIN_STATE=configured\n' });
  const rival = 'systemd-networkd manages wwan0: two would fight over it';
  const since = ago(60);
  const overlap = { address: '172.17.3.4', network: '172.17.0.0/16', interface: 'docker0', ofContainers: false };
  const filter = { interface: 'wwan0', sysctl: 'wwan0', address: '100.112.107.46', by: 'eth0' };
  host.daemon({
    ...online,
    warnings: [
      { ...found('other-managers', { text: rival, remedy: 'x' }), since },
      { ...found('network-overlap', overlap), since },
      { ...found('rp-filter', filter), since },
    ],
  });
  const { text } = await examined(host);
  expect(text).toMatch(/^warn {2}warning +172\.17\.3\.4 of the carrier lies in .*\n +→ give docker0 another network/m);
  expect(text.split(`${rival}\n`)).toHaveLength(2);
  expect(text.match(/^\w+ +rp_filter .*$/gm)).toEqual([
    expect.stringMatching(/^fail {2}rp_filter +rp_filter of wwan0 is strict/),
  ]);
});

test('while the service runs, what it knows of a modem that is not connected is told, not to start it', async () => {
  const host = soundHost();
  plugIn(host, '1bc7:0036', [['02/0e', 'cdc_mbim']]);
  host.daemon(refused);
  const { text } = await examined(host, onBus(modem({ bearers: [] })));
  expect(text).toMatch(
    /^fail {2}bearer +the modem is not connected: the operator refused APN 'foo'.*\n +→ check connect\.apn/m,
  );
  expect(text).not.toMatch(/systemctl start percept-lte/);
});

test('--json has a code for each finding, and what hides the others', async () => {
  const host = soundHost();
  plugIn(host, '1bc7:0021', [['02/02', 'cdc_acm']]);
  const { code, text } = await examined(host, onBus(), true);
  expect(code).toBe(1);
  const { version, failed, findings } = JSON.parse(text);
  expect([version, failed]).toEqual([1, 1]);
  expect(findings).toContainEqual(expect.objectContaining({ code: 'usb-mode', state: 'fail' }));
  expect(findings).toContainEqual(expect.objectContaining({ code: 'modem', state: 'fail', because: 'usb-mode' }));
});

test.each([
  ['1.12.8', /version 1\.12\.8 is older than 1\.14, which nobody has tried/],
  ['1.14.0', undefined],
  ['2.0.0', undefined],
])('ModemManager %s', async (version, said) => {
  const { text } = await examined(soundHost(), { ...sound, version });
  if (said === undefined) expect(text).not.toMatch(/older than/);
  else expect(text).toMatch(said);
});

test('a bug in a tool’s runner is no tool that is missing', async () => {
  const host = soundHost();
  const commands = { ...host.context.commands, run: () => Promise.reject(new TypeError('a bug')) };
  await expect(examined({ ...host, context: { ...host.context, commands } })).rejects.toThrow('a bug');
});
