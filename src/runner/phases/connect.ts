// One attempt: leftover bearers deleted, Simple.Connect, the bearer read back.
import pRetry, { AbortError } from 'p-retry';
import type { Facts } from '../../connection/connection.ts';
import { type ConnectSettings, type ModemManagerCalls, simpleConnectDeadline } from '../../modem/calls.ts';
import { classify } from '../../modem/errors/failure.ts';
import type { IpConfig } from '../../modem/objects.ts';
import { DeadlineError } from '../../system/clock.ts';
import type { Logger } from '../../system/log.ts';
import type { Happening } from '../runner.ts';
import { BearerUnusableError } from './bearer-unusable.ts';

/**
 * ModemManager is busy with somebody else's call: a glitch of seconds, tried again without counting
 * as an attempt.
 */
const BUSY_RETRIES = 3;
const BUSY_RETRY_MS = 500;

export interface ConnectPorts {
  readonly calls: Pick<ModemManagerCalls, 'simpleConnect' | 'simpleDisconnect' | 'readBearer' | 'deleteBearer'>;
  readonly log: Logger;
  /** The facts as they are now. */
  readonly facts: () => Facts;
  /** ModemManager's Version property. */
  readonly version: () => string;
}

/**
 * @throws BearerUnusableError, or what the last call threw; a connect past its deadline is
 * cancelled in ModemManager before.
 */
export async function connect(
  ports: ConnectPorts,
  modemPath: string,
  settings: ConnectSettings,
  deadlineMs: number | undefined,
  signal: AbortSignal,
): Promise<Happening> {
  await deleteLeftovers(ports, modemPath, false, signal);
  const path = await simpleConnect(ports, modemPath, settings, deadlineMs, signal);
  const bearer = await ports.calls.readBearer(path, signal);
  const configs = [bearer.ip4Config, bearer.ip6Config];
  if (!configs.some(isConfigurable)) {
    const facts = ports.facts();
    const method = configs.find((config) => config.method === 'ppp')?.method ?? bearer.ip4Config.method;
    throw new BearerUnusableError(method, path, facts.kind === 'modem' ? facts.modem.plugin : '');
  }
  return { kind: 'bearerConnected', bearer, apn: settings.apn };
}

/** What is missing in a dhcp configuration is asked of the network (address-sources.ts). */
function isConfigurable({ method, address }: IpConfig): boolean {
  return method === 'dhcp' || (method === 'static' && address !== undefined);
}

async function simpleConnect(
  ports: ConnectPorts,
  modemPath: string,
  settings: ConnectSettings,
  deadlineMs: number | undefined,
  signal: AbortSignal,
): Promise<string> {
  const timeoutMs = Math.min(simpleConnectDeadline(ports.version()), deadlineMs ?? Number.POSITIVE_INFINITY);
  const attempt = async () => {
    try {
      return await ports.calls.simpleConnect(modemPath, settings, timeoutMs, signal);
    } catch (error) {
      if (classify(error).class === 'busy') throw error;
      throw new AbortError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  try {
    return await pRetry(attempt, { retries: BUSY_RETRIES, minTimeout: BUSY_RETRY_MS, factor: 2, signal });
  } catch (error) {
    // ModemManager goes on connecting after its caller gave up, and would answer the next attempt
    // with InProgress.
    if (error instanceof DeadlineError)
      await ports.calls.simpleDisconnect(modemPath, undefined, signal).catch(() => {});
    throw error;
  }
}

/**
 * Deletes disconnected bearers, or all: ModemManager before 1.16 counts them when it picks the next
 * session, which then would want a VLAN. The initial EPS bearer is the network's and stays.
 */
export async function deleteLeftovers(
  ports: Pick<ConnectPorts, 'facts' | 'log'> & { readonly calls: Pick<ModemManagerCalls, 'deleteBearer'> },
  modemPath: string,
  connectedToo: boolean,
  signal: AbortSignal,
): Promise<void> {
  const facts = ports.facts();
  if (facts.kind !== 'modem' || facts.modem.path !== modemPath) return;
  const { bearers, initialEpsBearer } = facts.modem;
  const leftovers = bearers.filter((bearer) => bearer.path !== initialEpsBearer && (connectedToo || !bearer.connected));
  for (const { path } of leftovers) {
    await ports.calls.deleteBearer(modemPath, path, signal).catch((error: unknown) => {
      ports.log.debug({ bearer: path, error: String(error) }, 'leftover bearer could not be deleted');
    });
  }
}
