// The modems that a world can have, by name, and which one it has when a test does not say.

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

/** By protocol, the modem of a test that only cares for that; both hold the seed document's SIM. */
const usual: Readonly<Record<Protocol, ProfileName>> = { mbim: 'multitech', qmi: 'ec25' };

/** The environment's WORLD_MODEM, a protocol or a profile's name; `multitech`, the seed document's, when it is not set. */
export function defaultProfile(): ProfileName {
  const name = process.env.WORLD_MODEM ?? 'mbim';
  if (name === 'mbim' || name === 'qmi') return usual[name];
  if (name in profiles) return name as ProfileName;
  throw new Error(`WORLD_MODEM=${name}: known are mbim, qmi, ${Object.keys(profiles).join(', ')}`);
}
