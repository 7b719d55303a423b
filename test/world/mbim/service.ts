// The seam between the modem and its MBIM services: what a service is asked and what it answers.
// Types and two constructors only.

import type { MbimModem } from './modem.ts';

export interface Answer {
  readonly status: number;
  readonly buffer: Buffer;
}

export interface Service {
  readonly uuid: string;
  readonly cids: readonly number[];
  query(modem: MbimModem, cid: number, buffer: Buffer): Answer | Promise<Answer>;
  set(modem: MbimModem, cid: number, buffer: Buffer): Answer | Promise<Answer>;
}

export function ok(buffer: Buffer = Buffer.alloc(0)): Answer {
  return { status: 0, buffer };
}

export function refused(status: number, buffer: Buffer = Buffer.alloc(0)): Answer {
  return { status, buffer };
}
