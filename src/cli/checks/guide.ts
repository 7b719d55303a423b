// Checks of `doctor` that walk the steps of the vendor's guide, from the SIM to the ping, and say
// at which the board stands: what ModemManager shows, and what the kernel has of it.
import * as z from 'zod';
import { describeModem } from '../../modem/choose.ts';
import { REMEDIES } from '../../modem/errors/failure-row.ts';
import type { Bearer, Modem } from '../../modem/objects.ts';
import { CommandError } from '../../system/command.ts';
import type { CliContext } from '../context.ts';
import type { Around, Check, Code, Finding } from './finding.ts';

const START = 'systemctl start percept-lte; then: percept-lte why';

/** All steps of the guide from `mmcli --list-modems` on. */
export const guide: Check = async (context, _configPath, around) => {
  if (around.facts?.onBus !== true) return [];
  const modem = chosen(around);
  if (modem === undefined) {
    const text = 'ModemManager shows none';
    const remedy = 'wait a minute after it was plugged in; then: journalctl -u ModemManager, mmcli --scan-modems';
    return [{ code: 'modem', state: 'fail', about: 'modem shown', text, remedy }];
  }
  const found: Finding = { code: 'modem', state: 'ok', about: 'modem shown', text: describeModem(modem) };
  const bearer = modem.bearers.find(({ connected }) => connected);
  return [
    found,
    sim(modem),
    enabled(modem),
    registered(modem),
    connected(bearer),
    ...(await link(context, around, bearer)),
  ];
};

/** The one that the daemon uses, else the first. */
const chosen = ({ facts, status }: Around): Modem | undefined =>
  facts?.modems.find(({ path }) => path === status?.modem?.path) ?? facts?.modems[0];

const finding =
  (code: Code, about: string) =>
  (state: Finding['state'], text: string, remedy?: string): Finding => ({
    code,
    state,
    about,
    text,
    ...(remedy !== undefined && state !== 'ok' && { remedy }),
  });

function sim({ stateFailedReason, state, unlockRequired }: Modem): Finding {
  const say = finding('sim', 'SIM');
  if (state === 'failed' && stateFailedReason !== 'none') {
    const isSim = stateFailedReason === 'sim-missing' || stateFailedReason === 'sim-error';
    const remedy = isSim ? REMEDIES[stateFailedReason] : 'plug the modem in again';
    return say('fail', `the modem has failed: ${stateFailedReason}`, remedy);
  }
  if (unlockRequired === 'sim-puk') return say('fail', 'is blocked (sim-puk)', REMEDIES.puk);
  if (state === 'locked') return say('fail', `is locked (${unlockRequired})`, REMEDIES.pin);
  return say('ok', 'is there and not locked');
}

function enabled({ state }: Modem): Finding {
  const say = finding('modem-state', 'modem state');
  if (state === 'disabled' || state === 'disabling') return say('fail', `is ${state}`, START);
  if (['initializing', 'enabling', 'unknown', 'failed', 'locked'].includes(state))
    return say('warn', `is ${state}`, 'wait a minute and look again');
  return say('ok', `is ${state}`);
}

function registered({ registrationState, operatorName, operatorCode, signalPercent }: Modem): Finding {
  const say = finding('registration', 'registration');
  const where = `${operatorName} ${operatorCode}`.trim();
  const text = `${registrationState}${where === '' ? '' : ` (${where})`}, signal ${signalPercent} %`;
  if (registrationState.startsWith('home') || registrationState.startsWith('roaming')) return say('ok', text);
  if (registrationState === 'denied') return say('fail', text, REMEDIES.subscription);
  return say('fail', text, REMEDIES.coverage);
}

function connected(bearer: Bearer | undefined): Finding {
  const say = finding('bearer', 'bearer');
  if (bearer === undefined) return say('fail', 'the modem is not connected', START);
  const { apn } = bearer.properties;
  const ip = bearer.ip4Config;
  const address =
    ip.address === undefined ? `no IPv4 address (method ${ip.method})` : `${ip.address}/${ip.prefix ?? 32}`;
  return say(
    'ok',
    `connected${apn === undefined ? '' : ` with apn ${apn === '' ? '""' : apn}`}: ${address} on ${bearer.interface ?? 'no interface'}`,
  );
}

const Addresses = z
  .array(
    z.looseObject({
      flags: z.array(z.string()).default([]),
      addr_info: z
        .array(z.looseObject({ local: z.string().default(''), prefixlen: z.number().default(0) }))
        .default([]),
    }),
  )
  .min(1);

/** The guide's steps 12 to 16: the interface up, the address on it, the route, the ping. */
async function link(context: CliContext, around: Around, bearer: Bearer | undefined): Promise<readonly Finding[]> {
  const name = bearer?.interface;
  if (bearer === undefined || name === undefined) return [];
  const [shown] = Addresses.catch([]).parse(await json(context, ['ip', '-json', 'address', 'show', 'dev', name]));
  const up = finding('interface', 'link');
  if (shown === undefined) return [up('fail', `${name} is not there`, 'ip link; percept-lte why')];
  const findings = [shown.flags.includes('UP') ? up('ok', `${name} is up`) : up('fail', `${name} is down`, START)];
  const { address, prefix, gateway, dns } = bearer.ip4Config;
  if (address === undefined) return findings;
  const on = finding('address', 'address');
  const held = shown.addr_info.find(({ local }) => local === address);
  findings.push(
    held === undefined
      ? on('fail', `${name} lacks ${address}/${prefix ?? 32}, which the bearer has`, START)
      : on('ok', `${address}/${held.prefixlen} is on ${name}, as the bearer has it`),
  );
  const routes = await json(context, ['ip', '-json', 'route', 'show', 'default', 'dev', name]);
  const route = finding('default-route', 'default route');
  findings.push(
    Array.isArray(routes) && routes.length > 0
      ? route('ok', `through ${name}`)
      : route('fail', `none through ${name}`, START),
  );
  findings.push(await traffic(context, around, name, dns[0] ?? gateway ?? '8.8.8.8'));
  return findings;
}

/** A proof of the daemon's is worth more than a ping, and costs no data. */
async function traffic(
  { commands, signal }: CliContext,
  { status }: Around,
  name: string,
  target: string,
): Promise<Finding> {
  const say = finding('traffic', 'traffic');
  if (status?.phase === 'online' && status.link?.lastProof !== undefined && status.link.interface === name)
    return say('ok', `passes: ${status.link.lastProof.by}`);
  const argv = ['ping', '-n', '-c', '1', '-W', '3', '-I', name, target];
  try {
    await commands.run(argv, { timeoutMs: 6_000, signal });
    return say('ok', `passes: ${target} answers a ping through ${name}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return say('warn', `${target} answers no ping through ${name}`, `${START}. Some carriers answer no ping`);
  }
}

async function json({ commands, signal }: CliContext, argv: readonly string[]): Promise<unknown> {
  try {
    return JSON.parse((await commands.run(argv, { timeoutMs: 10_000, signal })) || '[]');
  } catch (error) {
    // No ip, or one without JSON, has a finding of its own.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the daemon warns of, in its own words, except where another finding says the same. */
export function daemonWarnings({ status }: Around, others: readonly Finding[]): readonly Finding[] {
  const said = (text: string) => others.some((other) => other.text === text);
  return (status?.warnings ?? []).flatMap((warning): Finding[] => {
    const [text = '', remedy] = warning.split('. Remedy: ');
    if (said(text)) return [];
    return [{ code: 'daemon-warning', state: 'warn', about: 'warning', text, ...(remedy !== undefined && { remedy }) }];
  });
}
