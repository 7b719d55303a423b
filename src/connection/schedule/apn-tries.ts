// What the carrier is asked for, in order: APNs, each with the IP types to fall back through. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import { homeOperators } from '../../modem/home-operator.ts';
import type { Bearer } from '../../modem/objects.ts';
import { type Connection, modemOf } from '../connection.ts';
import type { ApnTry } from '../phase/phase.ts';
import type { Policy } from '../policy.ts';
import { goodApnOf } from './good-apns.ts';

/** IP types to fall back through; IPv4 alone where IPv4 is asked for: Azure IoT Hub needs it. */
const IP_TYPES: Readonly<Record<Policy['ipType'], readonly ApnTry['ipType'][]>> = {
  ipv4: ['ipv4'],
  ipv6: ['ipv6'],
  ipv4v6: ['ipv4v6', 'ipv4', 'ipv6'],
};

/**
 * 3GPP TS 24.301 §9.9.4.4 causes that refuse the IP type and not the APN: 28 unknown PDN type,
 * 50 IPv4 only, 51 IPv6 only, 52 single address only.
 */
const IP_TYPE_CAUSES: ReadonlySet<number> = new Set([28, 50, 51, 52]);

/** 3GPP TS 24.301 §9.9.4.4 cause 33: the plan does not include this APN. */
export const NOT_SUBSCRIBED = 33;

/**
 * 32 (service option not supported) and 33 (not subscribed) are what some operators answer to
 * ipv4v6 where the plan has no IPv6; ipv4 then works.
 */
const MAYBE_IP_TYPE_CAUSES: ReadonlySet<number> = new Set([32, NOT_SUBSCRIBED]);

/** The network picks the APN of the subscription (3GPP TS 24.301 §6.5.1.2). */
const SUBSCRIPTION_DEFAULT = '';

type Known = Pick<Connection, 'facts' | 'memory' | 'tryIndex'>;

/** Which try comes next; `isRoundDone`: all of them have been made, and this is the first again. */
export interface NextTry {
  readonly index: number;
  readonly isRoundDone: boolean;
}

/** The tries in order, and the current one. A value. */
export class ApnTries {
  readonly #list: readonly ApnTry[];
  readonly #index: number;
  readonly #user: string;
  /** Whose APNs they are; undefined where a person named them. */
  readonly #operator: string | undefined;

  /** The APN that worked last with this subscription comes first. */
  constructor(policy: Policy, { facts, memory, tryIndex }: Known) {
    const sim = modemOf(facts)?.sim;
    const { apns: wanted } = policy;
    const known = typeof wanted === 'function' ? wanted(sim ? homeOperators(sim) : []) : undefined;
    this.#operator = known?.operator;
    const listed = typeof wanted === 'function' ? [...(known?.apns ?? []), SUBSCRIPTION_DEFAULT] : wanted;
    // Of the APNs of one operator, what another SIM used is no better than the others.
    const good = goodApnOf(memory) ?? (known === undefined ? memory.lastGoodApn : undefined);
    const apns = good !== undefined && listed.includes(good) ? [good, ...listed.filter((apn) => apn !== good)] : listed;
    this.#list = apns.flatMap((apn) => IP_TYPES[policy.ipType].map((ipType) => ({ apn, ipType })));
    this.#index = tryIndex % this.#list.length;
    this.#user = policy.connect.user ?? '';
  }

  /** Of `apn: auto`: whose APNs they are, and which; undefined where a person named them. */
  get found(): { readonly operator: string; readonly apns: readonly string[] } | undefined {
    const apns = new Set(this.#list.map(({ apn }) => apn).filter((apn) => apn !== SUBSCRIPTION_DEFAULT));
    return this.#operator === undefined ? undefined : { operator: this.#operator, apns: [...apns] };
  }

  get current(): ApnTry {
    const current = this.#list[this.#index];
    if (current === undefined) throw new TypeError('the list of APNs is empty');
    return current;
  }

  /** Whether the current try is another IP type of the APN before it. */
  get isFallBack(): boolean {
    return this.#list[this.#index - 1]?.apn === this.current.apn;
  }

  /** Whether what was refused may be ipv4v6 alone: somebody said so, or said nothing. */
  mayBeIpType({ class: kind, networkCause }: Failure): boolean {
    if (this.current.ipType !== 'ipv4v6') return false;
    return networkCause === undefined ? kind === 'refused' : MAYBE_IP_TYPE_CAUSES.has(networkCause);
  }

  /** The try after one that was refused: another IP type where that may be why, or the next APN. */
  after(failure: Failure): NextTry {
    if (IP_TYPE_CAUSES.has(failure.networkCause ?? 0) || this.mayBeIpType(failure)) return this.#at(this.#index + 1);
    const others = this.#list.slice(this.#index).findIndex(({ apn }) => apn !== this.current.apn);
    return this.#at(others === -1 ? this.#list.length : this.#index + others);
  }

  /**
   * The index after a failure that names no reason: ModemManager before 1.24 knows no cause 52, and
   * modems have their own ways to refuse ipv4v6. That and IPv4 alone take turns; IPv6 alone comes
   * only where the network asks for it, since less works with it.
   */
  get otherIpType(): number {
    const turn = this.current.ipType === 'ipv4v6' ? 'ipv4' : 'ipv4v6';
    const index = this.indexOf(this.current.apn, turn);
    return index === -1 ? this.#index : index;
  }

  /** Index of a try, or -1. */
  indexOf(apn: string, ipType: ApnTry['ipType']): number {
    return this.#list.findIndex((one) => one.apn === apn && one.ipType === ipType);
  }

  /**
   * Whether a connected bearer is one that this config would have made, so that it is adopted.
   * APNs are compared without regard to case (3GPP TS 23.003 §9.1), and a bearer that names none is
   * taken for the subscription's default.
   */
  fits(bearer: Bearer): boolean {
    if (!bearer.connected || bearer.interface === undefined) return false;
    const apn = (bearer.properties.apn ?? '').toLowerCase();
    const ipType = bearer.properties.ipType ?? 'none';
    if ((bearer.properties.user ?? '') !== this.#user) return false;
    return this.#list.some(
      (one) => one.apn.toLowerCase() === apn && (ipType === one.ipType || ipType === 'none' || ipType === 'any'),
    );
  }

  #at(index: number): NextTry {
    return { index: index % this.#list.length, isRoundDone: index >= this.#list.length };
  }
}
