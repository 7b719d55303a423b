// The modems that a world can have, by name, and which one it has when a test does not say.

import type { ModemManagerName } from './installations.ts';
import { type MbimProfile, mbimProfiles } from './mbim/profiles.ts';
import { type QmiProfile, qmiProfiles } from './qmi/profiles.ts';

export type ProfileName = keyof typeof mbimProfiles | keyof typeof qmiProfiles;

export const profiles: Readonly<Record<ProfileName, MbimProfile | QmiProfile>> = { ...mbimProfiles, ...qmiProfiles };

/** What a modem speaks. */
export type Protocol = 'mbim' | 'qmi';

export function protocolOf(name: ProfileName): Protocol {
  return name in qmiProfiles ? 'qmi' : 'mbim';
}

export function isQmi(profile: MbimProfile | QmiProfile): profile is QmiProfile {
  return profile.usb.driver === 'qmi_wwan';
}

/** A modem as a test names it: by what it speaks, or itself. */
export type ModemName = ProfileName | Protocol;

/** The environment's WORLD_MODEM, or `mbim`. */
export function defaultModem(): ModemName {
  const name = process.env.WORLD_MODEM ?? 'mbim';
  if (name === 'mbim' || name === 'qmi' || name in profiles) return name as ModemName;
  throw new Error(`WORLD_MODEM=${name}: known are mbim, qmi, ${Object.keys(profiles).join(', ')}`);
}

/**
 * The profile of that name. Of those that speak MBIM it is the vendor's guide's; of those that
 * speak QMI the EC25, but for 1.20.4, which takes every Quectel for one with AT ports: the world
 * has none.
 */
export function profileOf(modem: ModemName, modemManager: ModemManagerName): ProfileName {
  if (modem === 'mbim') return 'multitech';
  if (modem !== 'qmi') return modem;
  return modemManager === '1.20.4' || modemManager === 'host' ? 'em7455' : 'ec25';
}
