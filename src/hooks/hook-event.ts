// Which changes of the connection the hooks are told of, and in what words. Pure.
import type { Connection } from '../connection/connection.ts';
import { isTakenOver } from '../connection/uplinks/better-ways.ts';
import type { Status } from '../status/schema.ts';

/** Every event, as a hook gets it in PERCEPT_LTE_EVENT and as its second argument. */
export type HookEvent = 'online' | 'offline' | 'blocked' | 'taken-over' | 'given-back' | 'trial-ended' | 'quota';

/** What belongs to one event alone: `result` is PERCEPT_LTE_RESULT in a hook's environment. */
export type Details = Readonly<Record<string, string>>;

type Told = Pick<Connection, 'phase' | 'outage' | 'uplinks'>;

/**
 * Online is told with the first proof that traffic passes, offline when an outage begins, also
 * where there has been no link since the start: hooks may have heard of online in the life before.
 * Quota is none of these: who counts the data tells it.
 */
export function hookEventsOf(
  from: Told & Pick<Connection, 'proof' | 'sessionSince'>,
  to: Told & Pick<Connection, 'proof' | 'sessionSince'>,
): HookEvent[] {
  const events: HookEvent[] = [];
  const began = from.outage === undefined && to.outage !== undefined;
  if (began) events.push('offline');
  const passes = to.proof !== undefined && to.outage === undefined;
  if (passes && (from.proof === undefined || from.outage !== undefined)) events.push('online');
  if (to.phase.kind === 'blocked' && from.phase.kind !== 'blocked') events.push('blocked');
  const [was, is] = [isTakenOver(from.uplinks), isTakenOver(to.uplinks)];
  if (was !== is) events.push(is ? 'taken-over' : 'given-back');
  return events;
}

/**
 * A hook's environment, in the names of NetworkManager's dispatcher where it has one for the same.
 * `path` is PATH.
 */
export function environmentOf(
  event: HookEvent,
  { link, phase, sentence }: Status,
  path: string,
  details: Details = {},
): Record<string, string> {
  const isIpv6 = (text: string) => text.includes(':');
  const of = (family: 4 | 6, texts: readonly string[] = []) => texts.filter((text) => isIpv6(text) === (family === 6));
  const addresses = (family: 4 | 6) =>
    of(family, link?.addresses).map((address, index) => {
      const gateway = of(family, link?.gateway === undefined ? [] : [link.gateway])[0];
      return [`IP${family}_ADDRESS_${index}`, gateway === undefined ? address : `${address} ${gateway}`] as const;
    });
  return {
    PATH: path,
    LANG: 'C',
    PERCEPT_LTE_EVENT: event,
    PERCEPT_LTE_PHASE: phase,
    PERCEPT_LTE_SENTENCE: sentence,
    ...Object.fromEntries(Object.entries(details).map(([name, text]) => [`PERCEPT_LTE_${name.toUpperCase()}`, text])),
    ...(link && {
      DEVICE_IFACE: link.interface,
      DEVICE_IP_IFACE: link.interface,
      CONNECTION_ID: link.apn,
      IP4_NUM_ADDRESSES: String(addresses(4).length),
      IP6_NUM_ADDRESSES: String(addresses(6).length),
      IP4_NAMESERVERS: of(4, link.dns).join(' '),
      IP6_NAMESERVERS: of(6, link.dns).join(' '),
      ...Object.fromEntries([...addresses(4), ...addresses(6)]),
    }),
  };
}
