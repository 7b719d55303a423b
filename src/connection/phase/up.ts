// Whether the link is up, whatever is done meanwhile. Pure.
import type { Connection } from '../connection.ts';

type Known = Pick<Connection, 'phase' | 'sessionSince' | 'link'>;

/**
 * Whether the link carries a session that a ModemManager which was started again knows nothing of,
 * while no connect is admitted: it stays as long as traffic passes.
 */
export const isUnknownSession = ({ phase, sessionSince, link }: Known): boolean =>
  phase.kind === 'waiting' && sessionSince !== undefined && link !== undefined;

/** Whether the link carries a session, with ModemManager or without. */
export const isUp = (now: Known): boolean =>
  now.phase.kind === 'online' || now.phase.kind === 'riding' || isUnknownSession(now);
