// A connect that was refused without a reason: what ModemManager's facts tell of the reason, and in
// which order a person should look for it. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Facts } from '../connection.ts';

const RADIO_OFF: Pick<Failure, 'class' | 'reason' | 'remedy'> = {
  class: 'radio-off',
  reason: 'the modem’s radio is off',
  remedy: 'check `rfkill list` and the modem’s airplane-mode (W_DISABLE) line',
};

/** What may be known of a modem that was refused, the likeliest reason first. */
const HINTS: readonly {
  readonly applies: (modem: Modem) => boolean;
  readonly known: string;
  readonly check: string;
}[] = [
  {
    applies: ({ sim }) => sim === undefined,
    known: 'ModemManager shows no SIM',
    check: 'see whether the SIM is in its place: mmcli -m any',
  },
  {
    applies: ({ registrationState }) => registrationState === 'denied',
    known: 'the network refuses to register this SIM',
    check: 'ask the operator whether the SIM is active and paid',
  },
  {
    applies: ({ packetServiceState }) => packetServiceState === 'detached',
    known: 'the modem is not attached for data',
    check: 'ask the operator whether the SIM may use data, and which connect.attach-apn it wants',
  },
  {
    applies: ({ registrationState }) => registrationState.startsWith('roaming'),
    known: 'the modem is roaming',
    check: 'ask the operator whether the plan allows data there',
  },
];

/**
 * `failure` of a connect, with its reason where the facts tell one: the bearer's own error, a
 * rejection of the network, a radio that is off. Else with what is known, and what to check first.
 */
export function toldByFacts(failure: Failure, facts: Facts): Failure {
  if (failure.class !== 'refused' || failure.networkCause !== undefined || facts.kind !== 'modem') return failure;
  const { modem } = facts;
  const tried = modem.bearers.filter(({ connected, path }) => !connected && path !== modem.initialEpsBearer);
  const told = tried.map(({ connectionError }) => connectionError).find(tellsMore);
  if (told !== undefined) return told;
  // ModemManager forgets it when the modem is registered.
  if (modem.networkRejection !== undefined) return modem.networkRejection.failure;
  if (modem.powerState === 'low' || modem.powerState === 'off') return { ...failure, ...RADIO_OFF };
  const hints = HINTS.filter(({ applies }) => applies(modem));
  const isAttached = modem.packetServiceState === 'attached';
  const known = isAttached ? ['the modem is registered and attached for data', ...knownOf(hints)] : knownOf(hints);
  if (known.length === 0) return failure;
  return {
    ...failure,
    reason: `${failure.reason}; known is: ${known.join(', ')}`,
    remedy: [...hints.map(({ check }) => check), failure.remedy].join('; then '),
  };
}

const knownOf = (hints: typeof HINTS): string[] => hints.map(({ known }) => known);

function tellsMore(failure: Failure | undefined): failure is Failure {
  return failure !== undefined && (failure.networkCause !== undefined || !['refused', 'other'].includes(failure.class));
}
