// Every key of /etc/percept-lte.yaml: its kind, its default as a person would write it, and what it
// does. The one place for all three. Keys keep their written names (`config.connect['ip-type']`);
// durations come out in milliseconds, sizes in bytes.
import * as z from 'zod';
import { APPLIED_MTU } from '../ip/mtu.ts';
import {
  apn,
  destinations,
  duration,
  ipAddress,
  oneOf,
  PASSWORD,
  PIN,
  probeTarget,
  secretText,
  size,
  text,
  wholeNumber,
  yesOrNo,
} from './scalars.ts';

/**
 * The kernel's metrics have 32 bits, and a link that is found dead gets 20000 more
 * (DEAD_LINK_PENALTY).
 */
const MOST_METRIC = 4_294_967_295 - 20_000;

/**
 * Attempts an hour that a carrier allows. Verizon's certification asks for at most 4 (GSMA TS.34
 * leaves the number to the carrier).
 */
const ATTEMPTS_PER_HOUR = { default: 30, verizon: 4 } as const;

const secretFile = (what: string) =>
  text(`the path of a file that holds ${what}, or the name of a systemd credential`).optional();

const section = <S extends z.core.$ZodLooseShape>(keys: S) =>
  z.strictObject(keys, 'a section: its keys, each on a line of its own, further in');

/**
 * The rule that two keys exclude each other; also checked when other keys are wrong, so that one
 * error tells everything.
 */
const onlyOneOf = (a: string, b: string): [check: (keys: object) => boolean, params: OnlyOneParams] => [
  (keys) => !(a in keys && b in keys),
  {
    path: [b],
    message: `only one of ${a} and ${b}`,
    when: ({ value }) => typeof value === 'object' && value !== null,
  },
];
interface OnlyOneParams {
  path: string[];
  message: string;
  when: (payload: { value: unknown }) => boolean;
}

const connect = section({
  apn: apn()
    .describe(
      'Access point name: one, a list to try in order, or auto (those known for the operator of the SIM, then its default). Required.',
    )
    .meta({ example: 'vzwinternet' }),
  'ip-type': oneOf('ipv4', 'ipv6', 'ipv4v6').prefault('ipv4').describe('Address families to ask the carrier for.'),
  user: text('a user name')
    .optional()
    .describe('User name, where the carrier asks for one.')
    .meta({ example: 'somebody' }),
  password: secretText('a password', PASSWORD)
    .optional()
    .describe('Password; then this file needs mode 0600.')
    .meta({ example: 'secret' }),
  'password-file': secretFile('the password')
    .describe('File (mode 0600) or systemd credential with the password.')
    .meta({ example: '/etc/percept-lte.password' }),
  'allowed-auth': z
    .array(oneOf('none', 'pap', 'chap', 'mschap', 'mschapv2', 'eap'), 'a list of authentication methods')
    .min(1, 'a list of at least one authentication method')
    .optional()
    .describe('Authentication methods to offer; without it the modem chooses.')
    .meta({ example: ['chap', 'pap'] }),
  'attach-apn': text('an access point name, keep, same or none', /^[A-Za-z0-9.-]{1,100}$/)
    .prefault('keep')
    .describe(
      'APN for attaching to LTE: keep (what the modem has), same (as apn), none (the network chooses), or a name.',
    ),
  'allow-roaming': yesOrNo().prefault(true).describe("Whether to connect in another carrier's network."),
})
  .refine(...onlyOneOf('password', 'password-file'))
  .describe('How to connect, in the words of mmcli --simple-connect.');

const sim = section({
  pin: secretText('a PIN of 4 to 8 digits', PIN)
    .optional()
    .describe('PIN, in quotes; then this file needs mode 0600.')
    .meta({ example: '1234' }),
  'pin-file': secretFile('the PIN')
    .describe('File (mode 0600) or systemd credential with the PIN.')
    .meta({ example: '/etc/percept-lte.pin' }),
})
  .refine(...onlyOneOf('pin', 'pin-file'))
  .prefault({})
  .describe('The SIM. A PIN that it refused once is never sent again; a PUK is never sent.');

const modem = section({
  match: section({
    'equipment-identifier': text('an IMEI').optional().describe('IMEI.').meta({ example: '490154203237518' }),
    device: text(
      'the path under /sys that mmcli prints, or its last part',
      /^(\/sys\/[^\p{Cc}]{1,250}|[\w.:@-]{1,64})$/u,
    )
      .optional()
      .describe('Physical device, as mmcli prints it, or the last part of its path: the socket it is plugged into.')
      .meta({ example: '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1' }),
    model: text('a model').optional().describe('Model, as mmcli prints it.').meta({ example: 'FIH7160' }),
    plugin: text('a plugin')
      .optional()
      .describe("ModemManager's plugin, as mmcli prints it.")
      .meta({ example: 'telit' }),
    'primary-port': text('a port such as cdc-wdm0', /^[\w.-]{1,64}$/)
      .optional()
      .describe('Primary port, such as cdc-wdm0.')
      .meta({ example: 'cdc-wdm0' }),
  })
    .prefault({})
    .describe(
      'What the modem must be, when there are several; all keys that are given must fit. Default: the only modem.',
    ),
})
  .prefault({})
  .describe('Which modem.');

