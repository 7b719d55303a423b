// From the config to the slices that each part of the daemon gets, and from a changed config to what the change is relevant for. Pure.
import type { Section } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import type { Policy } from '../connection/policy.ts';
import type { Credentials } from '../runner/phases/activities.ts';
import type { Rung } from '../state/memory.ts';

/** The slice that deciding gets. */
export function policyOf(config: Config): Policy {
  const { connect, sim, network, recovery } = config;
  return {
    apns: connect.apn.kind === 'list' ? connect.apn.apns : 'auto',
    ipType: connect['ip-type'],
    pin: sim.pin,
    metric: network.metric,
    defaultRoute: network['default-route'],
    mtu: network.mtu,
    dns: network.dns,
    scheduleMs: recovery.schedule,
    attemptsPerHour: recovery['attempts-per-hour'],
    bootSpreadMs: recovery['boot-spread'],
    allowedRungs: allowedRungs(recovery),
    onStop: config['on-stop'],
  };
}

function allowedRungs(recovery: Config['recovery']): ReadonlySet<Rung> {
  const allowed = new Set<Rung>(['reconnect', 'delete-bearers', 'cycle-radio']);
  if (recovery['reset-modem'] === 'auto') allowed.add('reset-modem');
  if (recovery['usb-reauthorise'] === 'auto') allowed.add('reauthorise-usb');
  if (recovery['restart-modemmanager'] === 'auto') allowed.add('restart-modemmanager');
  if (recovery.reboot === 'allowed') allowed.add('reboot');
  return allowed;
}

/** The slice that connecting gets. */
export function credentialsOf({ connect }: Config): Credentials {
  const allowedAuth = connect['allowed-auth'];
  return {
    allowRoaming: connect['allow-roaming'],
    ...(connect.user !== undefined && { user: connect.user }),
    ...(connect.password !== undefined && { password: connect.password }),
    ...(allowedAuth !== undefined && { allowedAuth }),
  };
}

/** What a change of these sections asks of a link that is up: nothing, other routes, another session, another modem. */
export function relevanceOf(changed: ReadonlySet<Section>): 'nothing' | 'link' | 'session' | 'modem' {
  if (changed.has('modem')) return 'modem';
  if (changed.has('connect') || changed.has('sim')) return 'session';
  return changed.has('network') ? 'link' : 'nothing';
}
