// The seam between the modem and its QMI services: what a service is asked and what it answers.
// Types and two constructors only.

import type { QmiClient } from './clients.ts';
import type { Request, Tlv } from './codec.ts';
import { QmiError } from './codec.ts';
import type { QmiModem } from './modem.ts';

export interface Answer {
  readonly error: number;
  readonly tlvs: readonly Tlv[];
}

/**
 * Answers one message of a service. CTL's sender is the host's connection, every other's the client
 * id that it used.
 */
export type Handler = (modem: QmiModem, request: Request, sender: QmiClient) => Answer | Promise<Answer>;

export interface Service {
  readonly number: number;
  /** By message number; what is not there is answered with InvalidQmiCommand. */
  readonly messages: Readonly<Record<number, Handler>>;
}

export function ok(...tlvs: Tlv[]): Answer {
  return { error: QmiError.none, tlvs };
}

export function refused(error: number, ...tlvs: Tlv[]): Answer {
  return { error, tlvs };
}
