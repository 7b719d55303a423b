// Which profile of the configuration belongs to the SIM that ModemManager shows. Pure.
import type { ReadConfig } from '../config/load.ts';
import { profileFor } from '../config/profiles.ts';
import type { Connection, Facts } from '../connection/connection.ts';
import { homeOperators } from '../modem/home-operator.ts';
import { simFingerprint } from '../state/pins.ts';

const iccidOf = (facts: Facts): string => (facts.kind === 'modem' ? (facts.modem.sim?.identifier ?? '') : '');

/** The profile's name, '' where none fits; `inUse` while the SIM does not tell enough. */
export function profileOf(read: ReadConfig, facts: Facts, inUse = read.profile): string {
  const sim = facts.kind === 'modem' ? facts.modem.sim : undefined;
  if (sim === undefined) return inUse;
  return profileFor(read, { iccid: sim.identifier, operators: homeOperators(sim) }) ?? inUse;
}

/** Salted hash of the SIM in `facts`; of the one before where it does not tell. */
export function simHashOf({ memory }: Connection, facts: Facts): string | undefined {
  const iccid = iccidOf(facts);
  return iccid === '' ? memory.sim : simFingerprint(memory.salt, iccid);
}
