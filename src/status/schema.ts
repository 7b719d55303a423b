// The published form of $RUNTIME_DIRECTORY/status.json, version 1: what people and programs may
// rely on. World-readable, so nothing secret: no IMSI, ICCID, phone number, user name, and of the
// IMEI its last four digits only.
import * as z from 'zod';

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
  'connecting',
  'configuring',
  'online',
  'recovering',
  'waiting',
  'stopping',
] as const;

const time = () => z.iso.datetime().describe('UTC, ISO 8601.');
const count = () => z.int().min(0);
const line = () => z.string();

const decibels = () => z.number().optional();

const signal = z
  .object({
    technology: line().describe('The access technology that was measured.'),
    rssi: decibels().describe('dBm.'),
    rsrp: decibels().describe('dBm.'),
    rsrq: decibels().describe('dB.'),
    snr: decibels().describe('dB.'),
    rscp: decibels().describe('dBm.'),
    ecio: decibels().describe('dB.'),
  })
  .describe('In the names of org.freedesktop.ModemManager1.Modem.Signal; what the modem does not tell is absent.');

const cell = z.object({
  id: count().optional(),
  tac: count().optional().describe('Tracking area code.'),
  physicalId: count().optional(),
  earfcn: count().optional().describe("LTE's downlink channel."),
  band: line().optional().describe('As mmcli prints it, such as eutran-13.'),
});

const modem = z.object({
  manufacturer: line(),
  model: line(),
  plugin: line(),
  path: line().describe("ModemManager's object path; changes when the modem is plugged in again."),
  device: line().describe('sysfs path of the physical device.'),
  state: line().describe('As mmcli prints it.'),
  imeiTail: z.string().max(4).describe('The last four digits of the IMEI.'),
  accessTechnologies: z.array(line()),
  signalPercent: count(),
  registration: line().describe('As mmcli prints it.'),
  operatorCode: line().describe('MCC and MNC.'),
  operatorName: line(),
  signal: signal
    .optional()
    .describe(
      'In the file only while somebody reads the metrics; in `percept-lte status` where ModemManager can tell, and tells this user.',
    ),
  cell: cell.optional().describe('Only in `percept-lte status`. No position.'),
});

const link = z.object({
  interface: line(),
  apn: line().describe("'' is the subscription's default."),
  addresses: z.array(line()).describe('With prefix length.'),
  gateway: line().optional().describe('Absent where the bearer names none: a device route is used.'),
  dns: z.array(line()),
  mtu: count().optional(),
  metric: count(),
  since: time().describe('When this link was configured or adopted.'),
  rxBytes: count().describe(
    "The interface's own counters, as of updatedAt in the file and as of now in `percept-lte status`.",
  ),
  txBytes: count(),
  lastProof: z
    .object({
      by: line().describe('Such as "dns 198.51.100.53".'),
      roundTripMs: z.number().min(0).optional(),
      at: time(),
    })
    .optional()
    .describe('The last time that traffic was seen to pass: the link is alive.'),
  reach: z
    .object({
      verdict: line().describe(
        'through: traffic gets beyond the carrier, or to probe.destination; not-through; unclear: it cannot be told.',
      ),
      by: line().optional().describe('What answered, such as "tls myhub.azure-devices.net:8883".'),
      roundTripMs: z.number().min(0).optional(),
      isFault: z
        .boolean()
        .describe('Whether not-through is a fault; false where it may be a private network (docs/online.md).'),
      reason: line().optional(),
      remedy: line().optional(),
      since: time().describe('When the verdict became this one.'),
      at: time().describe('When it was last asked.'),
    })
    .optional()
    .describe('How far traffic gets; absent until it was asked in this session.'),
});

const uplink = z.object({
  interface: line(),
  family: z.enum(['IPv4', 'IPv6']),
  metric: count(),
  verdict: z
    .enum(['answers', 'silent', 'unclear'])
    .optional()
    .describe('Whether anything of the internet answers through it; absent before it was asked.'),
  since: time().optional().describe('Since when that is so.'),
  takenOver: z
    .object({ since: time(), bytes: count().describe('What LTE has carried since then.') })
    .optional()
    .describe('LTE goes first in its stead.'),
});

