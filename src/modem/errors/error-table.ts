// The one table of D-Bus error names, as data. Names: ModemManager's include/ModemManager-errors.h
// at 1.14.12 and 1.24.0, and the D-Bus specification. What the network refuses is in
// network-causes.ts; what ModemManager passes on from the modem is in mbim-errors.ts and
// qmi-errors.ts.

import {
  AREA,
  byName,
  caused,
  LEFTOVERS,
  NO_REASON,
  PERSONALISED,
  POLKIT,
  type Row,
  row,
  type Verdict,
} from './failure-row.ts';
import { MBIM_CORE, MBIM_PROTOCOL, MBIM_STATUS } from './mbim-errors.ts';
import { NETWORK_CAUSES } from './network-causes.ts';
import { QMI_CORE, QMI_PROTOCOL } from './qmi-errors.ts';

/**
 * The rest of org.freedesktop.ModemManager1.Error.MobileEquipment that a data connection can meet.
 */
const EQUIPMENT: readonly Row[] = [
  row('SimNotInserted', 'sim-missing', 'there is no SIM in the modem'),
  row('SimFailure SimWrong', 'sim-error', 'the modem cannot use the SIM'),
  row('SimBusy', 'busy', 'the SIM is busy'),
  row('SimPin SimPin2', 'pin', 'the SIM wants its PIN'),
  // From 1.24 on this is also MBIM's "invalid user name or password"; as the answer to SendPin it
  // means the PIN (failure.ts).
  row('IncorrectPassword', 'auth', 'the network refused user name or password'),
  row('SimPuk SimPuk2', 'puk', 'the SIM is blocked and wants its PUK'),
  row(
    'PhSimPin PhFsimPin NetworkPin NetworkSubsetPin ServicePin CorpPin',
    'sim-error',
    'the modem is locked to another SIM or operator',
    PERSONALISED,
  ),
  row(
    'PhFsimPuk NetworkPuk NetworkSubsetPuk ServicePuk CorpPuk',
    'sim-error',
    'the modem’s operator lock is blocked',
    PERSONALISED,
  ),
  row('NoNetwork', 'coverage', 'there is no network'),
  row('NetworkTimeout', 'coverage', 'the network did not answer the modem'),
  row('NetworkNotAllowed NotAllowedEmergencyOnly', 'subscription', 'the network allows emergency calls only'),
  row('NotAttachedRestricted NotAllowedRestricted', 'subscription', 'the network restricts this SIM'),
  row('CallBarred', 'subscription', 'the operator has barred this SIM'),
  row('TemporarilyOutOfService', 'congestion', 'the service is out of order for now'),
  row('UserDataViaControlPlaneCongested', 'congestion', 'the network is congested'),
  row('PdpAuthFailure GprsPdpAuthFailure', 'auth', 'the network refused user name or password'),
  row('EapMethodNotSupported', 'auth', 'the way of authentication is not supported'),
  // Cause 8 once attached, where it means barring (TS 24.008, clause 10.5.6.6).
  caused(
    8,
    'subscription',
    'the operator has barred this SIM',
    'OperatorDeterminedBarring GprsOperatorDeterminedBarring',
  ),
  row(
    'ServiceOptionNotAuthorizedInPlmn',
    'subscription',
    'the service is not allowed in this operator’s network',
    AREA,
  ),
  row('RestrictedServiceArea', 'coverage', 'this area is restricted', AREA),
  row('SevereNetworkFailure', 'congestion', 'the network has failed badly'),
  row(
    'IncorrectParameters TextTooLong InvalidChars',
    'apn',
    'the modem does not accept the APN, user name or password as written',
  ),
  row('PhoneFailure SystemFailure MemoryFailure MemoryFull', 'other', 'the modem failed'),
  // From 1.24 on this stands for MBIM's "packet service detached", "maximum of activated contexts"
  // and "not initialized".
  row('NoConnection', 'coverage', 'the modem is not attached for data'),
  row('LinkReserved', 'busy', 'the modem is in use'),
  row('NotAllowed CommandDisabled', 'refused', 'the modem does not allow this now'),
  row('NotSupported', 'refused', 'the modem does not support this'),
  row('CommandAborted', 'refused', 'the modem broke the command off'),
  row('Unknown GprsUnknown', 'refused', 'the connection was refused, and ModemManager was not told why', NO_REASON),
  row('InvalidMobileClass GprsInvalidMobileClass', 'refused', 'the modem is in the wrong mobile class'),
];

