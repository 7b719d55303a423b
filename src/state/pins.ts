// The fingerprint under which a refused PIN is remembered, so that it is never tried twice on the same SIM, also after a reboot.
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
