// CIDs 12 and 15: activating and deactivating contexts, and the IP configuration that comes with one (clauses 10.5.12, 10.5.15).

import { isIPv4, isIPv6 } from 'node:net';
import { BufferReader, BufferWriter } from './buffer.ts';
import { Status } from './codec.ts';
import type { Answer, Modem } from './service.ts';
import { ok, refused } from './service.ts';
import type { ModemState, Session } from './state.ts';
import { isAttached, lockOf, radioOn } from './state.ts';

export const ContextType = {
  none: 'b43f758c-a560-4b46-b35e-c5869641fb54',
  internet: '7e5e2a7e-4e6f-7272-736b-656e7e5e2a7e',
} as const;

const ActivationState = { activated: 1, deactivated: 3 } as const;
const IpType = { default: 0, ipv4: 1, ipv6: 2, ipv4v6: 3 } as const;
const onlyIpv4Allowed = 50;
const authenticationFailed = 29;

interface ActivationRequest {
  readonly sessionId: number;
  readonly apn: string;
  readonly user: string;
  readonly password: string;
  readonly auth: number;
  readonly ipType: number;
}

interface Refusal {
  readonly status: number;
  readonly networkError: number;
}

/** The answer to CONNECT and its indication. */
export function connectBuffer(
  sessionId: number,
  active: boolean,
  ipType: number,
  contextType: string,
  error = 0,
): Buffer {
  return new BufferWriter()
    .u32(sessionId)
    .u32(active ? ActivationState.activated : ActivationState.deactivated)
    .u32(0)
    .u32(ipType)
    .uuid(contextType)
    .u32(error)
    .done();
}

export function queryConnect(modem: Modem, buffer: Buffer): Answer {
  const id = new BufferReader(buffer).u32();
  const session = modem.state.sessions.get(id);
  return ok(connectBuffer(id, session !== undefined, session?.ipType ?? 0, ContextType.internet));
}

export function setConnect(modem: Modem, buffer: Buffer): Promise<Answer> {
  const reader = new BufferReader(buffer);
  const sessionId = reader.u32();
  const activate = reader.u32() === 1;
  const apn = reader.string();
  const user = reader.string();
  const password = reader.string();
  reader.u32();
  const auth = reader.u32();
  const ipType = reader.u32();
  return activate
    ? activateSession(modem, { sessionId, apn, user, password, auth, ipType })
    : deactivateSession(modem, sessionId);
}

async function activateSession(modem: Modem, request: ActivationRequest): Promise<Answer> {
  const refusal = refusalOf(modem, request);
  modem.record({ kind: 'activate', ...request, accepted: refusal === undefined });
  if (refusal !== undefined) {
    const body = connectBuffer(request.sessionId, false, 0, ContextType.internet, refusal.networkError);
    return refused(refusal.status, body);
  }
  const ipType = grantedIpType(modem.state, request.ipType);
  const { ipv4, ipv6 } = modem.state.ip;
  const ip = {
    ...(ipType !== IpType.ipv6 && ipv4 !== undefined && { ipv4 }),
    ...(ipType !== IpType.ipv4 && ipv6 !== undefined && { ipv6 }),
  };
  modem.state.sessions.set(request.sessionId, { id: request.sessionId, apn: request.apn, ipType, ip, alive: true });
  await modem.settle();
  const error = request.ipType === IpType.ipv4v6 && ipType === IpType.ipv4 ? onlyIpv4Allowed : 0;
  return ok(connectBuffer(request.sessionId, true, ipType, ContextType.internet, error));
}

async function deactivateSession(modem: Modem, id: number): Promise<Answer> {
  const held = modem.state.sessions.delete(id);
  modem.record({ kind: 'deactivate', sessionId: id, accepted: held });
  await modem.settle();
  const body = connectBuffer(id, false, 0, ContextType.internet);
  return held ? ok(body) : refused(Status.contextNotActivated, body);
}

