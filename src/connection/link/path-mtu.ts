// What is remembered of how large a packet a path carries, and the link that follows from it.
// Pure; measure-mtu.ts measures.
import type { Memory } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection } from '../connection.ts';
import type { ConnectionEvent } from '../events/event.ts';
import type { Step } from '../policy.ts';
import { withFreshLink } from './link-for.ts';

/** Carriers rebuild their networks rarely, and a measurement a day costs 90 kB a month. */
const REMEMBERED_MS = 24 * 3_600_000;

/** The connection after the path was measured: remembered, and the link lowered to it. */
export function rememberPathMtu(
  now: Connection,
  { asked, mtu, at }: Extract<ConnectionEvent, { kind: 'pathMtuMeasured' }>,
  step: Step,
): Connection {
  if (now.link === undefined) return now;
  const memory: Memory = { ...now.memory, pathMtu: { apn: now.link.apn, asked, mtu, wallMs: at.wallMs } };
  return withFreshLink({ ...now, memory }, step);
}

/**
 * The memory for a new session: an old measurement is forgotten, and made again. A clock that went
 * back makes any of them old.
 */
export function withoutStalePathMtu(memory: Memory, at: Moment): Memory {
  const { pathMtu, ...rest } = memory;
  if (pathMtu === undefined) return memory;
  const age = at.wallMs - pathMtu.wallMs;
  return age >= 0 && age < REMEMBERED_MS ? memory : rest;
}
