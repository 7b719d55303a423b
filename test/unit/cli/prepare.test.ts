// prepare, on hosts laid out in folders, with a modem that speaks AT: what it does to the modem,
// what it leaves alone, and what it tells a person.
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../src/cli/check.ts';
import { prepare } from '../../../src/cli/prepare.ts';
import { dialects } from '../../world/at/modem.ts';
import { CONFIG, changes, desk, MBIM, SERIAL } from './desk.ts';
import { type FakeHost, plugIn, unplug } from './fake-context.ts';

test('a MultiTech as it comes out of its box: changed, restarted, and back in MBIM mode', async () => {
  const board = desk();
  expect(await board.run()).toBe(0);
  expect(changes(board)).toEqual(['AT#USBCFG=3', 'AT#REBOOT']);
  expect(board.text()).toMatchInlineSnapshot(`
    "Telit (MultiTech) (1bc7:0036) at USB 3-1 is in neither MBIM nor QMI mode (drivers: cdc_acm)
    /dev/ttyACM0 answers AT: FIH7160, USB mode 0 (serial ports)
    FIH7160 now has MBIM mode, and restarts
    it is back in MBIM mode
    /etc/percept-lte.yaml is there already; left as it is
    ok: /etc/percept-lte.yaml (apn web, ip-type ipv4, metric 700)
    Next:
      1. percept-lte doctor --config /etc/percept-lte.yaml
      2. systemctl enable --now percept-lte
      3. percept-lte status --watch"
  `);
});

test.each([
  ['le910cx', '0', '1bc7:1201', ['AT#USBCFG=7', 'AT#REBOOT']],
  ['quectel', '1', '2c7c:0800', ['AT+QCFG="usbnet",2', 'AT+CFUN=1,1']],
  ['simcom', '9011', '1e0e:9011', ['AT+CUSBPIDSWITCH=9003,1,1']],
  ['fibocom', '0', '8087:095a', ['AT+GTUSBMODE=7', 'AT+CFUN=15']],
] as const)('a modem of the family %s gets its own commands', async (name, mode, id, expected) => {
  const board = desk(dialects[name], { mode, id });
  // It comes back under another product id; what counts are its interfaces.
  expect(await board.run()).toBe(0);
  expect(changes(board)).toEqual(expected);
});

test('asked for nothing, it says which mode the modem has and changes nothing', async () => {
  const board = desk();
  expect(await board.run({ to: undefined, yes: false })).toBe(0);
  expect(changes(board)).toEqual([]);
  expect(board.text()).toMatch(/answers AT: FIH7160, USB mode 0 \(serial ports\)/);
  expect(board.text()).toMatch(/Next:\n {2}1\. percept-lte prepare --to mbim/);
});

