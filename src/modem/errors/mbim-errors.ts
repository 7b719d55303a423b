// What a MBIM modem itself answers: libmbim's names (its mbim-errors.h), which ModemManager up to
// 1.22 passes on as the D-Bus error and later releases name in the text (told-by-text.ts).
import { LEFTOVERS, NO_REASON, type Row, row } from './failure-row.ts';

export const MBIM_STATUS: readonly Row[] = [
  row('Busy NotInitialized VoiceCallInProgress StkBusy', 'busy', 'the modem is busy'),
  row('SimNotInserted', 'sim-missing', 'there is no SIM in the modem'),
  row('BadSim', 'sim-error', 'the modem cannot use the SIM'),
  row('PinRequired', 'pin', 'the SIM wants its PIN'),
  row('NotRegistered PacketServiceDetached', 'coverage', 'the modem is not registered for data'),
  row('ProvidersNotFound ProviderNotVisible DataClassNotAvailable', 'coverage', 'no usable network is in sight'),
  row('InvalidAccessString', 'apn', 'the modem or the network does not accept the APN'),
  row('ParameterTooLong', 'apn', 'the APN, user name or password is too long for the modem'),
  row('InvalidUserNamePwd', 'auth', 'the network refused user name or password'),
  row(
    'AuthIncorrectAuth AuthSyncFailure AuthAmfNotSet',
    'refused',
    'SIM and network could not authenticate each other',
  ),
  row('ServiceNotActivated', 'subscription', 'the service is not activated for this SIM'),
  row('MaxActivatedContexts', 'refused', 'the modem allows no further connection', LEFTOVERS),
  row('RadioPowerOff', 'radio-off', 'the modem’s radio is off'),
  row('Failure', 'refused', 'the connection was refused, and the modem did not say why', NO_REASON),
  row('InvalidParameters', 'refused', 'the modem does not accept the settings of the connection', NO_REASON),
  row('OperationNotAllowed PinDisabled', 'refused', 'the modem does not allow this now'),
  row(
    'NoDeviceSupport InvalidDeviceServiceOperation ContextNotSupported',
    'refused',
    'the modem does not support this',
  ),
  row('ContextNotActivated', 'refused', 'the session was not connected'),
  row('ReadFailure WriteFailure MemoryFailure MemoryFull', 'other', 'the modem failed'),
];

export const MBIM_CORE: readonly Row[] = [
  row('Timeout', 'timeout', 'the modem did not answer ModemManager in time'),
  row('Aborted UnknownState WrongState', 'gone', 'the modem’s control channel was closed'),
];

export const MBIM_PROTOCOL: readonly Row[] = [
  row('NotOpened', 'gone', 'the modem’s control channel was closed'),
  row('TimeoutFragment Cancel', 'timeout', 'the modem did not answer ModemManager in time'),
];
