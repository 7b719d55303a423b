// Statuses to begin a test from; each test changes what it is about.
import type { Status } from '../../../src/status/schema.ts';

/** 23 November 2026, 10:40 in the time zone of whoever runs the tests. */
export const NOW = new Date(2026, 10, 23, 10, 40).getTime();

export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

const modem: Status['modem'] = {
  manufacturer: 'Telit',
  model: 'FIH7160',
  plugin: 'telit',
  path: '/org/freedesktop/ModemManager1/Modem/0',
  device: '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.1',
  state: 'registered',
  imeiTail: '7518',
  accessTechnologies: ['lte'],
  signalPercent: 67,
  registration: 'home',
  operatorCode: '311480',
  operatorName: 'Verizon',
};

/** A board whose APN the operator refuses. */
export const refused: Status & { modem: NonNullable<typeof modem> } = {
  version: 1,
  updatedAt: ago(0),
  pid: process.pid,
  daemonVersion: '0.1.0',
  phase: 'waiting',
  sentence: "offline: the operator refused APN 'foo'",
  reason: "the operator refused APN 'foo' (cause 33): Service option not subscribed",
  remedy: 'check connect.apn in /etc/percept-lte.yaml, then `systemctl reload percept-lte`',
  since: ago(20),
  offlineSince: ago(14 * 60),
  modem,
  modemManager: { onBus: true, version: '1.14.12' },
  attempts: { usedThisHour: 3, limitPerHour: 30, nextAt: ago(-120), consecutiveFailures: 3 },
  lastFailure: {
    class: 'apn',
    name: 'org.freedesktop.ModemManager1.Error.MobileEquipment.GprsServiceOptionNotSubscribed',
    text: 'Service option not subscribed',
    networkCause: 33,
    reason: "the operator refused APN 'foo'",
    remedy: 'check connect.apn in /etc/percept-lte.yaml, then `systemctl reload percept-lte`',
    at: ago(20),
  },
  ladder: { rungsTried: [] },
  incidents: [{ begin: ago(7200), end: ago(7140), reason: 'bearer dropped', endedBy: 'reconnect', seconds: 60 }],
  warnings: [],
};

const { offlineSince: _offlineSince, lastFailure: _lastFailure, remedy: _remedy, ...untroubled } = refused;

/** The same board online. */
export const online: Status & { modem: NonNullable<typeof modem>; link: NonNullable<Status['link']> } = {
  ...untroubled,
  phase: 'online',
  sentence: 'online',
  reason: 'online',
  since: ago(3 * 3600 + 12 * 60),
  modem: { ...refused.modem, state: 'connected' },
  attempts: { usedThisHour: 0, limitPerHour: 30, consecutiveFailures: 0 },
  link: {
    interface: 'wwan0',
    apn: 'vzwinternet',
    addresses: ['100.112.107.46/24'],
    gateway: '100.112.107.1',
    dns: ['198.51.100.53'],
    mtu: 1428,
    metric: 700,
    since: ago(3 * 3600 + 12 * 60),
    rxBytes: 1_234_567,
    txBytes: 999,
    lastProof: { by: 'dns 198.51.100.53', roundTripMs: 45.2, at: ago(120) },
    reach: { verdict: 'through', by: 'tcp 1.1.1.1:443', isFault: false, since: ago(600), at: ago(300) },
  },
};
