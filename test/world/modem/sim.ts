// The SIM's PIN and PUK, with tries that run out.

import type { SimState } from './state.ts';
import { lockOf } from './state.ts';

/** A fresh count of tries (3GPP TS 31.101: three for a PIN, ten for a PUK). */
const fresh = { pin: 3, puk: 10 } as const;

/** Lifts a blocked PIN; false when the PUK is wrong or none is asked for. */
export function enterPuk(sim: SimState, puk: string, newPin: string): boolean {
  if (lockOf(sim) !== 'sim-puk') return false;
  if (puk !== sim.puk.code) {
    sim.puk.retries -= 1;
    return false;
  }
  sim.pin = { code: newPin, retries: fresh.pin, verified: true };
  sim.puk.retries = fresh.puk;
  return true;
}

export type PinOperation = 'enter' | 'enable' | 'disable' | 'change';

/** Whatever needs the PIN: a wrong one costs a try. */
export function usePin(sim: SimState, operation: PinOperation, code: string, newCode = ''): boolean {
  if (operation === 'enable' && sim.pin === undefined) {
    sim.pin = { code, retries: fresh.pin, verified: true };
    return true;
  }
  if (sim.pin === undefined || sim.pin.retries === 0) return false;
  if (code !== sim.pin.code) {
    sim.pin.retries -= 1;
    return false;
  }
  sim.pin.retries = fresh.pin;
  sim.pin.verified = true;
  if (operation === 'change') sim.pin.code = newCode;
  if (operation === 'disable') sim.pin = undefined;
  return true;
}