const lastFailure = z.object({
  class: line().describe('The class of failure, which decides what is done next.'),
  name: line().describe("The D-Bus error's name, or the program's own."),
  text: line(),
  networkCause: z.int().optional().describe('3GPP TS 24.008 / 24.301 cause, where known.'),
  reason: line().describe('In words.'),
  remedy: line().describe('What a person can do about it.'),
  at: time(),
});

const trial = z.object({
  state: z
    .enum(['trying', 'comparing', 'refused', 'silent'])
    .describe(
      "trying: the file's settings are in use. comparing, refused, silent: those that carried traffic last are, to see whether the network is dead, or because the file's were refused or nothing passed with them.",
    ),
  changed: z.array(line()).describe('The keys that differ, such as connect.apn.'),
  provenUntil: time().describe('When the settings before carried traffic last, to a day.'),
  until: time().optional().describe('When the turn ends, if traffic could pass all the time.'),
});

const incident = z.object({
  begin: time(),
  end: time().optional().describe('Absent while it lasts.'),
  reason: line(),
  cause: line()
    .optional()
    .describe(
      'The same in one word: bearer-dropped, dead-link, not-registered, not-through, modem-gone, modemmanager-gone, modemmanager-hung, host, reconfigured, or the class of a failure. Absent before 0.2.',
    ),
  signalPercent: count().optional().describe('The signal before the loss.'),
  rsrp: z.number().optional().describe('The same in dBm, where it was measured.'),
  endedBy: line().optional().describe('The last rung of the ladder, reconnect, or itself.'),
  seconds: z.number().min(0),
});

const warning = z.object({
  code: line().describe('For programs: it stays, while the words may change. docs/codes.md lists all.'),
  severity: z.enum(['warn', 'fail']).describe('fail: the board, or a part of its job, cannot work like this.'),
  text: line(),
  remedy: line().optional().describe('What a person can do about it.'),
  since: time().describe('When it was found first.'),
});

export const StatusSchema = z
  .object({
    version: z.literal(1),
    updatedAt: time(),
    pid: z.int().min(1),
    daemonVersion: line(),
    phase: z.enum(PHASES),
    sentence: line().describe('The state in one sentence, for people.'),
    reason: line().describe('Why it is so: what keeps the board offline, or what is being done about it.'),
    remedy: line().optional().describe('What a person can do about it.'),
    since: time().describe('When this phase was entered.'),
    offlineSince: time()
      .optional()
      .describe('When the link was lost, or the daemon started without one; absent while online.'),
    modemManager: z.object({
      onBus: z.boolean(),
      version: line().describe("'' while off the bus."),
    }),
    modem: modem.optional(),
    sim: z.object({ state: line().describe('Such as ready, sim-pin, sim-puk or missing.') }).optional(),
    link: link.optional(),
    uplinks: z
      .array(uplink)
      .optional()
      .describe('Default routes of other interfaces that come before LTE. Absent where there are none.'),
    attempts: z.object({
      usedThisHour: count(),
      limitPerHour: count(),
      nextAt: time().optional(),
      consecutiveFailures: count(),
    }),
    lastFailure: lastFailure.optional(),
    trial: trial.optional().describe('A change of connect, modem or network that has carried no traffic yet.'),
    ladder: z.object({ rung: line().optional(), rungsTried: z.array(line()) }).describe('How far recovery has gone.'),
    incidents: z.array(incident).max(50).describe('The last outages, the newest last.'),
    warnings: z.array(warning).describe('What does not stop the daemon, but should be put right.'),
  })
  .describe('percept-lte status, version 1');

/** The status file's content. */
export type Status = z.output<typeof StatusSchema>;

/** The same as JSON Schema (draft 2020-12), for programs in other languages. */
export const statusJsonSchema = (): unknown => z.toJSONSchema(StatusSchema);
