// What is told where `connect.apn: auto` found nothing that the network takes. Pure.
import type { Failure } from '../../modem/errors/failure.ts';
import { type ApnTries, NOT_SUBSCRIBED } from '../schedule/apn-tries.ts';

const REMEDY =
  'set connect.apn in /etc/percept-lte.yaml to what the operator gave for this SIM, then: systemctl reload percept-lte';

/** `failure` as it is told where nothing of `auto` was accepted; as it is where APNs were named. */
export function refusedAuto(found: ApnTries['found'], failure: Failure): Failure {
  if (found === undefined || !isOfApn(failure)) return failure;
  const { operator, apns } = found;
  const sim = operator === '' ? 'this SIM, whose operator is not known' : `SIMs of operator ${operator}`;
  const reason =
    apns.length === 0
      ? `connect.apn is auto, no APN is known for ${sim}, and the network refused its default: ${failure.reason}`
      : `connect.apn is auto, and the network refused all that is known for ${sim} (${apns.join(', ')}): ${failure.reason}`;
  return { ...failure, reason, remedy: REMEDY };
}

const isOfApn = ({ class: kind, networkCause }: Failure): boolean =>
  kind === 'apn' || kind === 'refused' || networkCause === NOT_SUBSCRIBED;
