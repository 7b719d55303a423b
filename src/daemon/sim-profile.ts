// Which profile of the configuration belongs to the SIM that ModemManager shows. Pure.
import type { ReadConfig } from '../config/load.ts';
import { profileFor } from '../config/profiles.ts';
import { type Connection, type Facts, modemOf } from '../connection/connection.ts';
import { homeOperators } from '../modem/home-operator.ts';
import { simFingerprint } from '../state/pins.ts';

/** The ICCID of the SIM in `facts`; '' where it tells none. */
export const iccidOf = (facts: Facts): string => modemOf(facts)?.sim?.identifier ?? '';

/** The profile's name, '' where none fits; `inUse` while the SIM does not tell enough. */
export function profileOf(read: ReadConfig, facts: Facts, inUse = read.profile): string {
  const sim = modemOf(facts)?.sim;
  if (sim === undefined) return inUse;
  return profileFor(read, { iccid: sim.identifier, operators: homeOperators(sim) }) ?? inUse;
}

/** Salted hash of the SIM in `facts`; of the one before where it does not tell. */
export function simHashOf({ memory }: Connection, facts: Facts): string | undefined {
  const iccid = iccidOf(facts);
  return iccid === '' ? memory.sim : simFingerprint(memory.salt, iccid);
}