test('--dry-run says what it would send, and changes neither modem nor files', async () => {
  const board = desk();
  expect(await board.run({ dryRun: true, configPath: join(board.host.context.root, 'none.yaml') })).toBe(0);
  expect(changes(board)).toEqual([]);
  expect(board.text()).toMatch(/would send AT#USBCFG=3, then AT#REBOOT; nothing was changed/);
  expect(() => statSync(join(board.host.context.root, 'none.yaml'))).toThrow('ENOENT');
});

test('without --yes and without a terminal it changes nothing and says --yes', async () => {
  const board = desk();
  expect(await board.run({ yes: false })).toBe(1);
  expect(changes(board)).toEqual([]);
  expect(board.text()).toMatch(/nobody is there to be asked.*nothing was changed\n→ say --yes/);
});

test('a person who says no', async () => {
  const board = desk();
  const context = { ...board.host.context, confirm: () => Promise.resolve(false) };
  expect(await board.run({ yes: false }, context)).toBe(1);
  expect(changes(board)).toEqual([]);
  expect(board.text()).toMatch(/left as it is; nothing was changed/);
});

test('the first port is deaf (a GPS port): the next is tried', async () => {
  const board = desk();
  board.deaf.add('/dev/ttyACM0');
  expect(await board.run()).toBe(0);
  expect(board.opened).toEqual(['/dev/ttyACM0', '/dev/ttyACM3']);
});

test('no port answers', async () => {
  const board = desk();
  board.deaf.add('/dev/ttyACM0').add('/dev/ttyACM3');
  expect(await board.run()).toBe(1);
  expect(board.text()).toMatch(/no port answers AT: \/dev\/ttyACM0 does not answer AT; .*\n→ close programs that use/);
});

test.each([
  ['AT+CGMM', '\r\nME910C1-WW\r\n\r\nOK\r\n', /nothing is known of how a modem 'ME910C1-WW'/],
  ['AT+CGMM', '\r\nLE910C4-WWX\r\n\r\nOK\r\n', /nothing is known of how a modem 'LE910C4-WWX'/],
  ['AT+CGMM', '\r\nOK\r\n', /a modem that does not say its model/],
  ['AT+CGMM', '\r\n\x1b[2J\x1b]0;evil\x07\r\n\r\nOK\r\n', /nothing is known of how a modem '\[2J\]0;evil'/],
  [
    'AT#USBCFG?',
    '\r\n#USBCFG: ninety\r\n\r\nOK\r\n',
    /something that is no mode: #USBCFG: ninety\n→ .*nothing was changed/,
  ],
  ['AT#USBCFG?', '\r\nERROR\r\n', /the modem refuses AT#USBCFG\?: ERROR\n→ nothing was changed/],
  ['AT#USBCFG?', undefined, /does not answer AT#USBCFG\? within .*\n→ nothing was changed/],
  ['AT#USBCFG=3', '\r\n+CME ERROR: 3\r\n', /refuses AT#USBCFG=3: \+CME ERROR: 3; the modem is as it was, in mode 0/],
  ['AT#USBCFG=3', '\r\nOK\r\n', /said OK to AT#USBCFG=3, and is still set to mode 0/],
] as const)('a modem that answers %s with %j is not restarted', async (command, lie, said) => {
  const board = desk();
  board.modem.lies.set(command, lie);
  expect(await board.run()).toBe(1);
  expect(board.modem.heard).not.toContain('AT#REBOOT');
  expect(board.text()).toMatch(said);
  expect(board.text()).not.toContain('\x1b');
});

test('a modem that refuses to restart: a person is told to pull the plug, and it is waited for', async () => {
  const board = desk();
  board.modem.lies.set('AT#REBOOT', '\r\nERROR\r\n');
  let looks = 0;
  board.host.whenSleeping(() => {
    looks += 1;
    if (looks === 5) unplug(board.host);
    if (looks === 9) plugIn(board.host, '1bc7:0032', MBIM);
  });
  expect(await board.run()).toBe(0);
  expect(board.text()).toMatch(/refuses AT#REBOOT \(ERROR\): pull its plug and put it in again now/);
});

test.each([
  [() => {}, /does not restart within 120 s\n→ pull its plug/],
  [(host: FakeHost) => unplug(host), /went, and has not come back within 120 s\n→ pull its plug/],
])('a modem that does not come back is told of', async (act, said) => {
  const board = desk();
  board.modem.lies.set('AT#REBOOT', '\r\nOK\r\n');
  let looks = 0;
  board.host.whenSleeping(() => {
    looks += 1;
    if (looks === 2) act(board.host);
  });
  expect(await board.run()).toBe(1);
  expect(board.text()).toMatch(said);
});

test('a modem that comes back in another mode than it was told', async () => {
  const board = desk();
  board.modem.lies.set('AT#REBOOT', '\r\nOK\r\n');
  let looks = 0;
  board.host.whenSleeping(() => {
    looks += 1;
    if (looks === 1) unplug(board.host);
    if (looks === 3) plugIn(board.host, '1bc7:0036', SERIAL);
  });
  expect(await board.run()).toBe(1);
  expect(board.text()).toMatch(/is back, and not in MBIM mode \(drivers: cdc_acm\)/);
});

test('Ctrl-C before anything was sent leaves the modem as it was', async () => {
  const board = desk();
  const context = {
    ...board.host.context,
    confirm: () => {
      board.host.interrupt();
      return Promise.resolve(true);
    },
  };
  expect(await board.run({ yes: false }, context)).toBe(1);
  expect(changes(board)).toEqual([]);
  expect(board.text()).toMatch(/interrupted; nothing was changed/);
});

test('Ctrl-C while the modem restarts: it is told that the modem comes back by itself', async () => {
  const board = desk();
  board.modem.lies.set('AT#REBOOT', '\r\nOK\r\n');
  board.host.whenSleeping(() => board.host.interrupt());
  expect(await board.run()).toBe(1);
  expect(board.text()).toMatch(/interrupted; the modem comes back in MBIM mode by itself/);
});

test.each([
  ['2c7c:0125', [['ff/ff', 'qmi_wwan']], 'is in QMI mode already; nothing to change'],
  ['1bc7:0032', MBIM, 'is in MBIM mode already; nothing to change'],
] as const)('a modem that works as it is (%s) is left alone', async (id, interfaces, said) => {
  const board = desk();
  plugIn(board.host, id, interfaces);
  expect(await board.run()).toBe(0);
  expect(board.opened).toEqual([]);
  expect(board.text()).toContain(said);
});

test('a host without a modem: the configuration is prepared all the same, and --to says what is missing', async () => {
  const board = desk();
  unplug(board.host);
  expect(await board.run({ to: undefined })).toBe(0);
  expect(await board.run()).toBe(1);
  expect(board.text()).toMatch(/there is no modem to change\n→ plug it in/);
});

test('prepare writes a configuration that check finds good, closed to others', async () => {
  const board = desk();
  unplug(board.host);
  const path = join(board.host.context.root, 'c.yaml');
  expect(await board.run({ to: undefined, configPath: path })).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(board.text()).toContain('wrote /c.yaml');
  expect(board.text()).toContain('set connect.apn');
  expect(await check(board.host.context, path)).toBe(0);
});

test('prepare leaves a configuration that is there as it is', async () => {
  const board = desk();
  unplug(board.host);
  const path = join(board.host.context.root, CONFIG);
  chmodSync(path, 0o644);
  expect(await board.run({ to: undefined })).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe('connect: { apn: web }');
  expect(board.text()).toContain('/etc/percept-lte.yaml is there already; left as it is');
});

test('prepare that cannot write says so', async () => {
  const board = desk();
  unplug(board.host);
  expect(await board.run({ to: undefined, configPath: join(board.host.context.root, 'none', 'c.yaml') })).toBe(1);
  expect(board.text()).toMatch(/cannot be written .*are you root\?$/m);
});

test('a configuration that is bad is told of, and nothing is started', async () => {
  const board = desk();
  unplug(board.host);
  board.host.files({ [CONFIG]: 'connect: { apm: web }' });
  expect(await board.run({ to: undefined })).toBe(78);
  expect(board.text()).toMatch(/1\. mend \/etc\/percept-lte\.yaml/);
});

test('several modems in another mode: which one is meant is not guessed', async () => {
  const board = desk();
  const other = 'sys/bus/usb/devices/3-2';
  board.host.files({ [`${other}/idVendor`]: '2c7c\n', [`${other}/idProduct`]: '0125\n' });
  board.host.files({ [`${other}:1.0/bInterfaceClass`]: 'ff\n', [`${other}:1.0/bInterfaceSubClass`]: 'ff\n' });
  board.host.link(`${other}:1.0/driver`, '../../../bus/usb/drivers/option');
  expect(await board.run()).toBe(1);
  expect(board.opened).toEqual([]);
  expect(board.text()).toMatch(/several modems in another mode: .*at USB 3-1, .*at USB 3-2\n→ leave only one/);
});

test('a modem that offers MBIM without a driver needs a driver, and no other mode', async () => {
  const board = desk();
  plugIn(board.host, '1bc7:0032', [
    ['02/0e', ''],
    ['02/02', 'cdc_acm', 'ttyACM0'],
  ]);
  expect(await board.run()).toBe(1);
  expect(board.opened).toEqual([]);
  expect(board.text()).toMatch(/offers MBIM, but no driver has it\n→ modprobe cdc_mbim; its mode needs no change/);
});

test('a serial port that is in sysfs and not in /dev is told by its name', async () => {
  const board = desk();
  plugIn(board.host, '1bc7:0036', [['02/02', 'cdc_acm', 'ttyACM99']]);
  const options = { configPath: join(board.host.context.root, CONFIG), to: 'mbim', yes: true, dryRun: false } as const;
  expect(await prepare(board.host.context, options)).toBe(1);
  expect(board.text()).toMatch(/no port answers AT: \/dev\/ttyACM99 cannot be opened: it is not there/);
});

test('MBIM that is stored already and not in force is said to want a restart alone', async () => {
  const board = desk(undefined, { mode: '3' });
  expect(await board.run({ to: undefined })).toBe(0);
  expect(board.text()).toMatch(/MBIM is stored already: the modem has not been restarted since/);
});
