// The fingerprints under which a refused PIN and a SIM are remembered: the one is never tried twice
// on the other, also after a reboot.
import { createHash } from 'node:crypto';

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/**
 * One spelling of an ICCID: releases of ModemManager differ in its case and in whether they keep
 * the filler at its end (ITU-T E.118).
 */
const spelled = (iccid: string): string => iccid.toUpperCase().replace(/F+$/, '');

/**
 * Salted SHA-256 of ICCID and PIN, hex. Four digits are guessed from any hash in no time, so the
 * file that holds it is 0600; the salt only keeps equal PINs of two boards from looking equal.
 */
export function pinFingerprint(salt: string, iccid: string, pin: string): string {
  return hashOf(salt, spelled(iccid), pin);
}

/**
 * All that a refusal may have been written down as; versions up to 0.1 kept ModemManager's
 * spelling.
 */
export function pinFingerprints(salt: string, iccid: string, pin: string): readonly string[] {
  return [pinFingerprint(salt, iccid, pin), hashOf(salt, iccid, pin)];
}

/** Salted SHA-256 of an ICCID, an IMSI or an IMEI, hex. */
export function simFingerprint(salt: string, number: string): string {
  return hashOf(salt, spelled(number));
}

/** Salted SHA-256 of a list of texts, hex: to tell whether it is the same list again. */
export function textsFingerprint(salt: string, texts: readonly string[]): string {
  return hashOf(salt, ...texts);
}
