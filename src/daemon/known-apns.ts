// The APNs for `connect.apn: auto`: looked up in the file that lies beside the program, when they
// are asked for. Of the file nothing but the last answer is kept.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Made by test/build/apns.ts, which says of what. */
const FILE = fileURLToPath(new URL('known-apns.txt', import.meta.url));

let last: { readonly operator: string; readonly apns: readonly string[] } | undefined;

/**
 * The APNs to try for a SIM of the home operator `operator` (MCC and MNC), in order; empty where
 * none is known.
 */
export function knownApns(operator: string): readonly string[] {
  // The modem says it, and may say anything.
  if (!/^\d{5,6}$/.test(operator)) return [];
  if (last?.operator !== operator) last = { operator, apns: lookedUp(operator) };
  return last.apns;
}

function lookedUp(operator: string): readonly string[] {
  const line = textOf(FILE)
    .split('\n')
    .find((one) => one.startsWith(`${operator} `));
  return line?.split(' ').slice(1) ?? [];
}

/** A program that somebody copied without the file still has the subscription's default APN. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
