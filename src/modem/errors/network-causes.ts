// Refusals by the network, as data: 3GPP cause, what it means to us, and ModemManager's old (1.14
// and 1.16: `Gprs…`) and new names (1.18 and later). Causes: 3GPP TS 24.008 annex G and clause
// 10.5.6.6, TS 24.301 clauses 9.9.3.9 and 9.9.4.4; MBIM's network errors are these same numbers.
// Names: ModemManager's include/ModemManager-errors.h at 1.14.12 and 1.24.0; which name a cause
// gets: its src/mm-modem-helpers-mbim.c.
import { AREA, caused, IP_TYPE, LEFTOVERS, PLAN, type Row, type Verdict } from './failure-row.ts';

/**
 * Refusals by the network. A cause that means one thing to attaching and another to activating is
 * named for the names given.
 */
export const NETWORK_CAUSES: readonly Row[] = [
  caused(2, 'subscription', 'the operator does not know this SIM', 'ImsiUnknownInHss GprsImsiUnknownInHlr'),
  caused(3, 'subscription', 'the network refuses this SIM as illegal', 'IllegalUe GprsIllegalMs'),
  caused(4, 'refused', 'the visited network has lost track of this SIM', 'ImsiUnknownInVlr GprsImsiUnknownInVlr'),
  caused(5, 'subscription', 'the network refuses this modem’s IMEI', 'ImeiNotAccepted'),
  caused(6, 'subscription', 'the network refuses this modem as illegal', 'IllegalMe GprsIllegalMe'),
  caused(7, 'subscription', 'data services are not allowed for this SIM', 'PsServicesNotAllowed GprsServiceNotAllowed'),
  caused(
    8,
    'subscription',
    'no services are allowed for this SIM',
    'PsAndNonPsServicesNotAllowed GprsAndNonGprsServicesNotAllowed',
  ),
  caused(9, 'refused', 'the network could not identify the SIM', 'UeIdentityNotDerivedFromNetwork'),
  caused(10, 'coverage', 'the network has detached the modem', 'ImplicitlyDetached'),
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
  caused(17, 'refused', 'the network failed', 'NetworkFailureAttach GprsNetworkFailure'),
  caused(18, 'refused', 'telephony is not available here', 'CsDomainUnavailable'),
  caused(19, 'apn', 'the network refused the APN used to attach', 'EsmFailure'),
  caused(20, 'refused', 'the SIM did not recognise the network (MAC failure)'),
  caused(21, 'refused', 'SIM and network are out of step (synch failure)'),
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
    'refused',
    'the operator’s gateway refused the connection',
    'ActivationRejectedByGgsnOrGw GprsActivationRejectedByGgsnOrGw',
    PLAN,
  ),
  caused(
    31,
    'refused',
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
  caused(35, 'refused', 'the session number is already in use', 'NsapiOrPtiAlreadyInUse', LEFTOVERS),
  caused(36, 'refused', 'the network ended the connection in order', 'RegularDeactivation'),
  caused(37, 'refused', 'the network did not accept the quality of service', 'QosNotAccepted'),
  caused(38, 'refused', 'the network failed', 'NetworkFailureActivation CallCannotBeIdentified'),
  caused(39, 'refused', 'the network asks to connect again', 'ReactivationRequested CsServiceTemporarilyUnavailable'),
  caused(40, 'refused', 'no bearer is active', 'NoBearerActivated FeatureNotSupported GprsFeatureNotSupported'),
  caused(41, 'refused', 'the network found a traffic filter contradictory', 'SemanticErrorInTftOperation'),
  caused(42, 'refused', 'the network did not understand a traffic filter', 'SyntacticalErrorInTftOperation'),
  caused(43, 'refused', 'the network knows no such session', 'UnknownPdpContext'),
  caused(44, 'refused', 'the network found a packet filter contradictory', 'SemanticErrorsInPacketFilter'),
  caused(45, 'refused', 'the network did not understand a packet filter', 'SyntacticalErrorsInPacketFilter'),
  caused(46, 'refused', 'a session without a filter is active already', 'PdpContextWithoutTftAlreadyActivated'),
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
    'set connect.ip-type: ipv6 in /etc/percept-lte.yaml; what needs IPv4 (Azure IoT Hub does) then needs 464XLAT: clatd, or ipv4.clat of a new NetworkManager',
  ),
  caused(52, 'apn', 'the network allows only one IP version for this APN', 'SingleAddressBearersOnlyAllowed', IP_TYPE),
  caused(53, 'refused', 'the network missed part of the request', 'EsmInformationNotReceived'),
  caused(54, 'refused', 'the network knows no such connection', 'PdnConnectionNonexistent'),
  caused(55, 'refused', 'the APN is already connected', 'MultiplePdnConnectionSameApnNotAllowed', LEFTOVERS),
  caused(56, 'busy', 'the network was asking something at the same moment', 'CollisionWithNetworkInitiatedRequest'),
  caused(
    57,
    'apn',
    'the network allows only IPv4v6 for this APN',
    'Ipv4v6OnlyAllowed',
    'set connect.ip-type: ipv4v6 in /etc/percept-lte.yaml',
  ),
  caused(58, 'apn', 'this APN carries no IP at all', 'NonIpOnlyAllowed'),
  caused(60, 'refused', 'the network does not support this kind of bearer', 'BearerHandlingUnsupported'),
  caused(
    65,
    'refused',
    'the network allows no further connection for this SIM',
    'MaximumNumberOfBearersReached GprsMaximumNumberOfPdpContextsReached',
    LEFTOVERS,
  ),
  caused(66, 'apn', 'the APN is not offered here', 'RequestedApnNotSupported GprsRequestedApnNotSupported'),
  caused(81, 'refused', 'the network did not expect this transaction', 'InvalidTransactionIdValue'),
  caused(
    95,
    'refused',
    'the network did not understand a message',
    'SemanticallyIncorrectMessage GprsSemanticallyIncorrectMessage',
  ),
  caused(96, 'refused', 'the network missed part of a message', 'InvalidMandatoryInformation GprsMandatoryIeError'),
  caused(97, 'refused', 'the network does not know a message', 'MessageTypeNotImplemented'),
  caused(98, 'refused', 'the network did not expect a message', 'MessageTypeNotCompatibleWithProtocolState'),
  caused(99, 'refused', 'the network does not know part of a message', 'IeNotImplemented GprsIeNotImplemented'),
  caused(100, 'refused', 'the network found a message contradictory', 'ConditionalIeError GprsConditionalIeError'),
  caused(101, 'refused', 'the network did not expect a message', 'MessageNotCompatibleWithProtocolState'),
  caused(
    111,
    'refused',
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
  caused(113, 'refused', 'the APN is already in use by this SIM', 'MultipleAccessToPdnConnectionNotAllowed', LEFTOVERS),
];

const CAUSES: ReadonlyMap<number, Verdict> = new Map(
  NETWORK_CAUSES.flatMap(({ names: _, ...verdict }) =>
    verdict.networkCause === undefined ? [] : [[verdict.networkCause, verdict]],
  ),
);

/** What a 3GPP cause means. One without a row is a refusal all the same, told by its number. */
export const verdictOfCause = (cause: number): Verdict =>
  CAUSES.get(cause) ?? { class: 'refused', networkCause: cause, reason: `the network refused with cause ${cause}` };
