// Who issued a SIM. Pure.
import type { Sim } from './objects.ts';

/**
 * MCC and MNC of the SIM's home operator: what ModemManager says, else the two that the IMSI may
 * begin with, the longer first, since an MNC has two or three digits and the IMSI does not tell
 * how many (3GPP TS 23.003 §2.2). Empty where the SIM tells neither.
 *
 * From 1.24 on ModemManager reads the length from the SIM's EF_AD. A MBIM modem that lets nobody
 * read the SIM's files, and has no AT port, then has no OperatorIdentifier for good, where 1.22
 * asked the modem for its home provider (mm-sim-mbim.c).
 */
export function homeOperators({ operatorIdentifier, imsi }: Sim): readonly string[] {
  if (operatorIdentifier !== '') return [operatorIdentifier];
  return [6, 5].filter((digits) => imsi.length >= digits).map((digits) => imsi.slice(0, digits));
}
