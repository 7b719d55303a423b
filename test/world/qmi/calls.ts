// Data calls: one for each IP family, together one session to the carrier. A call lives for as long
// as any client takes part in it, also one whose host has gone without releasing it.

import { leadsSomewhere, neverAnswered, type Obstacle, obstacleOf, refusalOf } from '../modem/admission.ts';
import type { ConnectRefusal, IpType, QmiRefusal, Session } from '../modem/state.ts';
import type { QmiClient } from './clients.ts';
import type { Tlv } from './codec.ts';
import { QmiError, value } from './codec.ts';
import type { QmiModem } from './modem.ts';
import type { Answer } from './service.ts';
import { ok, refused } from './service.ts';

export type Family = 4 | 6;

export interface CallRequest {
  readonly apn: string;
  readonly user: string;
  readonly password: string;
}

interface Call {
  readonly handle: number;
  readonly apn: string;
  readonly members: Set<QmiClient>;
}

/** The carrier's only session: without multiplexing both families share the port. */
const session = 0;
/** The handle by which any client may end whatever call there is. */
const globalHandle = 0xffffffff;
const ipTypeOf: Readonly<Record<Family, IpType>> = { 4: 'ipv4', 6: 'ipv6' };

/** Types of verbose call end reasons and the reasons that the modem gives by itself. */
const Verbose = { internal: 2, callManager: 3, threeGpp: 6 } as const;
const unspecified = 1;
const interfaceInUse = 237;
const lowPower = 219;
const noService = 2001;

const obstacleAnswers: Readonly<Record<Obstacle, QmiRefusal>> = {
  'sim-missing': { error: QmiError.noSim },
  'sim-locked': { error: QmiError.pinRestriction },
  'sim-unready': { error: QmiError.noSim },
  'radio-off': { verbose: { type: Verbose.internal, reason: lowPower } },
  detached: { verbose: { type: Verbose.callManager, reason: noService } },
};

/** MBIM statuses that have a like here: "invalid access string" and "user name or password". */
const causeOfStatus: Readonly<Record<number, number>> = { 18: 27, 19: 29 };

export class Calls {
  readonly #modem: QmiModem;
  readonly #calls = new Map<Family, Call>();
  #lastHandle = 0;

  constructor(modem: QmiModem) {
    this.#modem = modem;
  }

  isUp(family: Family): boolean {
    return this.#calls.has(family);
  }

  /** The session as this family sees it; undefined without a call. */
  sessionOf(family: Family): Session | undefined {
    return this.#calls.has(family) ? this.#modem.state.sessions.get(session) : undefined;
  }

