// What is remembered of how large a packet a path carries, and the link that follows from it. Pure; measuring is activities/measure-mtu.ts's.
import type { Memory } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Connection, ConnectionEvent } from '../connection.ts';
import type { Policy } from '../policy.ts';
import { relinked } from './link-for.ts';

/** Carriers rebuild their networks rarely; a day's error is small, and a measurement a day costs 90 kB a month. */
const REMEMBERED_MS = 24 * 3_600_000;

/** The connection after the path was measured: remembered, and the link lowered to it where it is smaller. */
export function learnPathMtu(
  now: Connection,
  { asked, mtu, at }: Extract<ConnectionEvent, { kind: 'pathMtu' }>,
  policy: Policy,
): Connection {
  if (now.link === undefined) return now;
  const memory: Memory = { ...now.memory, pathMtu: { apn: now.link.apn, asked, mtu, wallMs: at.wallMs } };
  return { ...now, memory, link: relinked(now.link, policy, memory) };
}

/** The memory for a new session: an old measurement is forgotten, and made again. A clock that went back makes any of them old. */
export function withoutStalePathMtu(memory: Memory, at: Moment): Memory {
  const { pathMtu, ...rest } = memory;
  if (pathMtu === undefined) return memory;
  const age = at.wallMs - pathMtu.wallMs;
  return age >= 0 && age < REMEMBERED_MS ? memory : rest;
}
