// What the ModemManager at hand can do, found by looking rather than by its version: one line in
// the log that says which ways are open.
import type { Raw } from './wire/raw.ts';
import { INTERFACES } from './wire/vocabulary.ts';

/** Interfaces of a modem's object with their properties, as GetManagedObjects gives them. */
export type Interfaces = ReadonlyMap<string, Raw>;

interface Feature {
  readonly name: string;
  /** For the reader of the code; the probe decides. */
  readonly since: string;
  readonly probe: (interfaces: Interfaces) => boolean;
}

const hasProperty =
  (property: string, interfaceName: string = INTERFACES.modem) =>
  (interfaces: Interfaces): boolean =>
    interfaces.get(interfaceName)?.[property] !== undefined;

const FEATURES: readonly Feature[] = [
  { name: 'initial EPS bearer', since: '1.10', probe: hasProperty('InitialEpsBearer', INTERFACES.modem3gpp) },
  { name: 'SIM slots', since: '1.16', probe: hasProperty('SimSlots') },
  {
    name: 'profiles',
    since: '1.18',
    probe: (interfaces) => interfaces.has(`${INTERFACES.modem3gpp}.ProfileManager`),
  },
  { name: 'packet service state', since: '1.20', probe: hasProperty('PacketServiceState', INTERFACES.modem3gpp) },
  { name: 'physical device', since: '1.22', probe: hasProperty('Physdev') },
  { name: 'network rejection', since: '1.24', probe: hasProperty('NetworkRejection', INTERFACES.modem3gpp) },
];

/** The names of the features a modem shows, and of those it does not. */
export function featuresOf(interfaces: Interfaces): { readonly has: string[]; readonly lacks: string[] } {
  const names = (wanted: boolean) =>
    FEATURES.filter(({ probe }) => probe(interfaces) === wanted).map(({ name }) => name);
  return { has: names(true), lacks: names(false) };
}

/**
 * "ModemManager 1.14.12 has initial EPS bearer; lacks SIM slots, …". A failed or locked modem shows
 * less than it will later.
 */
export function describeFeatures(version: string, interfaces: Interfaces): string {
  const { has, lacks } = featuresOf(interfaces);
  const list = (names: readonly string[]) => (names.length === 0 ? 'nothing of note' : names.join(', '));
  return `ModemManager ${version} has ${list(has)}; lacks ${list(lacks)}`;
}
