// Checks of `doctor` that look at programs: the configuration, ModemManager, ip, ping, and this
// service itself.
import { readConfig } from '../../config/load.ts';
import { ConfigError, problemLine } from '../../config/problems.ts';
import { writableByOthers } from '../../config/who-may-write.ts';
import { OLDEST_IPROUTE2 } from '../../ip/ip-json.ts';
import { whySentence } from '../../status/why.ts';
import { CommandError } from '../../system/command.ts';
import { ownUid } from '../../system/others-may-write.ts';
import type { CliContext } from '../context.ts';
import { namesIn, textOf } from '../host-files.ts';
import { runningStatus } from '../running.ts';
import { amiss, type Check, type Finding, ok } from './finding.ts';

const TIMEOUT_MS = 10_000;

/** A tool's output, or undefined when it is not there or fails. */
async function output({ commands, signal }: CliContext, argv: readonly string[]): Promise<string | undefined> {
  try {
    return await commands.run(argv, { timeoutMs: TIMEOUT_MS, signal });
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Whether the configuration can be used, and who else may write it. */
export const configuration: Check = async ({ env }, configPath, { status }) => {
  const about = 'configuration';
  try {
    const { owned } = await readConfig(configPath, env, { mayLackCredentials: true });
    const open = writableByOthers(owned, ownUid()).map((words) => amiss('configuration-writable', about, words));
    return [ok('configuration', about, `${configPath} is valid`), ...open];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Nothing reloads where nothing runs.
    const start = { remedy: 'correct it (percept-lte check lists what is wrong), then: systemctl restart percept-lte' };
    return error.problems.map((problem) =>
      amiss('configuration', about, { text: problemLine(problem), ...(status === undefined && start) }),
    );
  }
};

/** By the bus: a process of that name may serve another one. */
export const modemManager: Check = async (context, _configPath, { facts, modemManagerPid }) => {
  const about = 'ModemManager';
  const code = 'modem-manager';
  if (facts === undefined) return [amiss('system-bus', 'system bus')];
  if (!facts.onBus) {
    const installed = (await output(context, ['ModemManager', '--version'])) !== undefined;
    const absent = { text: 'is not installed', remedy: 'install the package modemmanager' };
    return [amiss(code, about, installed ? {} : absent)];
  }
  const { version } = facts;
  if (version === '')
    return [amiss(code, about, { text: 'runs and does not answer', remedy: 'systemctl restart ModemManager' })];
  const argv = ((await textOf(context.root, 'proc', String(modemManagerPid), 'cmdline')) ?? '').split('\0');
  return [
    ok(code, about, `version ${version} is running`),
    ...age(about, version),
    ...modemManagerOptions(about, argv),
  ];
};

/** percept-lte is tested with 1.14 (the board's) and newer. */
function age(about: string, version: string): Finding[] {
  const [major = 1, minor = 14] = version.split('.').map(Number) ?? [];
  if (major > 1 || minor >= 14) return [];
  const text = `version ${version} is older than 1.14, which nobody has tried`;
  return [amiss('modem-manager-options', about, { text, remedy: 'upgrade it' })];
}

function modemManagerOptions(about: string, argv: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  if (argv.includes('--debug')) findings.push(amiss('modem-manager-options', about));
  const policy = argv.find((word) => word.startsWith('--filter-policy='))?.split('=')[1];
  if (policy !== undefined && policy.toUpperCase() !== 'STRICT') {
    const text = `runs with --filter-policy=${policy}: it may overlook the modem, or talk to serial ports that are none`;
    findings.push(amiss('modem-manager-options', about, { text, remedy: 'use --filter-policy=STRICT' }));
  }
  return findings;
}

const UNIT_FOLDERS = ['etc/systemd/system', 'run/systemd/system', 'usr/lib/systemd/system', 'lib/systemd/system'];

/**
 * ModemManager's own unit has Restart=on-abort and StandardError=null, in 1.14 and still in 1.24: a
 * plain exit stays down, and unheard.
 */
export const modemManagerUnit: Check = async ({ root }) => {
  const about = 'ModemManager.service';
  const code = 'modem-manager-unit';
  const units = await Promise.all(UNIT_FOLDERS.map((folder) => textOf(root, folder, 'ModemManager.service')));
  const unit = units.find((text) => text !== undefined);
  if (unit === undefined) return [];
  const dropIns = await Promise.all(
    UNIT_FOLDERS.toReversed().flatMap(async (folder) => {
      const path = `${folder}/ModemManager.service.d`;
      const names = (await namesIn(root, path)).filter((name) => name.endsWith('.conf'));
      return Promise.all(names.map(async (name) => (await textOf(root, path, name)) ?? ''));
    }),
  );
  const restart =
    [unit, ...dropIns.flat()]
      .join('\n')
      .match(/^Restart=.*$/gm)
      ?.at(-1)
      ?.slice('Restart='.length) ?? 'no';
  if (['always', 'on-failure'].includes(restart)) return [ok(code, about, `Restart=${restart}`)];
  return [amiss(code, about, { text: `Restart=${restart}: systemd leaves it down after some of its faults` })];
};

/** Whether `ip` is there and speaks JSON, which the daemon reads. */
export const ipTool: Check = async (context) => {
  const about = 'ip';
  const code = 'ip-tool';
  const version = /iproute2-(\S+?),?(?:\s|$)/.exec((await output(context, ['ip', '-V'])) ?? '')?.[1];
  if (version === undefined) return [amiss(code, about)];
  const links = await output(context, ['ip', '-json', 'link', 'show']);
  if (links?.trim().startsWith('[')) return [ok(code, about, `iproute2 ${version} speaks JSON`)];
  return [
    amiss(code, about, {
      text: `iproute2 ${version} does not know -json`,
      remedy: `upgrade it to ${OLDEST_IPROUTE2} or later`,
    }),
  ];
};

/** Whether `ping` is there, by which targets of the kind icmp are asked. */
export const pingTool: Check = async (context) => {
  const isThere = (await output(context, ['ping', '-V'])) !== undefined;
  return [isThere ? ok('ping-tool', 'ping', 'is installed') : amiss('ping-tool', 'ping')];
};

/** Whether the daemon runs, and how it stands with it: the sentence of `why`. */
export const service: Check = async (context) => {
  const about = 'percept-lte';
  const code = 'service';
  const running = await runningStatus(context);
  if (running.status === undefined) {
    const { sentence: text, isStopped } = running;
    // Unless it is to be started, the sentence has its remedy in it.
    return [amiss(code, about, { text, ...(!isStopped && { remedy: '' }) })];
  }
  const { status } = running;
  const text = whySentence(status, context.clock.now().wallMs);
  // What it says has its remedy in it.
  return [status.phase === 'online' ? ok(code, about, text) : amiss(code, about, { text, remedy: '' })];
};
