// Why an activation fails: the modem's own reasons first, then the carrier's. Each protocol has its
// own words for the answer.

import type { ConnectRefusal, IpType, ModemState } from './state.ts';
import { isAttached, lockOf, radioOn } from './state.ts';

export interface ActivationRequest {
  readonly apn: string;
  readonly user: string;
  readonly password: string;
  readonly ipType: IpType;
}

/** What is in the way inside the modem. */
export type Obstacle = 'sim-missing' | 'sim-locked' | 'radio-off' | 'detached';

/** MBIM's "failure", which says that the 3GPP cause tells the reason. */
export const failure = 2;
const onlyIpv4Allowed = 50;
const onlyIpv6Allowed = 51;
const authenticationFailed = 29;

export function obstacleOf(state: ModemState): Obstacle | undefined {
  if (!state.sim.present) return 'sim-missing';
  if (lockOf(state.sim) !== 'none') return 'sim-locked';
  if (!radioOn(state)) return 'radio-off';
  return isAttached(state) ? undefined : 'detached';
}

/** The carrier's refusal of this activation, using up one of a planned refusal's times. */
export function refusalOf(state: ModemState, request: ActivationRequest): ConnectRefusal | undefined {
  const planned = state.refusals[0];
  if (planned !== undefined) {
    planned.times -= 1;
    if (planned.times <= 0) state.refusals.shift();
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

/** What an APN grants of what was asked for: both families only where it has both. */
export function grantedIpType({ ip }: ModemState, requested: IpType): IpType {
  return requested === 'ipv4v6' && ip.ipv6 === undefined ? 'ipv4' : requested;
}
