// How a link was lost: what took it away, as one word out of a few, and the signal before that.
import type { FailureClass } from '../../modem/errors/failure.ts';
import type { Loss } from '../../state/memory.ts';
import { type Connection, modemOf } from '../connection.ts';
import type { ConnectionEvent } from '../events/event.ts';

/** The words besides the classes of failure, which are reasons of seldom outages. */
export const LOSSES = [
  'bearer-dropped',
  'dead-link',
  'not-registered',
  'modem-gone',
  'modemmanager-gone',
  'modemmanager-hung',
  'reconfigured',
  'plan-used-up',
  'host',
] as const;

/** Of a link that is alive and not through. */
export const NOT_THROUGH: Loss = { cause: 'not-through' };

/** Of the outage that `because` began, when `from` became `to`. */
export function lossOf(from: Connection, to: Connection, because: ConnectionEvent): Loss {
  // A modem that lost the network says 0 % by then.
  const seen = modemOf(from.facts);
  return {
    cause: causeOf(to, because),
    ...(seen && { signalPercent: seen.signalPercent }),
    ...(from.signal?.rsrp !== undefined && { rsrp: from.signal.rsrp }),
  };
}

/**
 * Words, and not the sentence that people read: programs go by them, and as a label of the metrics
 * each is a series of its own.
 */
function causeOf({ facts }: Connection, because: ConnectionEvent): (typeof LOSSES)[number] | FailureClass {
  switch (because.kind) {
    case 'linkDead':
      return 'dead-link';
    case 'linkFailed':
      return 'host';
    case 'modemManagerHung':
      return 'modemmanager-hung';
    case 'reconfigured':
      return 'reconfigured';
    case 'planJudged':
      return 'plan-used-up';
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