const CORE: readonly Row[] = [
  row('Failed', 'other', 'ModemManager failed'),
  row('Cancelled', 'other', 'the operation was cancelled'),
  // ModemManager says so of calls to an object that is going away: its successor is on its way.
  row('Aborted', 'gone', 'ModemManager broke the operation off: the modem is going away'),
  row('Unsupported', 'other', 'the modem does not support this'),
  row('NoPlugins', 'other', 'ModemManager has no plugins', 'reinstall ModemManager'),
  row('Unauthorized', 'other', 'this program may not control the modem', POLKIT),
  row('InvalidArgs', 'other', 'ModemManager does not accept the request'),
  row('InProgress', 'busy', 'ModemManager is still at work on an earlier request'),
  row('WrongState', 'busy', 'the modem is in the wrong state for this'),
  row('Connected', 'busy', 'the modem is already connected'),
  row('TooMany', 'other', 'there are too many bearers', LEFTOVERS),
  row('NotFound', 'gone', 'ModemManager no longer has this object'),
  row('Retry', 'busy', 'ModemManager asks to try again'),
  row('Exists', 'other', 'it exists already'),
  row('WrongSimState', 'sim-error', 'the SIM is in the wrong state for this'),
  row('ResetRetry', 'other', 'the modem wants a reset'),
  row('Timeout', 'timeout', 'the modem did not answer ModemManager in time'),
  row('Protocol', 'other', 'the modem broke its protocol'),
  row('Throttled', 'congestion', 'the network asks for a pause between attempts'),
];

const CONNECTION: readonly Row[] = [
  row('NoCarrier NoDialtone', 'coverage', 'there is no carrier'),
  row('Busy', 'congestion', 'the line is busy'),
  row('NoAnswer', 'refused', 'the network did not answer'),
  row('Unknown', 'refused', 'the connection failed'),
];

const SERIAL: readonly Row[] = [
  row('ResponseTimeout SendTimeout', 'timeout', 'the modem did not answer ModemManager in time'),
  row('OpenFailedNoDevice NotOpen', 'gone', 'the modem’s port is gone'),
];

const MESSAGE: readonly Row[] = [
  row('SimNotInserted', 'sim-missing', 'there is no SIM in the modem'),
  row('SimFailure SimWrong', 'sim-error', 'the modem cannot use the SIM'),
  row('SimPin SimPin2', 'pin', 'the SIM wants its PIN'),
  row('SimPuk SimPuk2', 'puk', 'the SIM is blocked and wants its PUK'),
];

const DBUS: readonly Row[] = [
  row('ServiceUnknown NameHasNoOwner', 'gone', 'ModemManager is not running'),
  row('NoReply', 'gone', 'ModemManager ended without an answer'),
  row('UnknownObject UnknownMethod UnknownInterface UnknownProperty', 'gone', 'ModemManager no longer has this object'),
  row('Timeout TimedOut', 'timeout', 'ModemManager did not answer in time'),
  row('Disconnected NoServer', 'bus', 'the connection to the D-Bus daemon is gone'),
  row(
    'AccessDenied AuthFailed InteractiveAuthorizationRequired',
    'other',
    'this program may not control the modem',
    POLKIT,
  ),
  row(
    'Spawn.ServiceNotFound Spawn.Failed Spawn.ChildExited Spawn.ChildSignaled Spawn.ExecFailed',
    'gone',
    'ModemManager could not be started',
  ),
  row('LimitsExceeded NoMemory', 'other', 'the D-Bus daemon is at its limits'),
];

const GROUPS: readonly (readonly [prefix: string, rows: readonly Row[]])[] = [
  ['org.freedesktop.ModemManager1.Error.MobileEquipment.', [...NETWORK_CAUSES, ...EQUIPMENT]],
  ['org.freedesktop.ModemManager1.Error.Core.', CORE],
  ['org.freedesktop.ModemManager1.Error.Connection.', CONNECTION],
  ['org.freedesktop.ModemManager1.Error.Serial.', SERIAL],
  ['org.freedesktop.ModemManager1.Error.Message.', MESSAGE],
  ['org.freedesktop.libmbim.Error.Status.', MBIM_STATUS],
  ['org.freedesktop.libmbim.Error.Core.', MBIM_CORE],
  ['org.freedesktop.libmbim.Error.Protocol.', MBIM_PROTOCOL],
  ['org.freedesktop.libqmi.Error.Protocol.', QMI_PROTOCOL],
  ['org.freedesktop.libqmi.Error.Core.', QMI_CORE],
  ['org.freedesktop.DBus.Error.', DBUS],
];

/** By full D-Bus error name. */
export const NAMES: ReadonlyMap<string, Verdict> = new Map(
  GROUPS.flatMap(([prefix, rows]) => [...byName(rows)].map(([name, verdict]) => [`${prefix}${name}`, verdict])),
);
