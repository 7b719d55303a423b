// The one table of errors, as data: D-Bus error names, old (ModemManager 1.14 and 1.16: `Gprs…`) and new (1.18 and later), and 3GPP causes.
// Names: ModemManager's include/ModemManager-errors.h at 1.14.12 and 1.24.0, libmbim's mbim-errors.h (1.14 to 1.22 pass those through unchanged).
// Causes: 3GPP TS 24.008 annex G and clause 10.5.6.6, TS 24.301 clauses 9.9.3.9 and 9.9.4.4. MBIM's network errors are these same numbers.

export type FailureClass =
  | 'coverage'
  | 'congestion'
  | 'apn'
  | 'auth'
  | 'subscription'
  | 'sim-missing'
  | 'sim-error'
  | 'pin'
  | 'puk'
  | 'busy'
  | 'gone'
  | 'timeout'
  | 'bus'
  | 'other';

export interface Verdict {
  readonly class: FailureClass;
  readonly cause?: number;
  readonly meaning: string;
  /** In place of the class's. */
  readonly advice?: string;
}

/** What a technician can do about it. */
export const ADVICE: Readonly<Record<FailureClass, string>> = {
  coverage: 'check the antenna and its cable, and the coverage of this operator at this place',
  congestion: 'nothing to do here: the network is overloaded or asks for patience; attempts go on, more slowly',
  apn: 'check connect.apn in /etc/percept-lte.yaml against what the operator gave for this SIM',
  auth: 'check connect.user, connect.password and connect.allowed-auth in /etc/percept-lte.yaml',
  subscription:
    'ask the operator whether this SIM is active, paid, allowed to use data, and allowed in this device and country',
  'sim-missing': 'insert a SIM, or reseat it: contacts clean, right way round, tray closed',
  'sim-error': 'reseat the SIM; if that does not help, try another one: this one may be damaged or not yet activated',
  pin: 'set sim.pin in /etc/percept-lte.yaml to the PIN of this SIM, or switch its PIN off',
  puk: 'the SIM is blocked: unlock it with its PUK in a telephone or with mmcli, then set sim.pin; this program never enters a PUK',
  busy: 'nothing to do: ModemManager or the modem is at work and will be asked again',
  gone: 'if it does not come back by itself, check `systemctl status ModemManager`, the modem’s USB cable and its power',
  timeout: 'if it happens again, check `journalctl -u ModemManager`; the modem’s firmware may hang',
  bus: 'check `systemctl status dbus`',
  other: 'see `journalctl -u ModemManager` for what the modem said',
};

const IP_TYPE = 'set connect.ip-type in /etc/percept-lte.yaml to what the operator offers for this APN';
const PLAN =
  'check connect.apn in /etc/percept-lte.yaml; if it is right, ask the operator to add this service to the SIM’s plan';
const AREA = 'another place or another operator’s network is needed; with a roaming SIM check connect.allow-roaming';
const LEFTOVERS = 'disconnect and delete leftover bearers (`mmcli -m any --delete-bearer=…`), or reset the modem';
const POLKIT = 'run percept-lte as root, or install its polkit rule for org.freedesktop.ModemManager1';
const PERSONALISED = 'the modem is locked to another operator or SIM: ask its seller for the unlock code';

/** `names` are separated by blanks and follow the group's prefix. */
interface Row extends Verdict {
  readonly names: string;
}

const row = (names: string, kind: FailureClass, meaning: string, advice?: string): Row => ({
  names,
  class: kind,
  meaning,
  ...(advice !== undefined && { advice }),
});

const caused = (cause: number, kind: FailureClass, meaning: string, names = '', advice?: string): Row => ({
  ...row(names, kind, meaning, advice),
  cause,
});

