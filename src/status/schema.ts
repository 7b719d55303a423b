// The published form of $RUNTIME_DIRECTORY/status.json, version 1: what people and programs may
// rely on. World-readable, so nothing secret: no IMSI, ICCID, phone number, user name, and of the
// IMEI its last four digits only.
import * as z from 'zod/mini';
import { about } from '../system/about.ts';

/**
 * What the daemon is doing. Programs should take any word that they do not know for "not online".
 */
const PHASES = [
  'starting',
  'absent',
  'riding',
  'blocked',
  'settling',
  'unlocking',
  'enabling',
  'registering',
  'roaming-forbidden',
  'plan-used-up',
  'connecting',
  'configuring',
  'online',
  'recovering',
  'waiting',
  'stopping',
] as const;

const time = () => about(z.iso.datetime(), 'UTC, ISO 8601.');
const count = () => z.int().check(z.gte(0));
const line = (description?: string) => (description === undefined ? z.string() : about(z.string(), description));
const duration = () => z.number().check(z.gte(0));

const decibels = (unit: string) => about(z.optional(z.number()), unit);

const signal = z.object({
  technology: line('The access technology that was measured.'),
  rssi: decibels('dBm.'),
  rsrp: decibels('dBm.'),
  rsrq: decibels('dB.'),
  snr: decibels('dB.'),
  rscp: decibels('dBm.'),
  ecio: decibels('dB.'),
});

const cell = z.object({
  id: z.optional(count()),
  tac: about(z.optional(count()), 'Tracking area code.'),
  physicalId: z.optional(count()),
  earfcn: about(z.optional(count()), "LTE's downlink channel."),
  band: about(z.optional(line()), 'As mmcli prints it, such as eutran-13.'),
});

const modem = z.object({
  manufacturer: line(),
  model: line(),
  plugin: line(),
  path: line("ModemManager's object path; changes when the modem is plugged in again."),
  device: line('sysfs path of the physical device.'),
  state: line('As mmcli prints it.'),
  imeiTail: about(z.string().check(z.maxLength(4)), 'The last four digits of the IMEI.'),
  accessTechnologies: z.array(line()),
  signalPercent: count(),
  registration: line('As mmcli prints it.'),
  operatorCode: line('MCC and MNC.'),
  operatorName: line(),
  signal: about(
    z.optional(signal),
    'In the file with metrics.signal, as of the last minutes; in `percept-lte status` where ModemManager can tell, and tells this user.',
  ),
  cell: about(z.optional(cell), 'Only in `percept-lte status`. No position.'),
});

const proof = z.object({
  by: line('Such as "dns 198.51.100.53".'),
  roundTripMs: z.optional(duration()),
  at: time(),
});

const reach = z.object({
  verdict: line(
    'through: traffic gets beyond the carrier, or to probe.destination; not-through; unclear: it cannot be told.',
  ),
  by: about(z.optional(line()), 'What answered, such as "tls myhub.azure-devices.net:8883".'),
  roundTripMs: z.optional(duration()),
  isFault: about(
    z.boolean(),
    'Whether not-through is a fault; false where it may be a private network (docs/online.md).',
  ),
  reason: z.optional(line()),
  remedy: z.optional(line()),
  since: about(time(), 'When the verdict became this one.'),
  at: about(time(), 'When it was last asked.'),
});

const link = z.object({
  interface: line(),
  apn: line("'' is the subscription's default."),
  addresses: about(z.array(line()), 'With prefix length.'),
  gateway: about(z.optional(line()), 'Absent where the bearer names none: a device route is used.'),
  dns: z.array(line()),
  mtu: z.optional(count()),
  metric: count(),
  since: about(time(), 'When this link was configured or adopted.'),
  rxBytes: about(
    count(),
    "The interface's own counters, as of updatedAt in the file and as of now in `percept-lte status`.",
  ),
  txBytes: count(),
  lastProof: about(z.optional(proof), 'The last time that traffic was seen to pass: the link is alive.'),
  reach: about(z.optional(reach), 'How far traffic gets; absent until it was asked in this session.'),
});

const takenOver = z.object({ since: time(), bytes: about(count(), 'What LTE has carried since then.') });

export const uplink = z.object({
  interface: line(),
  family: z.enum(['IPv4', 'IPv6']),
  metric: count(),
  verdict: about(
    z.optional(z.enum(['answers', 'silent', 'unclear'])),
    'Whether anything of the internet answers through it; absent before it was asked.',
  ),
  since: about(z.optional(time()), 'Since when that is so.'),
  takenOver: about(z.optional(takenOver), 'LTE goes first in its stead.'),
});

