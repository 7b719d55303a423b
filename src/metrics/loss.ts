// What took a link away, as one word out of a few: the label of an outage in the metrics.
import type { Connection, ConnectionEvent } from '../connection/connection.ts';
import type { FailureClass } from '../modem/errors/failure.ts';

/** The words besides the classes of failure, which are reasons of seldom outages. */
export const LOSSES = [
  'bearer-dropped',
  'dead-link',
  'not-registered',
  'modem-gone',
  'modemmanager-gone',
  'modemmanager-hung',
  'reconfigured',
  'host',
] as const;

/**
 * The word for the outage that `because` began. Words, and not the sentence that people read: each
 * label is a series of its own.
 */
export function lossOf(
  { facts }: Pick<Connection, 'facts'>,
  because: ConnectionEvent,
): (typeof LOSSES)[number] | FailureClass {
  switch (because.kind) {
    case 'linkDead':
      return 'dead-link';
    case 'linkFailed':
      return 'host';
    case 'modemManagerHung':
      return 'modemmanager-hung';
    case 'reconfigured':
      return 'reconfigured';
    case 'failed':
      return because.failure.class;
    default:
      if (facts.kind === 'no-modemmanager') return 'modemmanager-gone';
      if (facts.kind !== 'modem') return 'modem-gone';
      return ['registered', 'connected', 'connecting', 'disconnecting'].includes(facts.modem.state)
        ? 'bearer-dropped'
        : 'not-registered';
  }
}
