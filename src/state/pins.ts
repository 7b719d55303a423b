// The fingerprints under which a refused PIN and a SIM are remembered: the one is never tried twice on the other, also after a reboot.
import { createHash } from 'node:crypto';

/**
 * Salted SHA-256 of ICCID and PIN, hex. Four digits are guessed from any hash in no time, so the file that holds it is 0600; the salt
 * only keeps equal PINs of two boards from looking equal.
 */
export function pinFingerprint(salt: string, iccid: string, pin: string): string {
  return createHash('sha256')
    .update(JSON.stringify([salt, iccid, pin]))
    .digest('hex');
}

/** Salted SHA-256 of an ICCID, hex. */
export function simFingerprint(salt: string, iccid: string): string {
  return createHash('sha256')
    .update(JSON.stringify([salt, iccid]))
    .digest('hex');
}