/** Refusals by the network. A cause that means one thing to attaching and another to activating is named for the names given. */
const NETWORK: readonly Row[] = [
  caused(2, 'subscription', 'the operator does not know this SIM', 'ImsiUnknownInHss GprsImsiUnknownInHlr'),
  caused(3, 'subscription', 'the network refuses this SIM as illegal', 'IllegalUe GprsIllegalMs'),
  caused(4, 'other', 'the visited network has lost track of this SIM', 'ImsiUnknownInVlr GprsImsiUnknownInVlr'),
  caused(5, 'subscription', 'the network refuses this modem’s IMEI', 'ImeiNotAccepted'),
  caused(6, 'subscription', 'the network refuses this modem as illegal', 'IllegalMe GprsIllegalMe'),
  caused(7, 'subscription', 'data services are not allowed for this SIM', 'PsServicesNotAllowed GprsServiceNotAllowed'),
  caused(
    8,
    'subscription',
    'no services are allowed for this SIM',
    'PsAndNonPsServicesNotAllowed GprsAndNonGprsServicesNotAllowed',
  ),
  caused(9, 'other', 'the network could not identify the SIM', 'UeIdentityNotDerivedFromNetwork'),
  caused(10, 'other', 'the network has detached the modem', 'ImplicitlyDetached'),
  caused(
    11,
    'subscription',
    'this operator’s network is not allowed for this SIM',
    'PlmnNotAllowed GprsPlmnNotAllowed',
    AREA,
  ),
  caused(12, 'coverage', 'this area is not allowed for this SIM', 'AreaNotAllowed GprsLocationNotAllowed', AREA),
  // 'Romaing' is ModemManager's own spelling in 1.14.
  caused(
    13,
    'coverage',
    'roaming is not allowed in this area',
    'RoamingNotAllowedInArea GprsRomaingNotAllowed GprsRoamingNotAllowed',
    AREA,
  ),
  caused(
    14,
    'subscription',
    'data services are not allowed in this operator’s network',
    'PsServicesNotAllowedInPlmn',
    AREA,
  ),
  caused(15, 'coverage', 'no suitable cells in this area', 'NoCellsInArea GprsNoCellsInLocationArea'),
  caused(16, 'congestion', 'the network’s switching centre is not reachable', 'MscTemporarilyNotReachable'),
  caused(17, 'other', 'the network failed', 'NetworkFailureAttach GprsNetworkFailure'),
  caused(18, 'other', 'telephony is not available here', 'CsDomainUnavailable'),
  caused(19, 'apn', 'the network refused the APN used to attach', 'EsmFailure'),
  caused(20, 'other', 'the SIM did not recognise the network (MAC failure)'),
  caused(21, 'other', 'SIM and network are out of step (synch failure)'),
  caused(22, 'congestion', 'the network is congested', 'Congestion GprsCongestion'),
  caused(23, 'subscription', 'the network does not accept this SIM’s way of authentication'),
  caused(25, 'coverage', 'this cell is closed to this SIM', 'NotAuthorizedForCsg'),
  caused(26, 'congestion', 'the network has too few resources', 'InsufficientResources GprsInsufficientResources'),
  caused(
    27,
    'apn',
    'the network does not know the APN, or one is missing',
    'MissingOrUnknownApn GprsMissingOrUnknownApn',
  ),
  caused(
    28,
    'apn',
    'the network does not offer this IP type for the APN',
    'UnknownPdpAddressOrType GprsUnknownPdpAddressOrType',
    IP_TYPE,
  ),
  caused(
    29,
    'auth',
    'the network refused user name or password',
    'UserAuthenticationFailed GprsUserAuthenticationFailed',
  ),
  caused(
    30,
    'other',
    'the operator’s gateway refused the connection',
    'ActivationRejectedByGgsnOrGw GprsActivationRejectedByGgsnOrGw',
    PLAN,
  ),
  caused(
    31,
    'other',
    'the network refused the connection without giving a reason',
    'ActivationRejectedUnspecified GprsActivationRejectedUnspecified',
    PLAN,
  ),
  caused(
    32,
    'apn',
    'the network does not support what was asked for',
    'ServiceOptionNotSupported GprsServiceOptionNotSupported',
    PLAN,
  ),
  caused(
    33,
    'subscription',
    'the SIM’s plan does not include this APN or service',
    'ServiceOptionNotSubscribed GprsServiceOptionNotSubscribed',
    PLAN,
  ),
  caused(
    34,
    'congestion',
    'the service is out of order for now',
    'ServiceOptionOutOfOrder GprsServiceOptionOutOfOrder',
  ),
  caused(35, 'other', 'the session number is already in use', 'NsapiOrPtiAlreadyInUse', LEFTOVERS),
  caused(36, 'other', 'the network ended the connection in order', 'RegularDeactivation'),
  caused(37, 'other', 'the network did not accept the quality of service', 'QosNotAccepted'),
  caused(38, 'other', 'the network failed', 'NetworkFailureActivation CallCannotBeIdentified'),
  caused(39, 'other', 'the network asks to connect again', 'ReactivationRequested CsServiceTemporarilyUnavailable'),
  caused(40, 'other', 'no bearer is active', 'NoBearerActivated FeatureNotSupported GprsFeatureNotSupported'),
  caused(
    50,
    'apn',
    'the network allows only IPv4 for this APN',
    'Ipv4OnlyAllowed',
    'set connect.ip-type: ipv4 in /etc/percept-lte.yaml',
  ),
  caused(
    51,
    'apn',
    'the network allows only IPv6 for this APN',
    'Ipv6OnlyAllowed',
    'set connect.ip-type: ipv6 in /etc/percept-lte.yaml',
  ),
  caused(52, 'apn', 'the network allows only one IP version for this APN', 'SingleAddressBearersOnlyAllowed', IP_TYPE),
  caused(53, 'other', 'the network missed part of the request', 'EsmInformationNotReceived'),
  caused(54, 'other', 'the network knows no such connection', 'PdnConnectionNonexistent'),
  caused(55, 'other', 'the APN is already connected', 'MultiplePdnConnectionSameApnNotAllowed', LEFTOVERS),
  caused(56, 'busy', 'the network was asking something at the same moment', 'CollisionWithNetworkInitiatedRequest'),
  caused(
    57,
    'apn',
    'the network allows only IPv4v6 for this APN',
    'Ipv4v6OnlyAllowed',
    'set connect.ip-type: ipv4v6 in /etc/percept-lte.yaml',
  ),
  caused(58, 'apn', 'this APN carries no IP at all', 'NonIpOnlyAllowed'),
  caused(60, 'other', 'the network does not support this kind of bearer', 'BearerHandlingUnsupported'),
  caused(
    65,
    'other',
    'the network allows no further connection for this SIM',
    'MaximumNumberOfBearersReached GprsMaximumNumberOfPdpContextsReached',
    LEFTOVERS,
  ),
  caused(66, 'apn', 'the APN is not offered here', 'RequestedApnNotSupported GprsRequestedApnNotSupported'),
  caused(
    95,
    'other',
    'the network did not understand a message',
    'SemanticallyIncorrectMessage GprsSemanticallyIncorrectMessage',
  ),
  caused(96, 'other', 'the network missed part of a message', 'InvalidMandatoryInformation GprsMandatoryIeError'),
  caused(97, 'other', 'the network does not know a message', 'MessageTypeNotImplemented'),
  caused(98, 'other', 'the network did not expect a message', 'MessageTypeNotCompatibleWithProtocolState'),
  caused(99, 'other', 'the network does not know part of a message', 'IeNotImplemented GprsIeNotImplemented'),
  caused(100, 'other', 'the network found a message contradictory', 'ConditionalIeError GprsConditionalIeError'),
  caused(101, 'other', 'the network did not expect a message', 'MessageNotCompatibleWithProtocolState'),
  caused(
    111,
    'other',
    'the network speaks of a protocol error',
    'UnspecifiedProtocolError GprsUnspecifiedProtocolError',
  ),
  caused(
    112,
    'apn',
    'the APN may not be used beside another one that is connected',
    'ApnRestrictionIncompatible',
    LEFTOVERS,
  ),
  caused(113, 'other', 'the APN is already in use by this SIM', 'MultipleAccessToPdnConnectionNotAllowed', LEFTOVERS),
];

