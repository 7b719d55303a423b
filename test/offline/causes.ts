// What keeps a board offline, each brought about in a world as it comes about in the field.
import { MINIMAL_CONFIG } from '../scenario/daemon.ts';
import { profiles } from '../world/profiles.ts';
import type { World, WorldOptions } from '../world/world.ts';

export interface Cause {
  readonly name: string;
  /** How it is brought about, for the page. */
  readonly how: string;
  readonly world?: WorldOptions;
  readonly config?: string;
  /** Before the service starts. */
  readonly before?: (world: World) => Promise<unknown>;
  /** Once it is online. */
  readonly later?: (world: World) => Promise<unknown>;
  /** What `why` says at last: until then it is not asked for the page. */
  readonly until: RegExp;
}

const withPin = (pin: string) => `${MINIMAL_CONFIG}sim:\n  pin: "${pin}"\n`;
const always = { times: 'always' } as const;

/** Refuses what leaves or comes in by the modem's interface. */
const firewall = (hook: 'output' | 'input', by: string) => (world: World) =>
  world.run(['nft', `table inet host { chain c { type filter hook ${hook} priority 0; ${by} wwan0 drop; }; }`]);

const inhibit = async (world: World): Promise<void> => {
  const device = `/sys/${profiles.multitech.usb.path}`;
  await world.spawn(['chroot', world.places.root, '/usr/bin/mmcli', `--inhibit-device=${device}`]);
  await world.modemManager.waitForNoModem();
};

const HOST: readonly Cause[] = [
  { name: 'No modem', how: 'nothing is plugged in', world: { plugged: false }, until: /no modem/ },
  {
    name: 'The modem is in another USB mode',
    how: 'a Telit as it comes out of its box: serial ports only',
    world: { serial: true },
    until: /MBIM/,
  },
  {
    name: 'ModemManager does not run',
    how: '`systemctl stop ModemManager`, and nothing starts it',
    world: { startModemManager: false },
    until: /ModemManager is not on the system bus/,
  },
  {
    name: 'Somebody has taken the modem',
    how: '`mmcli --inhibit-device`, as a firmware update does',
    before: inhibit,
    until: /no modem/,
  },
  {
    name: 'The configuration cannot be used',
    how: 'a key with a typing error, and nothing proven before: the service ends with 78',
    config: `${MINIMAL_CONFIG}  ip-typ: ipv4\n`,
    until: /not running/,
  },
  {
    name: 'A firewall of the board forbids what leaves',
    how: 'an nftables chain drops what leaves by wwan0',
    before: firewall('output', 'oifname'),
    until: /firewall or route/,
  },
  {
    name: 'A firewall of the board drops the answers',
    how: 'an nftables chain drops what comes in by wwan0',
    before: firewall('input', 'iifname'),
    until: /dropped on this host/,
  },
];

const SIM: readonly Cause[] = [
  { name: 'No SIM', how: 'the tray is empty', before: ({ sim }) => sim.remove(), until: /no SIM/ },
  {
    name: 'The SIM wants a PIN',
    how: 'a SIM with a PIN, and none in the configuration',
    world: { sim: { pin: '1234' } },
    until: /wants a PIN/,
  },
  {
    name: 'The SIM refuses the PIN',
    how: '`sim.pin` is not that of the SIM',
    config: withPin('9999'),
    world: { sim: { pin: '1234' } },
    until: /refused the configured PIN/,
  },
  {
    name: 'The SIM wants its PUK',
    how: 'the PIN was entered wrong three times',
    world: { sim: { pin: '1234', retries: 0 } },
    until: /PUK/,
  },
];

const NETWORK: readonly Cause[] = [
  {
    name: 'No coverage',
    how: 'the network goes out of reach',
    later: ({ modem }) => modem.deregister(),
    until: /waiting for the modem to register|coverage/,
  },
  {
    name: 'The network refuses to register the SIM',
    how: 'cause 11, PLMN not allowed; ModemManager before 1.24 does not tell it',
    later: ({ modem }) => modem.denyRegistration(11),
    until: /refus/,
  },
  {
    name: 'The radio is off',
    how: 'the hardware switch (W_DISABLE)',
    before: ({ radio }) => radio.setHardware(false),
    until: /radio/,
  },
  {
    name: 'The modem has an FCC lock',
    how: 'it takes the wish to switch its radio on, and leaves it off',
    before: ({ radio }) => radio.lock(),
    until: /FCC|radio/,
  },
  {
    name: 'Roaming is switched off in the configuration',
    how: '`connect.allow-roaming: false`, and a network abroad',
    config: `${MINIMAL_CONFIG}  allow-roaming: false\n`,
    before: ({ modem }) => modem.setOperator({ id: '20801', name: 'F-Orange', as: 'roaming' }),
    until: /roaming is switched off/,
  },
  {
    name: 'The APN is refused',
    how: 'cause 27, missing or unknown APN',
    before: ({ modem }) => modem.subscribe(['internet']),
    until: /APN/,
  },
  {
    name: 'The plan has no such service',
    how: 'cause 33, requested service option not subscribed',
    before: ({ modem }) => modem.refuseConnect({ networkError: 33, ...always }),
    until: /cause 33/,
  },
  {
    name: 'User name or password are refused',
    how: 'cause 29, and none in the configuration',
    before: ({ modem }) => modem.requireCredentials({ user: 'fleet', password: 'other' }),
    until: /cause 29|password/,
  },
  {
    name: 'The network is overloaded',
    how: 'cause 26, insufficient resources',
    before: ({ modem }) => modem.refuseConnect({ networkError: 26, ...always }),
    until: /cause 26/,
  },
];

const TRAFFIC: readonly Cause[] = [
  {
    name: 'The bearer is up and silent',
    how: 'the carrier swallows every packet from one moment on',
    config: `${MINIMAL_CONFIG}probe:\n  interval: 10s\n`,
    later: ({ carrier }) => carrier.swallow(true),
    until: /nothing answers/,
  },
  {
    name: 'The bearer was silent from the start',
    how: 'the carrier swallows every packet',
    before: ({ carrier }) => carrier.swallow(true),
    until: /no probe has been answered|nothing answers/,
  },
  {
    name: 'The carrier answers, and nothing beyond it does',
    how: 'the plan is used up: its name server answers, and that is all',
    before: ({ carrier }) => carrier.garden(''),
    until: /nothing beyond it does/,
  },
];

export const causes: readonly Cause[] = [...HOST, ...SIM, ...NETWORK, ...TRAFFIC];
