// What the phases' activities call, as one written list: a ModemManager that takes everything, a
// systemd, files and a stepped clock.
import type { Facts } from '../../../../src/connection/connection.ts';
import { DBusCallError } from '../../../../src/dbus/errors.ts';
import type { ActivityPorts } from '../../../../src/runner/phases/activities.ts';
import { bearer, having } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock } from '../../stepped-clock.ts';

/** An error reply of ModemManager's, of its class Core. */
export const refusal = (name: string, text = ''): DBusCallError =>
  new DBusCallError(`org.freedesktop.ModemManager1.Error.Core.${name}`, text, 'a method');

/** What a port does when it is called, in place of taking it: rejects, or waits. */
export type Trouble = Error | 'never answers';

export interface FakeHost {
  readonly clock: SteppedClock;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** By the name of the call as it stands in `asked`: what befalls each of the next ones. */
  readonly troubles: Map<string, Trouble[]>;
  /** The conditions that were waited for, and how long at most. */
  readonly awaited: { readonly fits: (facts: Facts) => boolean; readonly ms: number }[];
  facts: Facts;
  bearer: ReturnType<typeof bearer>;
  lastDevice: string | undefined;
  otherUplink: string | undefined;
  readonly ports: ActivityPorts;
}

/** A host with the modem of `having()`. A wait for facts ends as `arrives` says. */
export function fakeHost({ arrives = true } = {}): FakeHost {
  const clock = new SteppedClock(1_000_000);
  const asked: string[] = [];
  const troubles = new Map<string, Trouble[]>();
  const awaited: FakeHost['awaited'] = [];
  /** Written down as `what`, which is done unless the next trouble of that name is in the way. */
  const did = async <T>(what: string, signal: AbortSignal, result: T): Promise<T> => {
    asked.push(what);
    const trouble = troubles.get(what)?.shift();
    if (trouble instanceof Error) throw trouble;
    if (trouble === undefined) return result;
    return await new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  const short = (path: string) => path.replace('/org/freedesktop/ModemManager1/', '');
  const host = { facts: having() as Facts, bearer: bearer(), lastDevice: undefined, otherUplink: undefined };
  const own: FakeHost = Object.assign(host, { clock, asked, troubles, awaited, ports: {} as ActivityPorts });
  const ports: ActivityPorts = {
    clock,
    log: silentLog,
    bus: {
      call: ({ member, body = [] }, { signal }) =>
        did(`${member} ${body.join(' ')}`, signal ?? new AbortController().signal, []),
      subscribe: () => Promise.reject(new Error('not asked for')),
      follow: () => Promise.reject(new Error('not asked for')),
      lost: new AbortController().signal,
      close: () => {},
    },
    calls: {
      enable: (_path, on, signal) => did(on ? 'enable' : 'disable', signal, undefined),
      setPowerState: (_path, power, signal) => did(`power ${power}`, signal, undefined),
      reset: (_path, signal) => did('reset', signal, undefined),
      simpleConnect: (_path, { apn }, ms, signal) =>
        did(`connect ${apn} in ${ms / 1000} s`, signal, '/org/freedesktop/ModemManager1/Bearer/1'),
      simpleDisconnect: (_path, which, signal) => did(`disconnect ${which ?? 'all'}`, signal, undefined),
      deleteBearer: (_path, which, signal) => did(`delete ${short(which)}`, signal, undefined),
      readBearer: (path, signal) => did(`read ${short(path)}`, signal, own.bearer),
      setInitialEpsBearerSettings: (_path, { apn }, signal) => did(`attach APN ${apn}`, signal, undefined),
      sendPin: (path, pin, signal) => did(`PIN ${pin} to ${short(path)}`, signal, undefined),
      inhibitDevice: (_device, inhibit, signal) => did(inhibit ? 'take device' : 'give device back', signal, undefined),
      ping: (signal) => did('ping', signal, undefined),
      startService: (signal) => did('start service', signal, undefined),
    },
    facts: () => own.facts,
    factsUntil: (fits, ms, signal) => {
      awaited.push({ fits, ms });
      return did('wait for facts', signal, arrives ? own.facts : undefined);
    },
    version: () => '1.24.0',
    lastDevice: () => own.lastDevice,
    recorded: (outlives, signal) => did(`recorded over a ${outlives}`, signal, undefined),
    reauthoriseUsb: (device, signal) => did(`reauthorise ${device}`, signal, undefined),
    otherUplink: (signal) => did('other uplink?', signal, own.otherUplink),
  };
  return Object.assign(own, { ports });
}
