// Whether the board has another way out, which a reboot for the modem's sake would take away.
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { provenUplink } from '../../../src/daemon/uplink-ports.ts';
import type { Uplink } from '../../../src/network/uplinks.ts';
import { CommandError } from '../../../src/system/command.ts';
import { silentLog } from '../silent-log.ts';
import { SteppedClock } from '../stepped-clock.ts';

const eth0: Uplink = { family: 4, interface: 'eth0', metric: 100, usable: true };
const wlan0: Uplink = { ...eth0, interface: 'wlan0', metric: 600 };
const wwan0: Uplink = { ...eth0, interface: 'wwan0', metric: 700 };

/** The uplink that is found, where pings are answered over these interfaces. */
function found(uplinks: readonly Uplink[], answering: readonly string[], hop = '[{"prefsrc":"192.0.2.2"}]') {
  const config = parseConfig('connect: { apn: web }\nprobe: { targets: [icmp 9.9.9.9] }', 'f.yaml');
  const carried = { rxBytes: 0, txBytes: 0, rxPackets: 0, hasArp: true };
  const parts = {
    clock: new SteppedClock(),
    log: silentLog,
    commands: {
      run: (argv: readonly string[]) => {
        if (argv[0] === 'ip') return Promise.resolve(hop);
        const answers = answering.some((name) => argv.includes(name));
        carried.txBytes += 98;
        if (answers) carried.rxBytes += 98;
        return answers ? Promise.resolve('') : Promise.reject(new CommandError(argv, 1, ''));
      },
      follow: () => Promise.reject(new Error('not asked for')),
    },
    counters: () => Promise.resolve({ ...carried }),
    config: () => config,
    plan: { isQuiet: false, spent: () => {} },
    ownInterfaces: () => ['wwan0'],
    kernel: { listen: () => {}, uplinks: () => Promise.resolve(uplinks) },
  };
  return provenUplink(parts, new AbortController().signal);
}

test('the way that answers is the other uplink, whichever comes first', async () => {
  expect(await found([eth0, wlan0, wwan0], ['wlan0'])).toBe('wlan0');
});

test('a default route into nowhere is no other uplink', async () => {
  expect(await found([eth0, wwan0], [])).toBeUndefined();
});

test('the modem’s own way, and one without a cable, are none', async () => {
  expect(await found([wwan0, { ...eth0, usable: false }], ['wwan0', 'eth0'])).toBeUndefined();
});

test('a way that cannot be asked may be the one that somebody works on: it counts', async () => {
  expect(await found([eth0, wwan0], [], '[{}]')).toBe('eth0');
});
