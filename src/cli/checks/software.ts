// Checks of `doctor` that look at programs: the configuration, ModemManager, ip, ping, and this
// service itself.
import { loadConfig } from '../../config/load.ts';
import { ConfigError, problemLine } from '../../config/problems.ts';
import { REMEDIES } from '../../modem/errors/failure-row.ts';
import { whySentence } from '../../status/why.ts';
import { CommandError } from '../../system/command.ts';
import type { CliContext } from '../context.ts';
import { namesIn, textOf } from '../host-files.ts';
import { runningStatus } from '../running.ts';
import type { Check, Finding } from './finding.ts';

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

export const configuration: Check = async ({ env }, configPath) => {
  const about = 'configuration';
  const code = about;
  try {
    await loadConfig(configPath, env, { mayLackCredentials: true });
    return [{ code, state: 'ok', about, text: `${configPath} is valid` }];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => ({ code, state: 'fail', about, text: problemLine(problem) }));
  }
};

/** By the bus: a process of that name may serve another one. */
export const modemManager: Check = async (context, _configPath, { facts, modemManagerPid }) => {
  const about = 'ModemManager';
  const code = 'modem-manager';
  if (facts === undefined) {
    const text = 'there is none, or it does not answer';
    return [{ code: 'system-bus', state: 'fail', about: 'system bus', text, remedy: REMEDIES.bus }];
  }
  if (!facts.onBus) {
    const installed = (await output(context, ['ModemManager', '--version'])) !== undefined;
    return installed
      ? [{ code, state: 'fail', about, text: 'is not running', remedy: 'systemctl enable --now ModemManager' }]
      : [{ code, state: 'fail', about, text: 'is not installed', remedy: 'install the package modemmanager' }];
  }
  const { version } = facts;
  if (version === '')
    return [{ code, state: 'fail', about, text: 'runs and does not answer', remedy: 'systemctl restart ModemManager' }];
  const argv = ((await textOf(context.root, 'proc', String(modemManagerPid), 'cmdline')) ?? '').split('\0');
  return [
    { code, state: 'ok', about, text: `version ${version} is running` },
    ...age(about, version),
    ...modemManagerOptions(about, argv),
  ];
};

/** percept-lte is tested with 1.14 (the board's) and newer. */
function age(about: string, version: string): Finding[] {
  const [major = 1, minor = 14] = version.split('.').map(Number) ?? [];
  if (major > 1 || minor >= 14) return [];
  return [
    {
      code: 'modem-manager-options',
      state: 'warn',
      about,
      text: `version ${version} is older than 1.14, which nobody has tried`,
      remedy: 'upgrade it',
    },
  ];
}

function modemManagerOptions(about: string, argv: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  if (argv.includes('--debug')) {
    const text = 'runs with --debug, which writes the PIN and everything else to the journal';
    findings.push({
      code: 'modem-manager-options',
      state: 'warn',
      about,
      text,
      remedy: 'take --debug out of its unit when the hunt is over',
    });
  }
  const policy = argv.find((word) => word.startsWith('--filter-policy='))?.split('=')[1];
  if (policy !== undefined && policy.toUpperCase() !== 'STRICT') {
    const text = `runs with --filter-policy=${policy}: it may overlook the modem, or talk to serial ports that are none`;
    findings.push({ code: 'modem-manager-options', state: 'warn', about, text, remedy: 'use --filter-policy=STRICT' });
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
  if (['always', 'on-failure'].includes(restart)) return [{ code, state: 'ok', about, text: `Restart=${restart}` }];
  const remedy = 'systemctl edit ModemManager: [Service], Restart=always, RestartSec=1';
  return [
    { code, state: 'warn', about, text: `Restart=${restart}: systemd leaves it down after some of its faults`, remedy },
  ];
};

export const ipTool: Check = async (context) => {
  const about = 'ip';
  const code = 'ip-tool';
  const version = /iproute2-(\S+?),?(?:\s|$)/.exec((await output(context, ['ip', '-V'])) ?? '')?.[1];
  if (version === undefined)
    return [{ code, state: 'fail', about, text: 'is not installed', remedy: 'install the package iproute2' }];
  const links = await output(context, ['ip', '-json', 'link', 'show']);
  if (links?.trim().startsWith('[')) return [{ code, state: 'ok', about, text: `iproute2 ${version} speaks JSON` }];
  return [
    {
      code,
      state: 'fail',
      about,
      text: `iproute2 ${version} does not know -json`,
      remedy: 'upgrade it to 4.15 or later',
    },
  ];
};

export const pingTool: Check = async (context) => {
  const about = 'ping';
  const code = 'ping-tool';
  if ((await output(context, ['ping', '-V'])) !== undefined)
    return [{ code, state: 'ok', about, text: 'is installed' }];
  return [
    { code, state: 'warn', about, text: 'is not installed: icmp targets cannot be probed', remedy: 'install iputils' },
  ];
};

export const service: Check = async (context) => {
  const about = 'percept-lte';
  const code = 'service';
  const { status, ...other } = await runningStatus(context);
  if (status === undefined) {
    const remedy = 'systemctl enable --now percept-lte';
    return [{ code, state: 'warn', about, text: 'sentence' in other ? other.sentence : 'is not running', remedy }];
  }
  const text = whySentence(status, context.clock.now().wallMs);
  return [{ code, state: status.phase === 'online' ? 'ok' : 'warn', about, text }];
};
