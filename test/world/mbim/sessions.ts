// CIDs 12 and 15: activating and deactivating contexts, and the IP configuration that comes with
// one (clauses 10.5.12, 10.5.15).

import { ipv4Bytes, ipv6Bytes } from '../modem/addresses.ts';
import {
  type ActivationRequest,
  grantedIpType,
  leadsSomewhere,
  neverAnswered,
  type Obstacle,
  obstacleOf,
  refusalOf,
} from '../modem/admission.ts';
import type { ConnectRefusal, IpType, Session } from '../modem/state.ts';
import { BufferReader, BufferWriter } from './buffer.ts';
import { Status } from './codec.ts';
import type { MbimModem } from './modem.ts';
import type { Answer } from './service.ts';
import { ok, refused } from './service.ts';

/** The context type of all that is connected here; ModemManager up to 1.18.10 hears of no other. */
const internet = '7e5e2a7e-4e6f-7272-736b-656e7e5e2a7e';

const ActivationState = { activated: 1, deactivated: 3 } as const;
/** MbimContextIpType by number; 0 leaves the choice to the modem, and this one takes IPv4. */
export const ipTypes: readonly IpType[] = ['ipv4', 'ipv4', 'ipv6', 'ipv4v6'];
const onlyIpv4Allowed = 50;

/** Of what is in the way inside the modem. */
const obstacleStatus: Readonly<Record<Obstacle, number>> = {
  'sim-missing': Status.simNotInserted,
  'sim-locked': Status.pinRequired,
  'sim-unready': Status.notInitialized,
  'radio-off': Status.radioPowerOff,
  detached: Status.packetServiceDetached,
};

interface Activation extends ActivationRequest {
  readonly sessionId: number;
}

/** The answer to CONNECT and its indication. */
export function connectBuffer(sessionId: number, active: boolean, ipType: IpType | undefined, error = 0): Buffer {
  return new BufferWriter()
    .u32(sessionId)
    .u32(active ? ActivationState.activated : ActivationState.deactivated)
    .u32(0)
    .u32(ipType === undefined ? 0 : ipTypes.lastIndexOf(ipType))
    .uuid(internet)
    .u32(error)
    .done();
}

export function queryConnect(modem: MbimModem, buffer: Buffer): Answer {
  const id = new BufferReader(buffer).u32();
  const session = modem.state.sessions.get(id);
  return ok(connectBuffer(id, session !== undefined, session?.ipType));
}

export function setConnect(modem: MbimModem, buffer: Buffer): Promise<Answer> {
  const reader = new BufferReader(buffer);
  const sessionId = reader.u32();
  const activate = reader.u32() === 1;
  const apn = reader.string();
  const user = reader.string();
  const password = reader.string();
  reader.u32();
  reader.u32();
  const ipType = ipTypes[reader.u32()] ?? 'ipv4';
  return activate
    ? activateSession(modem, { sessionId, apn, user, password, ipType })
    : deactivateSession(modem, sessionId);
}

async function activateSession(modem: MbimModem, request: Activation): Promise<Answer> {
  if (neverAnswered(modem.state)) {
    modem.record({ kind: 'activate', ...request, accepted: false });
    return new Promise(() => {});
  }
  const refusal = whyNot(modem, request);
  modem.record({ kind: 'activate', ...request, accepted: refusal === undefined });
  if (refusal !== undefined) {
    const body = connectBuffer(request.sessionId, false, undefined, refusal.networkError);
    return refused(refusal.status, body);
  }
  const ipType = grantedIpType(modem.state, request.ipType);
  const { ipv4, ipv6 } = modem.state.ip;
  const ip = {
    ...(ipType !== 'ipv6' && ipv4 !== undefined && { ipv4 }),
    ...(ipType !== 'ipv4' && ipv6 !== undefined && { ipv6 }),
  };
  modem.state.sessions.set(request.sessionId, {
    id: request.sessionId,
    apn: request.apn,
    ipType,
    ip,
    alive: leadsSomewhere(modem.state, request.apn),
  });
  await modem.settle();
  const error = request.ipType === 'ipv4v6' && ipType === 'ipv4' ? onlyIpv4Allowed : 0;
  return ok(connectBuffer(request.sessionId, true, ipType, error));
}

async function deactivateSession(modem: MbimModem, id: number): Promise<Answer> {
  const held = modem.state.sessions.delete(id);
  modem.record({ kind: 'deactivate', sessionId: id, accepted: held });
  await modem.settle();
  const body = connectBuffer(id, false, undefined);
  return held ? ok(body) : refused(Status.contextNotActivated, body);
}

function whyNot({ state, profile }: MbimModem, request: Activation): ConnectRefusal | undefined {
  const obstacle = obstacleOf(state);
  if (obstacle !== undefined) return { status: obstacleStatus[obstacle], networkError: 0 };
  if (request.sessionId >= profile.maxSessions) return { status: Status.maxActivatedContexts, networkError: 0 };
  return refusalOf(state, request);
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