/** Why this activation fails: the modem's own reasons first, then the carrier's. */
function refusalOf({ state, profile }: Modem, request: ActivationRequest): Refusal | undefined {
  const refuse = (status: number, networkError = 0): Refusal => ({ status, networkError });
  if (!state.sim.present) return refuse(Status.simNotInserted);
  if (lockOf(state.sim) !== 'none') return refuse(Status.pinRequired);
  if (!radioOn(state)) return refuse(Status.radioPowerOff);
  if (!isAttached(state)) return refuse(Status.packetServiceDetached);
  if (request.sessionId >= profile.maxSessions) return refuse(Status.maxActivatedContexts);
  const planned = state.refusals[0];
  if (planned !== undefined) {
    planned.times -= 1;
    if (planned.times <= 0) state.refusals.shift();
    return refuse(planned.status, planned.networkError);
  }
  if (state.subscribedApns?.includes(request.apn) === false) return state.unknownApnError;
  const wanted = state.credentials;
  if (wanted !== undefined && (wanted.user !== request.user || wanted.password !== request.password)) {
    return refuse(Status.failure, authenticationFailed);
  }
  if (request.ipType === IpType.ipv6 && state.ip.ipv6 === undefined) return refuse(Status.failure, onlyIpv4Allowed);
  return undefined;
}

function grantedIpType(state: ModemState, requested: number): number {
  if (requested === IpType.default) return IpType.ipv4;
  return requested === IpType.ipv4v6 && state.ip.ipv6 === undefined ? IpType.ipv4 : requested;
}

/** CID 15. The flags say which parts are given: 1 address, 2 gateway, 4 DNS, 8 MTU. */
export function ipConfigurationBuffer(session: Session): Buffer {
  const { ipv4, ipv6 } = session.ip;
  const address4 = ipv4?.address === undefined ? empty : element(ipv4.prefix ?? 32, ipv4Bytes(ipv4.address));
  const address6 = ipv6 === undefined ? empty : element(ipv6.prefix, ipv6Bytes(ipv6.address));
  const dns4 = (ipv4?.dns ?? []).map(ipv4Bytes);
  const dns6 = (ipv6?.dns ?? []).map(ipv6Bytes);
  return new BufferWriter()
    .u32(session.id)
    .u32(availability(ipv4))
    .u32(availability(ipv6))
    .u32(address4.length === 0 ? 0 : 1)
    .reference(address4)
    .u32(address6.length === 0 ? 0 : 1)
    .reference(address6)
    .reference(ipv4?.gateway === undefined ? empty : ipv4Bytes(ipv4.gateway))
    .reference(ipv6?.gateway === undefined ? empty : ipv6Bytes(ipv6.gateway))
    .u32(dns4.length)
    .reference(Buffer.concat(dns4))
    .u32(dns6.length)
    .reference(Buffer.concat(dns6))
    .u32(ipv4?.mtu ?? 0)
    .u32(ipv6?.mtu ?? 0)
    .done();
}

const empty = Buffer.alloc(0);

function availability(
  ip: { address?: string; gateway?: string; dns: readonly string[]; mtu?: number } | undefined,
): number {
  if (ip === undefined) return 0;
  const { address, gateway, dns, mtu } = ip;
  return (address ? 1 : 0) | (gateway ? 2 : 0) | (dns.length > 0 ? 4 : 0) | (mtu ? 8 : 0);
}

function element(prefix: number, address: Buffer): Buffer {
  return Buffer.concat([new BufferWriter().u32(prefix).done(), address]);
}

function ipv4Bytes(address: string): Buffer {
  if (!isIPv4(address)) throw new Error(`not an IPv4 address: ${address}`);
  return Buffer.from(address.split('.').map(Number));
}

/** The 16 bytes of an IPv6 address in any written form without an embedded IPv4 part. */
function ipv6Bytes(address: string): Buffer {
  if (!isIPv6(address)) throw new Error(`not an IPv6 address: ${address}`);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
