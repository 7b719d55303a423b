// The managers that the table is played on, set up alike: ours, and the two that come with a
// distribution.

import * as releases from '../prepare/releases.mjs';
import { rootOf } from '../prepare/unpack.mjs';
import { DaemonUnderTest } from '../scenario/daemon.ts';
import { startNetworkManager } from '../world/network-manager.ts';
import { startNetworkd } from '../world/networkd.ts';
import type { World } from '../world/world.ts';
import { type Settings, TRUSTED_CA } from './fault.ts';
import { type Managed, Supervisor } from './supervisor.ts';

export type ManagerName = 'percept-lte' | 'networkmanager' | 'networkd';

export interface ManagerKind {
  readonly name: ManagerName;
  readonly title: string;
  /** Where it keeps what must outlive it. */
  readonly stateDirectory: string;
  readonly start: (world: World, settings: Settings) => Promise<Supervisor>;
}

/** RestartSec= of our unit, and of the two others' (systemd's default; networkd sets 0). */
const restartMs: Readonly<Record<ManagerName, number>> = { 'percept-lte': 2000, networkmanager: 100, networkd: 10 };

/** What systemd does with the cgroup of a service, over the process tree. */
function tree(world: World, pid: () => number): Pick<Managed, 'children' | 'endAll'> {
  return {
    async children() {
      const { stdout } = await world.run(['ps', '-o', 'pid=', '--ppid', String(pid())]);
      return stdout.split(/\s+/).filter(Boolean);
    },
    async endAll(pids) {
      if (pids.length > 0) await world.run(['kill', '-KILL', ...pids]);
    },
  };
}

const silent = (): Promise<readonly string[]> => Promise.resolve([]);

/** Our configuration for `settings`. */
function configOf(settings: Settings): string {
  const { apn, user, password, pin, probeInterval, attemptsPerHour, logLevel } = settings;
  const { ipType, allowRoaming, attachApn, destination, device, reboot, trial } = settings;
  return JSON.stringify({
    connect: {
      apn,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      ...(ipType !== undefined && { 'ip-type': ipType }),
      ...(allowRoaming !== undefined && { 'allow-roaming': allowRoaming }),
      ...(attachApn !== undefined && { 'attach-apn': attachApn }),
    },
    ...(device !== undefined && { modem: { match: { device } } }),
    ...(pin !== undefined && { sim: { pin } }),
    probe: {
      ...(probeInterval !== undefined && { interval: probeInterval }),
      ...(destination !== undefined && { destination }),
    },
    recovery: {
      'boot-spread': '0s',
      ...(reboot !== undefined && { reboot }),
      ...(trial !== undefined && { trial }),
      ...(attemptsPerHour !== undefined && { 'attempts-per-hour': attemptsPerHour }),
    },
    log: { level: logLevel ?? 'info' },
  });
}

async function startOurs(world: World, settings: Settings): Promise<Supervisor> {
  const daemon = await DaemonUnderTest.start(world, {
    config: configOf(settings),
    env: { INVOCATION_ID: 'faults', ...(settings.destination !== undefined && { NODE_EXTRA_CA_CERTS: TRUSTED_CA }) },
  });
  const managed = {
    get process() {
      return daemon.process;
    },
    get journal() {
      return daemon.journal;
    },
    ...tree(world, () => daemon.process.pid),
    startAgain: () => daemon.startAgain(),
    reload: (next: Settings) => daemon.reload(configOf(next)),
    async complaints() {
      const status = await daemon.status();
      return status?.phase === 'online' ? [] : [`status says ${status?.phase ?? 'nothing'}`];
    },
    why: () => daemon.why(),
  };
  return new Supervisor(managed, restartMs['percept-lte']);
}

/**
 * Its check of connectivity, as NetworkManager.conf(5) has it: each minute, against a server that
 * answers 204 where nothing else is named. The default is 5 minutes.
 */
const connectivity = '[connectivity]\nuri=http://192.0.2.1/\nresponse=\ninterval=60\n';

/** NetworkManager adopts an interface that has addresses, and lowers only routes of its own. */
async function hand(world: World, name: string): Promise<void> {
  await world.run(['ip', 'address', 'flush', 'dev', name]);
  await world.run(['ip', 'link', 'set', name, 'down']);
}

async function startTheirs(world: World, settings: Settings): Promise<Supervisor> {
  const root = rootOf(releases.networkManager);
  if (root === undefined) throw new Error('NetworkManager is missing: run node test/prepare/prepare.mjs faults');
  if (settings.ethernet === true) await hand(world, 'eth0');
  const manager = await startNetworkManager(world, {
    ...settings,
    root,
    ...(settings.ethernet === true && { configuration: connectivity }),
  });
  let now = settings;
  const managed = {
    get process() {
      return manager.process;
    },
    get journal() {
      return manager.journal;
    },
    ...tree(world, () => manager.process.pid),
    startAgain: () => manager.startAgain(),
    async reload(next: Settings) {
      const concerns = JSON.stringify({ ...next, logLevel: '' }) !== JSON.stringify({ ...now, logLevel: '' });
      now = next;
      if (!concerns) return void (await manager.nmcli('general', 'reload'));
      await manager.reload(next);
      void manager.nmcli('--wait', '0', 'connection', 'up', 'lte-0');
    },
    complaints: silent,
  };
  return new Supervisor(managed, restartMs.networkmanager);
}

async function startNetworkdSupervised(world: World, settings: Settings): Promise<Supervisor> {
  const manager = await startNetworkd(world, settings);
  const managed = {
    get process() {
      return manager.process;
    },
    get journal() {
      return manager.journal;
    },
    ...tree(world, () => manager.process.pid),
    startAgain: () => manager.startAgain(),
    reload: (next: Settings) => manager.reload(next),
    complaints: silent,
  };
  return new Supervisor(managed, restartMs.networkd);
}

export const managers: Readonly<Record<ManagerName, ManagerKind>> = {
  'percept-lte': { name: 'percept-lte', title: 'ours', stateDirectory: '/run/world/state', start: startOurs },
  networkmanager: {
    name: 'networkmanager',
    title: `NetworkManager ${releases.networkManager.version}`,
    stateDirectory: '/run/world/network-manager/lib',
    start: startTheirs,
  },
  networkd: {
    name: 'networkd',
    title: `networkd ${releases.networkd.version}`,
    // It keeps nothing on disk, only in /run.
    stateDirectory: '/run/world/networkd/none',
    start: startNetworkdSupervised,
  },
};
