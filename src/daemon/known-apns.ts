// The APNs for `connect.apn: auto`: looked up in the file that lies beside the program, when they
// are asked for. Of the file nothing but the last answer is kept.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KnownApns } from '../connection/policy.ts';

/** Made by test/build/apns.ts, which says of what. */
const FILE = fileURLToPath(new URL('known-apns.txt', import.meta.url));

let last: { readonly asked: string; readonly known: KnownApns } | undefined;

/**
 * The APNs to try for a SIM that is of one of `operators` (MCC and MNC), in order: those of the
 * first operator that any are known of. None, of the last one, where none is.
 */
export function knownApns(operators: readonly string[]): KnownApns {
  const asked = operators.join(' ');
  if (last?.asked !== asked) last = { asked, known: lookedUp(operators) };
  return last.known;
}

function lookedUp(operators: readonly string[]): KnownApns {
  // The modem says them, and may say anything.
  const possible = operators.filter((operator) => /^\d{5,6}$/.test(operator));
  const lines = possible.length === 0 ? [] : textOf(FILE).split('\n');
  for (const operator of possible) {
    const line = lines.find((one) => one.startsWith(`${operator} `));
    if (line !== undefined) return { operator, apns: line.split(' ').slice(1) };
  }
  return { operator: possible.at(-1) ?? '', apns: [] };
}

/** A program that somebody copied without the file still has the subscription's default APN. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
