// The PIN that a SIM took last: written down when it did, and tried on that SIM where the file's
// was refused or is missing. Which one is sent is decided in connection/phase/unlocking.ts.
import { found } from '../codes/codes.ts';
import { isKept } from '../config/load.ts';
import { Secret } from '../config/secret.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConnectionEvent } from '../connection/events/event.ts';
import type { ProvenPin } from '../connection/policy.ts';
import { pinFingerprints, simFingerprint } from '../state/pins.ts';
import type { Clock } from '../system/clock.ts';
import { timeOfDay } from '../system/spoken.ts';
import type { ConfigInForce } from './config-in-force.ts';
import { iccidOf } from './sim-profile.ts';
import type { Warnings } from './warnings.ts';

/** The PIN for the SIM that took it; undefined where recovery.trial is off, or none did. */
export function provenPinOf({ kept, limitMs }: ConfigInForce): ProvenPin | undefined {
  const { pin } = kept;
  return pin === undefined || limitMs === 0 ? undefined : { pin: new Secret(pin.pin), sim: pin.sim };
}

/** To be told of each change of the connection. */
export function observePin(
  inForce: ConfigInForce,
  { clock, warnings }: { readonly clock: Clock; readonly warnings: Pick<Warnings, 'set'> },
  from: Connection,
  to: Connection,
  because: ConnectionEvent,
): void {
  const accepted = acceptedPin(inForce, from, to);
  if (accepted !== undefined) keepAccepted(inForce, clock, accepted, to);
  if (because.kind !== 'factsChanged' && because.kind !== 'reconfigured') return;
  // What is wrong with the whole file is told already.
  if (inForce.file.inPlaceOf !== undefined) return;
  const { pin, 'pin-file': file } = inForce.file.config.sim;
  // A SIM that no longer asks for one does not miss it.
  if (pin === undefined && accepted === undefined) return;
  const trouble = pin === undefined ? 'is missing' : 'was refused by the SIM';
  const place = inForce.file.placeOf(['sim', file === undefined ? 'pin' : 'pin-file']);
  const now = clock.now().wallMs;
  const time = timeOfDay(inForce.kept.pin?.wallMs ?? now, now);
  warnings.set('sim pin', isReplaced(inForce, to) ? [found('pin-replaced', { place, trouble, time })] : []);
}

/** Whether the SIM has another PIN than the file, as it said itself, and the other one is known. */
function isReplaced(inForce: ConfigInForce, connection: Connection): boolean {
  const { memory } = connection;
  const proven = provenPinOf(inForce);
  const iccid = iccidOf(connection.facts);
  if (proven === undefined || iccid === '' || proven.sim !== simFingerprint(memory.salt, iccid)) return false;
  const { pin } = inForce.file.config.sim;
  if (pin === undefined) return true;
  const hashes = pinFingerprints(memory.salt, iccid, pin.reveal());
  return hashes.some((hash) => memory.refusedPins.includes(hash));
}

/**
 * The PIN that was under way and is no longer, because the SIM took it: the modem works. Its answer
 * to SendPin may never be heard, since ModemManager's states end the phase first.
 */
function acceptedPin(inForce: ConfigInForce, from: Connection, to: Connection): string | undefined {
  const { pinInFlight, salt } = from.memory;
  if (pinInFlight === undefined || to.memory.pinInFlight !== undefined) return undefined;
  if (to.memory.refusedPins.includes(pinInFlight.fingerprint)) return undefined;
  const names = ['', iccidOf(to.facts)];
  const known = [inForce.file.config.sim.pin?.reveal(), inForce.kept.pin?.pin].filter((pin) => pin !== undefined);
  return known.find((pin) => names.some((name) => pinFingerprints(salt, name, pin).includes(pinInFlight.fingerprint)));
}

/** A PIN that systemd decrypts for the service is not written to the disk. */
function keepAccepted(inForce: ConfigInForce, clock: Clock, pin: string, to: Connection): void {
  const { sim } = inForce.file.config;
  const isElsewhere = sim['pin-file'] !== undefined && !isKept(sim['pin-file']) && sim.pin?.reveal() === pin;
  const iccid = iccidOf(to.facts);
  if (iccid === '' || isElsewhere) return;
  inForce.keepPin({ pin, sim: simFingerprint(to.memory.salt, iccid), wallMs: Math.max(0, clock.now().wallMs) });
}
