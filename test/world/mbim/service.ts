// The seam between the modem and its MBIM services: what a service is asked, and what it may use of the modem.
// Types and two constructors only.

import type { ModemProfile } from './profiles.ts';
import type { Attempt, ModemState, Session } from './state.ts';

export interface Answer {
  readonly status: number;
  readonly buffer: Buffer;
}

export interface Traffic {
  readonly receivedBytes: bigint;
  readonly receivedPackets: bigint;
  readonly sentBytes: bigint;
  readonly sentPackets: bigint;
}

/** The radio side, as the modem sees it. */
export interface CarrierPort {
  /** Makes traffic follow exactly these sessions; resolves when it does, so that CONNECT is answered only then. */
  applySessions(sessions: readonly Session[]): Promise<void>;
  statistics(): Promise<Traffic>;
}

/** What a service may see and do of the modem that it belongs to. */
export interface Modem {
  readonly profile: ModemProfile;
  readonly state: ModemState;
  readonly carrier: CarrierPort;
  /** APN of the LTE attach's default bearer; empty where the modem has none. */
  initialEpsBearer: string;
  /** Notes an attempt with the present time. */
  record(attempt: Omit<Attempt, 'at'>): void;
  /** Brings the carrier in line with the state and indicates whatever has changed. */
  settle(): Promise<void>;
  indicate(service: string, cid: number, buffer: Buffer): void;
  /** The modem restarts: it leaves the bus and comes back. */
  reset(): void;
}

export interface Service {
  readonly uuid: string;
  readonly cids: readonly number[];
  query(modem: Modem, cid: number, buffer: Buffer): Answer | Promise<Answer>;
  set(modem: Modem, cid: number, buffer: Buffer): Answer | Promise<Answer>;
}

export function ok(buffer: Buffer = Buffer.alloc(0)): Answer {
  return { status: 0, buffer };
}

export function refused(status: number, buffer: Buffer = Buffer.alloc(0)): Answer {
  return { status, buffer };
}
