// Why a modem is in no network, as far as ModemManager shows it: for `why` and `doctor`. Pure.
import { REMEDIES } from './errors/failure-row.ts';
import type { Modem } from './objects.ts';

/** No antenna helps a modem that has no network interface. */
const INTO_MBIM = '`percept-lte doctor` names what it is; percept-lte prepare --to mbim changes its mode';
const SEARCHING = 'check the antenna, and whether the SIM is active';

export interface NotRegistered {
  readonly reason: string;
  /** What a person can do. */
  readonly remedy: string;
  /** Nothing speaks against it: it looks for a network. */
  readonly isSearching: boolean;
}

/** What keeps a modem from being registered that is enabled and is not. */
export function notRegistered(modem: Modem): NotRegistered {
  const { registrationState, networkRejection, signalPercent, state, ports } = modem;
  const hindered = (reason: string, remedy: string): NotRegistered => ({ reason, remedy, isSearching: false });
  if (ports.length > 0 && !ports.some(({ type }) => type === 'net'))
    return hindered('the modem has serial ports only: it is in neither MBIM nor QMI mode', INTO_MBIM);
  const details = `(${registrationState}, signal ${signalPercent} %)`;
  const refused = 'the network refuses to register this SIM';
  if (networkRejection !== undefined) {
    const { reason, networkCause, remedy } = networkRejection.failure;
    return hindered(`${refused}: ${reason} (cause ${networkCause})`, remedy);
  }
  if (registrationState === 'denied')
    return hindered(`${refused}, and ModemManager does not say why ${details}`, REMEDIES.subscription);
  const waiting = `waiting for the modem to register with a network ${details}`;
  if (state !== 'enabled' || registrationState !== 'idle')
    return { reason: waiting, remedy: SEARCHING, isSearching: true };
  // ModemManager shows the same for a switch that goes off later: Enable alone tells it apart.
  return hindered(
    `${waiting}; it is not searching, as after a refusal or with its radio off`,
    `${SEARCHING}; check the radio switch: \`rfkill list\`, W_DISABLE`,
  );
}