  async start(client: QmiClient, request: CallRequest): Promise<Answer> {
    const { family } = client;
    const call = this.#calls.get(family);
    if (call !== undefined) return this.#join(client, call, request);
    if (neverAnswered(this.#modem.state)) {
      this.#modem.record({ kind: 'activate', ...request, ipType: ipTypeOf[family], accepted: false });
      return new Promise(() => {});
    }
    const refusal = this.#whyNot(family, request);
    this.#modem.record({ kind: 'activate', ...request, ipType: ipTypeOf[family], accepted: refusal === undefined });
    if (refusal !== undefined) return refused(refusal.error ?? QmiError.callFailed, ...reasonTlvs(refusal));
    this.#lastHandle += 1;
    this.#calls.set(family, { handle: this.#lastHandle, apn: request.apn, members: new Set([client]) });
    await this.#apply();
    this.#modem.indicatePacketService(family, true);
    return ok([0x01, value().u32(this.#lastHandle).done()]);
  }

  async stop(client: QmiClient, handle: number): Promise<Answer> {
    const call = this.#calls.get(client.family);
    if (call === undefined) return refused(QmiError.noEffect);
    if (handle !== call.handle && handle !== globalHandle) return refused(QmiError.invalidHandle);
    if (handle === globalHandle) call.members.clear();
    await this.leave(client);
    return ok();
  }

  /** This client takes no part any more; the last one ends the call. */
  async leave(client: QmiClient): Promise<void> {
    for (const [family, call] of this.#calls) {
      call.members.delete(client);
      if (call.members.size > 0) continue;
      this.#calls.delete(family);
      this.#modem.record({ kind: 'deactivate', ipType: ipTypeOf[family], accepted: true });
      await this.#apply();
      this.#modem.indicatePacketService(family, false);
    }
  }

  /** The network ends one of them. */
  async end(family: Family): Promise<void> {
    this.#calls.delete(family);
    await this.#apply();
  }

  /** The network has ended them. */
  forget(): readonly Family[] {
    const families = [...this.#calls.keys()];
    this.#calls.clear();
    return families;
  }

  /** What a call that is there already answers to a further client. */
  #join(client: QmiClient, call: Call, { apn }: CallRequest): Answer {
    if (call.apn !== apn) {
      const answer: QmiRefusal = { verbose: { type: Verbose.internal, reason: interfaceInUse } };
      return refused(QmiError.callFailed, ...reasonTlvs(answer));
    }
    this.#modem.record({ kind: 'join', apn, ipType: ipTypeOf[client.family], accepted: true });
    if (!this.#modem.profile.joinsCalls) return refused(QmiError.noEffect);
    call.members.add(client);
    return ok([0x01, value().u32(call.handle).done()]);
  }

  #whyNot(family: Family, request: CallRequest): QmiRefusal | undefined {
    const { state } = this.#modem;
    const obstacle = obstacleOf(state);
    if (obstacle !== undefined) return obstacleAnswers[obstacle];
    const [other] = this.#calls.values();
    if (other !== undefined && other.apn !== request.apn) {
      return { verbose: { type: Verbose.internal, reason: interfaceInUse } };
    }
    const refusal = refusalOf(state, { ...request, ipType: ipTypeOf[family] });
    return refusal === undefined ? undefined : qmiRefusalOf(refusal);
  }

  /** Makes the carrier's session what the calls are together. */
  async #apply(): Promise<void> {
    const { state } = this.#modem;
    const before = state.sessions.get(session);
    const [first] = this.#calls.values();
    if (first === undefined) {
      state.sessions.delete(session);
    } else {
      const ipv4 = before?.ip.ipv4 ?? state.ip.ipv4;
      const ipv6 = before?.ip.ipv6 ?? state.ip.ipv6;
      const both = this.#calls.size === 2;
      state.sessions.set(session, {
        id: session,
        apn: first.apn,
        ipType: both ? 'ipv4v6' : ipTypeOf[this.#calls.has(4) ? 4 : 6],
        ip: {
          ...(this.#calls.has(4) && ipv4 !== undefined && { ipv4 }),
          ...(this.#calls.has(6) && ipv6 !== undefined && { ipv6 }),
        },
        alive: before?.alive ?? leadsSomewhere(state, first.apn),
      });
    }
    await this.#modem.settle();
  }
}

/**
 * Causes that the modem hears when it attaches, which no call ends with: its connection manager has
 * numbers of its own for them (QmiWdsVerboseCallEndReasonCm of libqmi).
 */
const OF_ATTACH: Readonly<Record<number, number>> = {
  3: 1004,
  6: 1005,
  7: 1007,
  11: 1010,
  12: 1011,
  14: 1012,
  15: 1023,
  22: 1015,
};

/** A 3GPP cause as a verbose call end reason. */
function verboseOf(cause: number): NonNullable<QmiRefusal['verbose']> {
  const ofAttach = OF_ATTACH[cause];
  return ofAttach === undefined
    ? { type: Verbose.threeGpp, reason: cause }
    : { type: Verbose.callManager, reason: ofAttach };
}

/** The words of a QMI modem for a refusal that is told in MBIM's terms. */
export function qmiRefusalOf({ status, networkError, qmi }: ConnectRefusal): QmiRefusal {
  if (qmi !== undefined) return qmi;
  const cause = networkError > 0 ? networkError : causeOfStatus[status];
  return {
    reason: unspecified,
    ...(cause !== undefined && { verbose: verboseOf(cause) }),
  };
}

/** TLVs 0x10 and 0x11 of Start Network and of the Packet Service Status indication. */
export function reasonTlvs({ reason, verbose }: QmiRefusal): Tlv[] {
  return [
    ...(reason === undefined ? [] : [[0x10, value().u16(reason).done()] as const]),
    ...(verbose === undefined ? [] : [[0x11, value().u16(verbose.type).u16(verbose.reason).done()] as const]),
  ];
}
