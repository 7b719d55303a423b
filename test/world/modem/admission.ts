// Why an activation fails: the modem's own reasons first, then the carrier's. Each protocol has its
// own words for the answer.

import type { ConnectRefusal, IpType, ModemState, PlannedRefusal } from './state.ts';
import { isAttached, lockOf, radioOn, simSeen, simUsable } from './state.ts';

export interface ActivationRequest {
  readonly apn: string;
  readonly user: string;
  readonly password: string;
  readonly ipType: IpType;
}

/** What is in the way inside the modem. */
export type Obstacle = 'sim-missing' | 'sim-locked' | 'sim-unready' | 'radio-off' | 'detached';

/** MBIM's "failure", which says that the 3GPP cause tells the reason. */
export const failure = 2;
const onlyIpv4Allowed = 50;
const onlyIpv6Allowed = 51;
const authenticationFailed = 29;

export function obstacleOf(state: ModemState): Obstacle | undefined {
  if (!simSeen(state.sim)) return 'sim-missing';
  if (lockOf(state.sim) !== 'none') return 'sim-locked';
  if (!simUsable(state.sim)) return 'sim-unready';
  if (!radioOn(state)) return 'radio-off';
  return isAttached(state) ? undefined : 'detached';
}

/** The carrier's refusal of this activation, using up one of a planned refusal's times. */
export function refusalOf(state: ModemState, request: ActivationRequest): ConnectRefusal | undefined {
  const planned = state.refusals.find((refusal) => concerns(refusal, state, request));
  if (planned !== undefined) {
    if (planned.times !== 'always') planned.times -= 1;
    if (planned.times === 0) state.refusals.splice(state.refusals.indexOf(planned), 1);
    return planned.answer;
  }
  if (state.subscribedApns?.includes(request.apn) === false) return state.unknownApnError;
  const wanted = state.credentials;
  if (wanted !== undefined && (wanted.user !== request.user || wanted.password !== request.password)) {
    return { status: failure, networkError: authenticationFailed };
  }
  const { ipv4, ipv6 } = state.ip;
  if (request.ipType === 'ipv6' && ipv6 === undefined) return { status: failure, networkError: onlyIpv4Allowed };
  if (request.ipType === 'ipv4' && ipv4 === undefined) return { status: failure, networkError: onlyIpv6Allowed };
  return undefined;
}

function concerns({ conditions }: PlannedRefusal, state: ModemState, request: ActivationRequest): boolean {
  const { apn, ipType, operator, imsi } = conditions;
  return (
    (apn === undefined || apn === request.apn) &&
    (ipType === undefined || ipType === request.ipType) &&
    (operator === undefined || operator === state.operator.id) &&
    (imsi === undefined || imsi === state.sim.imsi)
  );
}

/** Whether the network carries anything for a session of this APN. */
export const leadsSomewhere = ({ deadApns }: ModemState, apn: string): boolean => !deadApns.includes(apn);

/** Whether this activation is one that shall never be answered, using up one of them. */
export function neverAnswered(state: ModemState): boolean {
  if (state.unansweredConnects === 0) return false;
  state.unansweredConnects -= 1;
  return true;
}

/** What an APN grants of what was asked for: both families only where it has both. */
export function grantedIpType({ ip }: ModemState, requested: IpType): IpType {
  return requested === 'ipv4v6' && ip.ipv6 === undefined ? 'ipv4' : requested;
}
