// The daemon's start and end: its configuration, its log, its only instance, the bus; then it runs.
import { type ReadConfig, readConfig } from '../config/load.ts';
import { ConfigError, problemLine } from '../config/problems.ts';
import { openSystemBus } from '../dbus/system-bus.ts';
import { stateDirectoryOf } from '../state/store.ts';
import { runtimeDirectoryOf } from '../status/file.ts';
import { systemClock } from '../system/clock.ts';
import { hostCommands } from '../system/command.ts';
import { type Logger, openLog } from '../system/log.ts';
import { openSdNotify } from '../system/sd-notify.ts';
import { AlreadyRunningError, claimInstance, instancePath } from '../system/single-instance.ts';
import { version } from '../system/version.ts';
import { Daemon, type DaemonOptions } from './daemon.ts';
import { openTrials } from './proven-settings.ts';
import { provenInPlaceOf } from './unusable-config.ts';

/**
 * Runs the daemon until it is told to stop; resolves with the exit code: 0 stopped as asked, 1 a
 * fault that a restart may mend.
 * @throws ConfigError when the config is bad at the start and no settings have carried traffic yet,
 * and whatever is a fault of the program.
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const read = await readOrProven(options);
  const { config } = read;
  const log = openLog({ level: config.log.level, journald: options.env.JOURNAL_STREAM !== undefined });
  const { apn } = config.connect;
  log.log.info({ version, apn: apn.kind === 'list' ? apn.apns.join(',') : 'auto' }, 'percept-lte starts');
  for (const problem of read.inPlaceOf?.problems ?? []) log.log.error(problemLine(problem));
  try {
    const address = options.env.DBUS_SYSTEM_BUS_ADDRESS;
    const onTrouble = (text: string) => log.log.warn({ component: 'bus' }, text);
    const [bus, opened] = await Promise.all([
      openSystemBus({ address, clock: systemClock, onTrouble }),
      openTrials(read, stateDirectoryOf(options.env), options.env, log.log),
      claimAlone(options.env, log.log),
    ]);
    const systemd = openSdNotify(options.env, { onTrouble: (text) => log.log.warn(text) });
    const host = { bus, clock: systemClock, commands: hostCommands, systemd, root: '' };
    return await new Daemon(options, opened, log, host).run();
  } catch (error) {
    log.log.error({ err: error }, 'percept-lte ends; systemd starts it again');
    return 1;
  } finally {
    log.flush();
  }
}

/** @throws ConfigError where the file is bad and nothing has carried traffic yet */
async function readOrProven({ configPath, env }: DaemonOptions): Promise<ReadConfig> {
  try {
    return await readConfig(configPath, env);
  } catch (error) {
    const proven = error instanceof ConfigError ? await provenInPlaceOf(error, stateDirectoryOf(env), env) : undefined;
    if (proven === undefined) throw error;
    return proven;
  }
}

/** @throws AlreadyRunningError */
async function claimAlone(env: NodeJS.ProcessEnv, log: Logger): Promise<void> {
  await claimInstance(instancePath(runtimeDirectoryOf(env))).catch((error: unknown) => {
    if (error instanceof AlreadyRunningError) throw error;
    log.warn({ err: error }, 'whether percept-lte runs already cannot be told');
  });
}