const lastFailure = z.object({
  class: line('The class of failure, which decides what is done next.'),
  name: line("The D-Bus error's name, or the program's own."),
  text: line(),
  networkCause: about(z.optional(z.int()), '3GPP TS 24.008 / 24.301 cause, where known.'),
  reason: line('In words.'),
  remedy: line('What a person can do about it.'),
  at: time(),
});

const trial = z.object({
  state: about(
    z.enum(['trying', 'comparing', 'refused', 'silent']),
    "trying: the file's settings are in use. comparing, refused, silent: those that carried traffic last are, to see whether the network is dead, or because the file's were refused or nothing passed with them.",
  ),
  changed: about(z.array(line()), 'The keys that differ, such as connect.apn.'),
  provenUntil: about(time(), 'When the settings before carried traffic last, to a day.'),
  until: about(z.optional(time()), 'When the turn ends, if traffic could pass all the time.'),
});

const data = z.object({
  session: about(z.optional(count()), 'Of the session at hand.'),
  today: count(),
  period: count(),
  own: about(count(), 'How much of the period was sent and received to prove that traffic passes, about.'),
  since: about(z.optional(time()), 'When the period began; absent where the clock was never right.'),
  until: about(z.optional(time()), 'When the next one begins.'),
  limit: z.optional(count()),
  atLimit: about(z.optional(z.enum(['warn', 'probes-off', 'disconnect'])), 'What happens at the limit.'),
});

export const incident = z.object({
  begin: time(),
  end: about(z.optional(time()), 'Absent while it lasts.'),
  reason: line(),
  cause: about(
    z.optional(line()),
    'The same in one word: bearer-dropped, dead-link, not-registered, not-through, modem-gone, modemmanager-gone, modemmanager-hung, host, reconfigured, plan-used-up, or the class of a failure. Absent before 0.2.',
  ),
  signalPercent: about(z.optional(count()), 'The signal before the loss.'),
  rsrp: about(z.optional(z.number()), 'The same in dBm, where it was measured.'),
  endedBy: about(z.optional(line()), 'The last rung of the ladder, reconnect, or itself.'),
  seconds: duration(),
});

export const warning = z.object({
  code: line('For programs: it stays, while the words may change. docs/codes.md lists all.'),
  severity: about(z.enum(['warn', 'fail']), 'fail: the board, or a part of its job, cannot work like this.'),
  text: line(),
  remedy: about(z.optional(line()), 'What a person can do about it.'),
  since: about(time(), 'When it was found first.'),
});

const modemManager = z.object({ onBus: z.boolean(), version: line("'' while off the bus.") });

const attempts = z.object({
  usedThisHour: count(),
  limitPerHour: count(),
  nextAt: z.optional(time()),
  consecutiveFailures: count(),
});

const ladder = z.object({ rung: z.optional(line()), rungsTried: z.array(line()) });

export const StatusSchema = about(
  z.object({
    version: z.literal(1),
    updatedAt: time(),
    pid: z.int().check(z.gte(1)),
    daemonVersion: line(),
    phase: z.enum(PHASES),
    sentence: line('The state in one sentence, for people.'),
    reason: line('Why it is so: what keeps the board offline, or what is being done about it.'),
    remedy: about(z.optional(line()), 'What a person can do about it.'),
    since: about(time(), 'When this phase was entered.'),
    offlineSince: about(
      z.optional(time()),
      'When the link was lost, or the daemon started without one; absent while online.',
    ),
    modemManager,
    modem: z.optional(modem),
    sim: z.optional(z.object({ state: line('Such as ready, sim-pin, sim-puk or missing.') })),
    profile: about(
      z.optional(line()),
      'The name of the profile in use, of those in the configuration; absent where none fits the SIM.',
    ),
    link: z.optional(link),
    uplinks: about(
      z.optional(z.array(uplink)),
      'Default routes of other interfaces that come before LTE. Absent where there are none.',
    ),
    attempts,
    lastFailure: z.optional(lastFailure),
    data: about(
      z.optional(data),
      'What the SIM in use has sent and received, in bytes. Days and periods are in local time.',
    ),
    trial: about(z.optional(trial), 'A change of connect, modem or network that has carried no traffic yet.'),
    ladder: about(ladder, 'How far recovery has gone.'),
    incidents: about(z.array(incident).check(z.maxLength(50)), 'The last outages, the newest last.'),
    warnings: about(z.array(warning), 'What does not stop the daemon, but should be put right.'),
  }),
  'percept-lte status, version 1',
);

/** The status file's content. */
export type Status = z.output<typeof StatusSchema>;

/** The same as JSON Schema (draft 2020-12), for programs in other languages. */
export const statusJsonSchema = (): unknown => z.toJSONSchema(StatusSchema);