const network = section({
  metric: wholeNumber(1, MOST_METRIC)
    .prefault(700)
    .describe('Metric of the default route; above ethernet (100) and Wi-Fi (600), so that those are used first.'),
  'default-route': yesOrNo().prefault(true).describe('Whether to add a default route.'),
  'take-over': oneOf('auto', 'off')
    .prefault('auto')
    .describe('Whether LTE goes before a better uplink through which nothing answers, until it answers again.'),
  dns: z
    .union(
      [z.literal('auto'), z.literal('off'), z.array(ipAddress(), 'addresses').min(1, 'at least one address').max(8)],
      {
        error:
          'auto, off or a list of at most 8 addresses, without zones (%wwan0) and not of the form ::ffff:192.0.2.1',
      },
    )
    .prefault('auto')
    .describe("Name servers: the carrier's (auto), these, or none (off)."),
  mtu: z
    .union([z.literal('auto'), wholeNumber(APPLIED_MTU.least[4], APPLIED_MTU.most)], {
      error: `auto or a whole number from ${APPLIED_MTU.least[4]} to ${APPLIED_MTU.most}`,
    })
    .prefault('auto')
    .describe("Bytes; auto is the bearer's."),
})
  .prefault({})
  .describe('The host side of the link.');

/** A round is over within 3 s, and each target is to have a second of it. */
const MAX_TARGETS = 6;

/** One port and its fall-back, at two places at most. */
const MAX_DESTINATIONS = 4;

const probe = section({
  interval: duration({ min: '10s', max: '24h', off: true })
    .prefault('5m')
    .describe(
      'How long a link may be idle before it is probed; off: never while idle. Received traffic is proof enough.',
    ),
  targets: z
    .array(probeTarget(), 'a list of targets')
    .min(1, 'a list of at least one target')
    .max(MAX_TARGETS, `a list of at most ${MAX_TARGETS} targets`)
    .prefault(['dns', 'tcp 1.1.1.1:443', 'icmp 8.8.8.8'])
    .describe('Asked in this order until one answers; any answer, also a refusal, is proof.'),
  destination: destinations(MAX_DESTINATIONS)
    .optional()
    .describe(
      'Where traffic is to get through to: tls HOST:PORT or an https URL (with the certificate checked), or tcp HOST:PORT; one that answers is enough. Asked after each connect and every 6 h.',
    )
    .meta({ example: 'tls myhub.azure-devices.net:8883' }),
  'dns-name': text('a host name', /^[A-Za-z0-9.-]{1,253}$/)
    .prefault('a.root-servers.net')
    .describe(
      'The name that is asked for in a DNS probe. The answer for the default is small and known: a wrong one is a portal.',
    ),
  'daily-budget': size()
    .prefault('200kB')
    .describe('Most that idle probing, and asking beyond the carrier, may send and receive in 24 hours.'),
})
  .prefault({})
  .describe('How it is proven that traffic passes.');

const recovery = section({
  schedule: z
    .array(duration({ min: '0s', max: '24h' }), 'a list of durations')
    .min(1, 'a list of at least one duration')
    .max(50, 'a list of at most 50 durations')
    .prefault(['0s', '1s', '3s', '10s', '30s', '60s', '120s'])
    .describe('Waits before the attempts after a loss, each ±25 %; the last one repeats.'),
  'attempts-per-hour': wholeNumber(1, 3600)
    .optional()
    .describe("Most attempts in an hour, counted across restarts and reboots. Default: the carrier profile's.")
    .meta({ default: ATTEMPTS_PER_HOUR.default }),
  'carrier-profile': oneOf('default', 'verizon')
    .prefault('default')
    .describe(
      `Rules of the carrier: default (${ATTEMPTS_PER_HOUR.default} attempts an hour) or verizon (${ATTEMPTS_PER_HOUR.verizon}).`,
    ),
  'boot-spread': duration({ min: '0s', max: '1h' })
    .prefault('5s')
    .describe('After a power cut, boards start their first attempt spread over this time.'),
  trial: duration({ min: '10s', max: '24h', off: true })
    .prefault('10m')
    .describe(
      'How long a change of connect, modem or network may take to carry traffic, before what worked last is used again; off: for ever.',
    ),
  'reset-modem': oneOf('auto', 'never').prefault('auto').describe('Whether the modem may be reset.'),
  'usb-reauthorise': oneOf('auto', 'never').prefault('auto').describe('Whether its USB port may be cycled.'),
  'restart-modemmanager': oneOf('auto', 'never').prefault('auto').describe('Whether ModemManager may be restarted.'),
  reboot: oneOf('never', 'allowed')
    .prefault('never')
    .describe('Whether the board may be rebooted, as the last resort, once a day, never while another uplink works.'),
})
  .transform((r) => ({ ...r, 'attempts-per-hour': r['attempts-per-hour'] ?? ATTEMPTS_PER_HOUR[r['carrier-profile']] }))
  .prefault({})
  .describe('What is done when the link is lost, and how far it may go.');

export const ConfigSchema = section({
  connect,
  sim,
  modem,
  network,
  probe,
  recovery,
  'on-stop': oneOf('disconnect', 'keep')
    .prefault('disconnect')
    .describe('What happens to the link when the service is stopped: taken down, or kept as it is.'),
  metrics: section({
    socket: yesOrNo()
      .prefault(false)
      .describe(
        'Whether scrapers may ask for the metrics at /run/percept-lte/metrics.sock (GET /metrics); metrics.prom has them in any case.',
      ),
  })
    .prefault({})
    .describe('Metrics for Prometheus.'),
  log: section({
    level: oneOf('trace', 'debug', 'info', 'warn', 'error').prefault('info').describe('Least level that is written.'),
  })
    .prefault({})
    .describe('The log, in the journal.'),
});

/**
 * A valid configuration with every default filled in; `password` and `pin` are also filled in from
 * their files (load.ts).
 */
export type Config = z.output<typeof ConfigSchema>;
