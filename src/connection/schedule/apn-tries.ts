// What is offered to the carrier, in order: APNs, each with the IP types to fall back through. Pure.
import type { Bearer } from '../../modem/objects.ts';
import type { Connection, Offer } from '../connection.ts';
import type { Policy } from '../policy.ts';
import { apnsOf } from './operators.ts';

/** Fall-back of IP types; IPv4 alone where IPv4 is asked for, since Azure IoT Hub speaks nothing else. */
const IP_TYPES: Readonly<Record<Policy['ipType'], readonly Offer['ipType'][]>> = {
  ipv4: ['ipv4'],
  ipv6: ['ipv6'],
  ipv4v6: ['ipv4v6', 'ipv4', 'ipv6'],
};

/** 3GPP TS 24.301 §9.9.4.4 causes that refuse the IP type and not the APN: 28 unknown PDN type, 50 IPv4 only, 51 IPv6 only, 52 single address only. */
export const IP_TYPE_CAUSES: ReadonlySet<number> = new Set([28, 50, 51, 52]);

/** All offers in the order to try them, never empty: the APN that worked last comes first. */
export function offersOf(policy: Policy, { facts, memory }: Pick<Connection, 'facts' | 'memory'>): readonly Offer[] {
  const operator = facts.kind === 'modem' ? (facts.modem.sim?.operatorIdentifier ?? '') : '';
  const listed = policy.apns === 'auto' ? apnsOf(operator) : policy.apns;
  const good = memory.lastGoodApn;
  const apns = good !== undefined && listed.includes(good) ? [good, ...listed.filter((apn) => apn !== good)] : listed;
  return apns.flatMap((apn) => IP_TYPES[policy.ipType].map((ipType) => ({ apn, ipType })));
}

/**
 * The offer after one that failed for a reason that nobody names: ModemManager before 1.24 knows no cause 52, and modems have their own ways to
 * refuse ipv4v6. That and IPv4 alone take turns; IPv6 alone comes only where the network asks for it, since less works with it.
 */
export function offerAfterUnknown(connection: Connection, policy: Policy): number {
  const offers = offersOf(policy, connection);
  const index = connection.offer % offers.length;
  const current = offers[index];
  if (connection.phase.kind !== 'connecting' || current === undefined) return connection.offer;
  const turn = current.ipType === 'ipv4v6' ? 'ipv4' : 'ipv4v6';
  const next = offers.findIndex(({ apn, ipType }) => apn === current.apn && ipType === turn);
  return next === -1 ? connection.offer : next;
}

/**
 * Whether a connected bearer is one that this config would have made, so that it is adopted as it is.
 * APNs are compared without regard to case (3GPP TS 23.003 §9.1) and a bearer that names none is taken for the subscription's default.
 */
export function fits(bearer: Bearer, policy: Policy, connection: Pick<Connection, 'facts' | 'memory'>): boolean {
  if (!bearer.connected || bearer.interface === undefined) return false;
  const apn = (bearer.properties.apn ?? '').toLowerCase();
  const ipType = bearer.properties.ipType ?? 'none';
  return offersOf(policy, connection).some(
    (offer) => offer.apn.toLowerCase() === apn && (ipType === offer.ipType || ipType === 'none' || ipType === 'any'),
  );
}
