// Checks of `doctor` that walk the steps of the vendor's guide, from the SIM to the ping, and say
// at which the board stands: what ModemManager shows, and what the kernel has of it.
import * as z from 'zod/mini';
import type { Code } from '../../codes/codes.ts';
import { START, STEPS } from '../../codes/steps.ts';
import { parseIpJson } from '../../ip/ip-json.ts';
import { describeModem } from '../../modem/choose.ts';
import { REMEDIES } from '../../modem/errors/failure-row.ts';
import type { Bearer, Modem } from '../../modem/objects.ts';
import { notRegistered } from '../../modem/registration.ts';
import { CommandError } from '../../system/command.ts';
import type { CliContext } from '../context.ts';
import { type Around, amiss, type Check, type Finding, ok } from './finding.ts';

/** All steps of the guide from `mmcli --list-modems` on. */
export const guide: Check = async (context, _configPath, around) => {
  if (around.facts?.onBus !== true) return [];
  const modem = chosen(around);
  if (modem === undefined) return [amiss('modem', 'modem shown')];
  const bearer = modem.bearers.find(({ connected }) => connected);
  return [
    ok('modem', 'modem shown', describeModem(modem)),
    sim(modem, around),
    enabled(modem, around),
    registered(modem, around),
    connected(bearer, around),
    ...(await link(context, around, bearer)),
  ];
};

/** The one that the daemon uses, else the first. */
const chosen = ({ facts, status }: Around): Modem | undefined =>
  facts?.modems.find(({ path }) => path === status?.modem?.path) ?? facts?.modems[0];

/** What the service says of it while it is offline: it knows what was tried, and refused. */
function known({ status }: Around, words: { readonly text: string; readonly remedy?: string }) {
  if (status === undefined || SAYS_NOTHING.has(status.phase)) return words;
  return { text: `${words.text}: ${status.reason}`, remedy: status.remedy ?? 'wait a minute and look again' };
}

const ASK_SERVICE = 'percept-lte why says what it makes of that; some carriers answer no ping';
const SAYS_NOTHING: ReadonlySet<string> = new Set(['starting', 'stopping', 'online', 'riding']);

function sim({ stateFailedReason, state, unlockRequired }: Modem, around: Around): Finding {
  const [code, about] = ['sim', 'SIM'] as const;
  if (state === 'failed' && stateFailedReason !== 'none') {
    const isSim = stateFailedReason === 'sim-missing' || stateFailedReason === 'sim-error';
    const remedy = isSim ? REMEDIES[stateFailedReason] : 'plug the modem in again';
    return amiss(code, about, { text: `the modem has failed: ${stateFailedReason}`, remedy });
  }
  if (unlockRequired === 'sim-puk') return amiss(code, about, { text: 'is blocked (sim-puk)', remedy: REMEDIES.puk });
  if (state === 'locked')
    return amiss(code, about, known(around, { text: `is locked (${unlockRequired})`, remedy: REMEDIES.pin }));
  return ok(code, about, 'is there and not locked');
}

function enabled({ state }: Modem, around: Around): Finding {
  const about = 'modem state';
  const text = `is ${state}`;
  if (state === 'disabled' || state === 'disabling') return amiss('modem-state', about, known(around, { text }));
  const isBusy = ['initializing', 'enabling', 'unknown', 'failed', 'locked'].includes(state);
  return isBusy ? amiss('modem-busy', about, { text }) : ok('modem-state', about, text);
}

function registered(modem: Modem, around: Around): Finding {
  const { registrationState, operatorName, operatorCode, signalPercent } = modem;
  const [code, about] = ['registration', 'registration'] as const;
  const where = `${operatorName} ${operatorCode}`.trim();
  const text = `${registrationState}${where === '' ? '' : ` (${where})`}, signal ${signalPercent} %`;
  if (registrationState.startsWith('home') || registrationState.startsWith('roaming')) return ok(code, about, text);
  const { reason, remedy } = notRegistered(modem);
  // What the service says while it waits for this alone is this, and what came of its last attempt.
  if (around.status?.phase !== 'registering') return amiss(code, about, known(around, { text: reason, remedy }));
  return amiss(code, about, { text: around.status.reason, remedy: around.status.remedy ?? remedy });
}

