// From the config to the slice that deciding gets. Pure, but for the APNs of `auto`.
import type { Config } from '../config/schema.ts';
import type { Policy } from '../connection/policy.ts';
import type { ConnectOptions } from '../modem/calls.ts';
import { type Rung, rungs } from '../state/memory.ts';
import { knownApns } from './known-apns.ts';

/** The slice that deciding gets. */
export function policyOf(config: Config): Policy {
  const { connect, sim, network, probe, recovery } = config;
  return {
    apns: connect.apn.kind === 'list' ? connect.apn.apns : knownApns,
    ipType: connect['ip-type'],
    connect: connectOptionsOf(connect),
    attachApn: connect['attach-apn'],
    pin: sim.pin,
    metric: network.metric,
    defaultRoute: network['default-route'],
    takeOver: network['default-route'] && network['take-over'] === 'auto',
    mtu: network.mtu,
    dns: network.dns,
    scheduleMs: recovery.schedule,
    attemptsPerHour: recovery['attempts-per-hour'],
    bootSpreadMs: recovery['boot-spread'],
    probeIntervalMs: probe.interval,
    allowedRungs: new Set(rungs.filter((rung) => ALLOWED[rung](recovery))),
    onStop: config['on-stop'],
  };
}

/** Which rungs the config allows; a rung that is added does not compile until it says so here. */
const ALLOWED: Readonly<Record<Rung, (recovery: Config['recovery']) => boolean>> = {
  'probe-modem': () => true,
  reconnect: () => true,
  'delete-bearers': () => true,
  'cycle-radio': () => true,
  'reset-modem': (recovery) => recovery['reset-modem'] === 'auto',
  'reauthorise-usb': (recovery) => recovery['usb-reauthorise'] === 'auto',
  'restart-modemmanager': (recovery) => recovery['restart-modemmanager'] === 'auto',
  reboot: (recovery) => recovery.reboot === 'allowed',
};

/** What every connect is asked for; each key of the section must be in one of the two. */
function connectOptionsOf(connect: Config['connect']): ConnectOptions {
  const { user, password, 'allowed-auth': allowedAuth, 'allow-roaming': allowRoaming, ...elsewhere } = connect;
  const { apn: _, 'ip-type': __, 'password-file': ___, 'attach-apn': ____, ...forgotten } = elsewhere;
  forgotten satisfies Record<string, never>;
  return { user, password, allowedAuth, allowRoaming } satisfies Record<keyof ConnectOptions, unknown>;
}
