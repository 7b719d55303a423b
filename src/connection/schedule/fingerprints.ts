// By which hashes settings and a modem are known again, without keeping what they are. Pure.
import type { Modem } from '../../modem/objects.ts';
import type { Memory } from '../../state/memory.ts';
import { simFingerprint, textsFingerprint } from '../../state/pins.ts';
import type { Policy } from '../policy.ts';

/** Salted hash of all settings that a refusal binds. */
export function settingsFingerprint(salt: string, { apns, ipType, connect }: Policy): string {
  const roaming = String(connect.allowRoaming);
  return textsFingerprint(salt, [
    ...(typeof apns === 'function' ? ['auto'] : apns),
    ipType,
    roaming,
    ...askedWith(connect),
  ]);
}

/** Salted hash of what a session was asked for with, beside APN and IP type. */
export function askedWithFingerprint({ salt }: Pick<Memory, 'salt'>, { connect }: Pick<Policy, 'connect'>): string {
  return textsFingerprint(salt, askedWith(connect));
}

/**
 * What a session was asked for with. Its hash is kept on disk, with the holds that were earned with
 * it: a new key is added only where it is set, or an upgrade lifts the holds of every board.
 */
function askedWith(connect: Policy['connect']): string[] {
  // Roaming is compared apart: it may change without a session that fits being another one.
  const { user, password, allowedAuth, allowRoaming: _, ...forgotten } = connect;
  forgotten satisfies Record<string, never>;
  return [user ?? '', password?.reveal() ?? '', (allowedAuth ?? []).join()];
}

/** Salted hash by which a modem is known again: of its IMEI, or else its place. */
export function modemFingerprint(salt: string, { equipmentIdentifier, device }: Modem): string {
  return simFingerprint(salt, equipmentIdentifier || device);
}

/** Whether `modem` was the last to be online; undefined where none is remembered. */
export function wasOnlineLast(memory: Memory, modem: Modem): boolean | undefined {
  return memory.modem === undefined ? undefined : memory.modem === modemFingerprint(memory.salt, modem);
}