function connected(bearer: Bearer | undefined, around: Around): Finding {
  const [code, about] = ['bearer', 'bearer'] as const;
  if (bearer === undefined) return amiss(code, about, known(around, { text: 'the modem is not connected' }));
  const { apn } = bearer.properties;
  const ip = bearer.ip4Config;
  const address =
    ip.address === undefined ? `no IPv4 address (method ${ip.method})` : `${ip.address}/${ip.prefix ?? 32}`;
  const by = apn === undefined ? '' : ` with apn ${apn === '' ? '""' : apn}`;
  return ok(code, about, `connected${by}: ${address} on ${bearer.interface ?? 'no interface'}`);
}

const Address = z.looseObject({ local: z._default(z.string(), ''), prefixlen: z._default(z.number(), 0) });
const Addresses = z
  .array(z.looseObject({ flags: z._default(z.array(z.string()), []), addr_info: z._default(z.array(Address), []) }))
  .check(z.minLength(1));

/** The guide's steps 12 to 16: the interface up, the address on it, the route, the ping. */
async function link(context: CliContext, around: Around, bearer: Bearer | undefined): Promise<readonly Finding[]> {
  const name = bearer?.interface;
  if (bearer === undefined || name === undefined) return [];
  const [shown] = z.catch(Addresses, []).parse(await json(context, ['ip', '-json', 'address', 'show', 'dev', name]));
  const [code, about] = ['interface', 'link'] as const;
  if (shown === undefined) return [amiss(code, about, { text: `${name} is not there` })];
  const isUp = shown.flags.includes('UP');
  const down = { text: `${name} is down`, remedy: START };
  const findings = [isUp ? ok(code, about, `${name} is up`) : amiss(code, about, down)];
  const { address, prefix, gateway, dns } = bearer.ip4Config;
  if (address === undefined) return findings;
  const held = shown.addr_info.find(({ local }) => local === address);
  findings.push(
    held === undefined
      ? amiss('address', 'address', { text: `${name} lacks ${address}/${prefix ?? 32}, which the bearer has` })
      : ok('address', 'address', `${address}/${held.prefixlen} is on ${name}, as the bearer has it`),
  );
  const routes = await json(context, ['ip', '-json', 'route', 'show', 'default', 'dev', name]);
  const [step, title] = ['default-route', 'default route'] as const;
  const isThere = Array.isArray(routes) && routes.length > 0;
  findings.push(isThere ? ok(step, title, `through ${name}`) : amiss(step, title, { text: `none through ${name}` }));
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
  const [code, about] = ['traffic', 'traffic'] as const;
  if (status?.phase === 'online' && status.link?.lastProof !== undefined && status.link.interface === name)
    return ok(code, about, `passes: ${status.link.lastProof.by}`);
  const argv = ['ping', '-n', '-c', '1', '-W', '3', '-I', name, target];
  try {
    await commands.run(argv, { timeoutMs: 6_000, signal });
    return ok(code, about, `passes: ${target} answers a ping through ${name}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const text = `${target} answers no ping through ${name}`;
    return amiss(code, about, { text, ...(status !== undefined && { remedy: ASK_SERVICE }) });
  }
}

async function json({ commands, signal }: CliContext, argv: readonly string[]): Promise<unknown> {
  try {
    return parseIpJson(await commands.run(argv, { timeoutMs: 10_000, signal }));
  } catch (error) {
    // No ip, or one without JSON, has a finding of its own.
    if (error instanceof CommandError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the daemon warns of, in its own words, except what was looked at here, and just now. */
export function daemonWarnings({ status }: Around, others: readonly Finding[]): readonly Finding[] {
  return (status?.warnings ?? [])
    .filter(({ code }) => !(code in STEPS && others.some((other) => other.code === code)))
    .map(({ code, severity, text, remedy }) => {
      const about = others.find((other) => other.code === code)?.about ?? 'warning';
      return { code: code as Code, state: severity, about, text, ...(remedy !== undefined && { remedy }) };
    });
}