/** The rest of org.freedesktop.ModemManager1.Error.MobileEquipment that a data connection can meet. */
const EQUIPMENT: readonly Row[] = [
  row('SimNotInserted', 'sim-missing', 'there is no SIM in the modem'),
  row('SimFailure SimWrong', 'sim-error', 'the modem cannot use the SIM'),
  row('SimBusy', 'busy', 'the SIM is busy'),
  row('SimPin SimPin2', 'pin', 'the SIM wants its PIN'),
  row('IncorrectPassword', 'pin', 'the SIM refused the PIN'),
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
  row('PhoneFailure SystemFailure MemoryFailure', 'other', 'the modem failed'),
  row('NoConnection LinkReserved', 'gone', 'the modem cannot be reached'),
  row('NotAllowed CommandDisabled', 'other', 'the modem does not allow this now'),
  row('NotSupported', 'other', 'the modem does not support this'),
  row('CommandAborted', 'other', 'the modem broke the command off'),
  row('Unknown GprsUnknown', 'other', 'the modem gave no reason'),
  row('InvalidMobileClass GprsInvalidMobileClass', 'other', 'the modem is in the wrong mobile class'),
];

const CORE: readonly Row[] = [
  row('Failed', 'other', 'ModemManager failed'),
  row('Cancelled', 'other', 'the operation was cancelled'),
  row('Aborted', 'other', 'ModemManager broke the operation off'),
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
  row('NoAnswer', 'other', 'the network did not answer'),
  row('Unknown', 'other', 'the connection failed'),
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

const MBIM_STATUS: readonly Row[] = [
  row('Busy NotInitialized VoiceCallInProgress StkBusy', 'busy', 'the modem is busy'),
  row('SimNotInserted', 'sim-missing', 'there is no SIM in the modem'),
  row('BadSim', 'sim-error', 'the modem cannot use the SIM'),
  row('PinRequired', 'pin', 'the SIM wants its PIN'),
  row('NotRegistered PacketServiceDetached', 'coverage', 'the modem is not registered for data'),
  row('ProvidersNotFound ProviderNotVisible DataClassNotAvailable', 'coverage', 'no usable network is in sight'),
  row('InvalidAccessString', 'apn', 'the modem or the network does not accept the APN'),
  row('ParameterTooLong', 'apn', 'the APN, user name or password is too long for the modem'),
  row('InvalidUserNamePwd', 'auth', 'the network refused user name or password'),
  row('AuthIncorrectAuth AuthSyncFailure AuthAmfNotSet', 'other', 'SIM and network could not authenticate each other'),
  row('ServiceNotActivated', 'subscription', 'the service is not activated for this SIM'),
  row('MaxActivatedContexts', 'other', 'the modem allows no further connection', LEFTOVERS),
  row(
    'RadioPowerOff',
    'other',
    'the modem’s radio is off',
    'check `rfkill list` and the modem’s airplane-mode (W_DISABLE) line',
  ),
  row('Failure InvalidParameters OperationNotAllowed ReadFailure WriteFailure', 'other', 'the modem failed'),
  row('NoDeviceSupport InvalidDeviceServiceOperation ContextNotSupported', 'other', 'the modem does not support this'),
  row('ContextNotActivated', 'other', 'the session was not connected'),
];

const MBIM_CORE: readonly Row[] = [
  row('Timeout', 'timeout', 'the modem did not answer ModemManager in time'),
  row('Aborted UnknownState WrongState', 'gone', 'the modem’s control channel was closed'),
];

const MBIM_PROTOCOL: readonly Row[] = [
  row('NotOpened', 'gone', 'the modem’s control channel was closed'),
  row('TimeoutFragment Cancel', 'timeout', 'the modem did not answer ModemManager in time'),
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
  ['org.freedesktop.ModemManager1.Error.MobileEquipment.', [...NETWORK, ...EQUIPMENT]],
  ['org.freedesktop.ModemManager1.Error.Core.', CORE],
  ['org.freedesktop.ModemManager1.Error.Connection.', CONNECTION],
  ['org.freedesktop.ModemManager1.Error.Serial.', SERIAL],
  ['org.freedesktop.ModemManager1.Error.Message.', MESSAGE],
  ['org.freedesktop.libmbim.Error.Status.', MBIM_STATUS],
  ['org.freedesktop.libmbim.Error.Core.', MBIM_CORE],
  ['org.freedesktop.libmbim.Error.Protocol.', MBIM_PROTOCOL],
  ['org.freedesktop.DBus.Error.', DBUS],
];

/** By full D-Bus error name. */
export const NAMES: ReadonlyMap<string, Verdict> = new Map(
  GROUPS.flatMap(([prefix, rows]) =>
    rows.flatMap(({ names, ...verdict }) =>
      names === '' ? [] : names.split(' ').map((name): [string, Verdict] => [`${prefix}${name}`, verdict]),
    ),
  ),
);

/** By 3GPP cause. */
export const CAUSES: ReadonlyMap<number, Verdict> = new Map(
  NETWORK.flatMap(({ names: _, ...verdict }) => (verdict.cause === undefined ? [] : [[verdict.cause, verdict]])),
);
