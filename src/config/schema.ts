// Every key of /etc/percept-lte.yaml: its kind, its default as a person would write it, and what it
// does. The one place for all three (the keys of `connect` and `profiles` are in
// connect-schema.ts). Keys keep their written names (`config.connect['ip-type']`); durations come
// out in milliseconds, sizes in bytes.
import * as z from 'zod/mini';
import { APPLIED_MTU } from '../ip/mtu.ts';
import { about } from '../system/about.ts';
import { connect, profiles } from './connect-schema.ts';
import {
  destinations,
  duration,
  ipAddress,
  oneOf,
  onlyOneOf,
  PIN,
  probeTarget,
  secretFile,
  secretText,
  section,
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

const sim = section({
  pin: about(z.optional(secretText('a PIN of 4 to 8 digits', PIN)), 'PIN, in quotes; then this file needs mode 0600.', {
    example: '1234',
  }),
  'pin-file': about(secretFile('the PIN'), 'File (mode 0600) or systemd credential with the PIN.', {
    example: '/etc/percept-lte.pin',
  }),
}).check(onlyOneOf('pin', 'pin-file'));

const match = section({
  'equipment-identifier': about(z.optional(text('an IMEI')), 'IMEI.', { example: '490154203237518' }),
  device: about(
    z.optional(
      text('the path under /sys that mmcli prints, or its last part', /^(\/sys\/[^\p{Cc}]{1,250}|[\w.:@-]{1,64})$/u),
    ),
    'Physical device, as mmcli prints it, or the last part of its path: the socket it is plugged into.',
    { example: '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1' },
  ),
  model: about(z.optional(text('a model')), 'Model, as mmcli prints it.', { example: 'FIH7160' }),
  plugin: about(z.optional(text('a plugin')), "ModemManager's plugin, as mmcli prints it.", { example: 'telit' }),
  'primary-port': about(
    z.optional(text('a port such as cdc-wdm0', /^[\w.-]{1,64}$/)),
    'Primary port, such as cdc-wdm0.',
    { example: 'cdc-wdm0' },
  ),
});

const modem = section({
  match: about(
    z.prefault(match, {}),
    'What the modem must be, when there are several; all keys that are given must fit. Default: the only modem.',
  ),
});

const dns = z.union(
  [
    z.literal('auto'),
    z.literal('off'),
    z.array(ipAddress(), 'addresses').check(z.minLength(1, 'at least one address'), z.maxLength(8)),
  ],
  {
    error: 'auto, off or a list of at most 8 addresses, without zones (%wwan0) and not of the form ::ffff:192.0.2.1',
  },
);

const mtu = z.union([z.literal('auto'), wholeNumber(APPLIED_MTU.least[4], APPLIED_MTU.most)], {
  error: `auto or a whole number from ${APPLIED_MTU.least[4]} to ${APPLIED_MTU.most}`,
});

const network = section({
  metric: about(
    z.prefault(wholeNumber(1, MOST_METRIC), 700),
    'Metric of the default route; above ethernet (100) and Wi-Fi (600), so that those are used first.',
  ),
  'default-route': about(z.prefault(yesOrNo(), true), 'Whether to add a default route.'),
  'take-over': about(
    z.prefault(oneOf('auto', 'off'), 'auto'),
    'Whether LTE goes before a better uplink through which nothing answers, until it answers again.',
  ),
  dns: about(z.prefault(dns, 'auto'), "Name servers: the carrier's (auto), these, or none (off)."),
  mtu: about(z.prefault(mtu, 'auto'), "Bytes; auto is the bearer's."),
});

/** A round is over within 3 s, and each target is to have a second of it. */
const MAX_TARGETS = 6;

/** One port and its fall-back, at two places at most. */
const MAX_DESTINATIONS = 4;

const targets = z
  .array(probeTarget(), 'a list of targets')
  .check(
    z.minLength(1, 'a list of at least one target'),
    z.maxLength(MAX_TARGETS, `a list of at most ${MAX_TARGETS} targets`),
  );

const probe = section({
  interval: about(
    z.prefault(duration({ min: '10s', max: '24h', off: true }), '5m'),
    'How long a link may be idle before it is probed; off: never while idle. Received traffic is proof enough.',
  ),
  targets: about(
    z.prefault(targets, ['dns', 'tcp 1.1.1.1:443', 'icmp 8.8.8.8']),
    'Asked in this order until one answers; any answer, also a refusal, is proof.',
  ),
  destination: about(
    z.optional(destinations(MAX_DESTINATIONS)),
    'Where traffic is to get through to: tls HOST:PORT or an https URL (with the certificate checked), or tcp HOST:PORT; one that answers is enough. Asked after each connect and every 6 h.',
    { example: 'tls myhub.azure-devices.net:8883' },
  ),
  'dns-name': about(
    z.prefault(text('a host name', /^[A-Za-z0-9.-]{1,253}$/), 'a.root-servers.net'),
    'The name that is asked for in a DNS probe. The answer for the default is small and known: a wrong one is a portal.',
  ),
  'daily-budget': about(
    z.prefault(size(), '200kB'),
    'Most that idle probing, and asking beyond the carrier, may send and receive in 24 hours.',
  ),
});

const schedule = z
  .array(duration({ min: '0s', max: '24h' }), 'a list of durations')
  .check(z.minLength(1, 'a list of at least one duration'), z.maxLength(50, 'a list of at most 50 durations'));

const data = section({
  limit: about(
    z.optional(size({ least: 1_000_000, such: '500MB, 1.5GB or 2GiB, at least 1MB' })),
    'What the data plan has in a period, both directions together; a person is told at 75, 95 and 100 %. Without it data is only counted.',
    { example: '500MB' },
  ),
  period: about(
    z.prefault(oneOf('day', 'week', 'month'), 'month'),
    'How long the limit is for, in the local time of the host; weeks begin on Monday.',
  ),
  day: about(
    z.prefault(wholeNumber(1, 31), 1),
    'The day on which a month of the plan begins; the last one where a month has fewer.',
  ),
  'at-limit': about(
    z.prefault(oneOf('warn', 'probes-off', 'disconnect'), 'warn'),
    'What happens at the limit: a warning; nothing is sent any more to prove the link; or no link until the next period.',
  ),
});

const recovery = section({
  schedule: about(
    z.prefault(schedule, ['0s', '1s', '3s', '10s', '30s', '60s', '120s']),
    'Waits before the attempts after a loss, each ±25 %; the last one repeats.',
  ),
  'attempts-per-hour': about(
    z.optional(wholeNumber(1, 3600)),
    "Most attempts in an hour, counted across restarts and reboots. Default: the carrier profile's.",
    { default: ATTEMPTS_PER_HOUR.default },
  ),
  'carrier-profile': about(
    z.prefault(oneOf('default', 'verizon'), 'default'),
    `Rules of the carrier: default (${ATTEMPTS_PER_HOUR.default} attempts an hour) or verizon (${ATTEMPTS_PER_HOUR.verizon}).`,
  ),
  'boot-spread': about(
    z.prefault(duration({ min: '0s', max: '1h' }), '5s'),
    'After a power cut, boards start their first attempt spread over this time.',
  ),
  trial: about(
    z.prefault(duration({ min: '10s', max: '24h', off: true }), '10m'),
    'How long a change of connect, modem or network may take to carry traffic, before what worked last is used again; off: for ever.',
  ),
  'reset-modem': about(z.prefault(oneOf('auto', 'never'), 'auto'), 'Whether the modem may be reset.'),
  'usb-reauthorise': about(z.prefault(oneOf('auto', 'never'), 'auto'), 'Whether its USB port may be cycled.'),
  'restart-modemmanager': about(z.prefault(oneOf('auto', 'never'), 'auto'), 'Whether ModemManager may be restarted.'),
  reboot: about(
    z.prefault(oneOf('never', 'allowed'), 'never'),
    'Whether the board may be rebooted, as the last resort, once a day, never while another uplink works.',
  ),
});

const withAttempts = z.pipe(
  recovery,
  z.transform((r) => ({
    ...r,
    'attempts-per-hour': r['attempts-per-hour'] ?? ATTEMPTS_PER_HOUR[r['carrier-profile']],
  })),
);

const metrics = section({
  socket: about(
    z.prefault(yesOrNo(), false),
    'Whether scrapers may ask for the metrics at /run/percept-lte/metrics.sock (GET /metrics); metrics.prom has them in any case.',
  ),
  signal: about(
    z.prefault(yesOrNo(), false),
    'Whether the modem measures its signal in dBm every minute, for the metrics, status.json and the record of outages. `percept-lte status` has it measured in any case.',
  ),
});

const log = section({
  level: about(z.prefault(oneOf('trace', 'debug', 'info', 'warn', 'error'), 'info'), 'Least level that is written.'),
});

export const ConfigSchema = section({
  connect,
  profiles: about(
    z.optional(profiles),
    'Other keys of connect for other SIMs, by the first digits of the ICCID, by the operator that issued the SIM, or by both. The first that fits is used.',
    { example: [{ name: 'telekom', match: { operator: '26201' }, connect: { apn: 'internet.telekom' } }] },
  ),
  sim: about(z.prefault(sim, {}), 'The SIM. A PIN that it refused once is never sent again; a PUK is never sent.'),
  modem: about(z.prefault(modem, {}), 'Which modem.'),
  network: about(z.prefault(network, {}), 'The host side of the link.'),
  probe: about(z.prefault(probe, {}), 'How it is proven that traffic passes.'),
  data: about(
    z.prefault(data, {}),
    'The data plan of the SIM. What is used is counted for each SIM, over restarts and reboots.',
  ),
  recovery: about(z.prefault(withAttempts, {}), 'What is done when the link is lost, and how far it may go.'),
  'on-stop': about(
    z.prefault(oneOf('disconnect', 'keep'), 'disconnect'),
    'What happens to the link when the service is stopped: taken down, or kept as it is.',
  ),
  metrics: about(z.prefault(metrics, {}), 'Metrics for Prometheus.'),
  log: about(z.prefault(log, {}), 'The log, in the journal.'),
});

/**
 * A valid configuration with every default filled in; `password` and `pin` are also filled in from
 * their files (load.ts).
 */
export type Config = z.output<typeof ConfigSchema>;
