// What a QMI modem itself answers: libqmi's error names (qmi-errors.h), and the reasons with which
// a call ended, by libqmi's nicknames (qmi-enums-wds.h), which are the same from 1.28 to 1.38.
import { AREA, byName, caused, IP_TYPE, LEFTOVERS, NO_REASON, type Row, row, type Verdict } from './failure-row.ts';
import { verdictOfCause } from './network-causes.ts';

/** QMI protocol errors, as ModemManager up to 1.22 passes them on. */
export const QMI_PROTOCOL: readonly Row[] = [
  // ModemManager 1.14 says so of every refusal of the network, and drops the reason.
  row('CallFailed', 'refused', 'the connection was refused, and ModemManager was not told why', NO_REASON),
  row('NoNetworkFound NetworkNotReady', 'coverage', 'no usable network is in sight'),
  row('AuthenticationFailed', 'auth', 'the network refused user name or password'),
  row('AuthenticationLock NotProvisioned', 'refused', 'the modem is not set up for this network'),
  row('NoSim', 'sim-missing', 'there is no SIM in the modem'),
  row('UimUninitialized SimFileNotFound', 'sim-error', 'the modem cannot use the SIM'),
  row('IncorrectPin', 'pin', 'the SIM refused the PIN'),
  row('PinBlocked PinPermBlocked', 'puk', 'the SIM is blocked and wants its PUK'),
  caused(26, 'congestion', 'the network has too few resources', 'InsufficientResources'),
  caused(28, 'apn', 'the modem does not offer this IP type for the APN', 'InvalidPdpType', IP_TYPE),
  row('InvalidIpFamilyPreference', 'apn', 'the modem does not offer this IP type', IP_TYPE),
  row('HardwareRestricted NoRadio', 'radio-off', 'the modem’s radio is off'),
  row('DeviceInUse DeviceNotReady IncompatibleState InvalidTransition TooSoon', 'busy', 'the modem is busy'),
  row('NetworkAborted OutOfCall SessionInactive', 'refused', 'the network ended the call at once'),
  row(
    'Internal GeneralError UnknownError InformationUnavailable',
    'refused',
    'the connection was refused, and the modem did not say why',
    NO_REASON,
  ),
  row(
    'InvalidArgument MissingArgument ArgumentTooLong MalformedMessage',
    'refused',
    'the modem does not accept the settings of the connection',
    NO_REASON,
  ),
  row(
    'AccessDenied Disabled InvalidOperation InvalidQmiCommand NotSupported DeviceUnsupported',
    'refused',
    'the modem does not allow or support this',
  ),
  row('ClientIdsExhausted', 'other', 'the modem has no place for another program'),
  row('Aborted', 'gone', 'the modem’s control channel was closed'),
];

export const QMI_CORE: readonly Row[] = [
  row('Timeout', 'timeout', 'the modem did not answer ModemManager in time'),
  row('Aborted WrongState', 'gone', 'the modem’s control channel was closed'),
];

/**
 * Why a call ended, in the words of 3GPP: the causes that the connection manager's own list (`cm`)
 * and the list of 3GPP (`3gpp`, and `gsm-wcdma-` before it) give nicknames to.
 */
const BY_CAUSE: readonly (readonly [cause: number, nicknames: string])[] = [
  [2, 'imsi-unknown-in-home-subscriber-server'],
  [3, 'illegal-ms'],
  [5, 'imei-not-accepted'],
  [6, 'illegal-me'],
  [7, 'gprs-services-not-allowed eps-service-not-allowed detach-eps-services-not-allowed'],
  [8, 'gprs-and-non-gprs-services-not-allowed eps-services-and-non-eps-services-not-allowed'],
  [9, 'ms-identity-not-derived-by-the-network'],
  [10, 'implicitly-detached'],
  [11, 'plmn-not-allowed'],
  [12, 'la-not-allowed tracking-area-not-allowed'],
  [13, 'roaming-not-allowed-in-tracking-area'],
  [14, 'gprs-services-not-allowed-in-plmn eps-services-not-allowed-in-plmn'],
  [15, 'no-suitable-cells-in-tracking-area'],
  [16, 'msc-temporarily-not-reachable'],
  [19, 'esm-failure'],
  [20, 'mac-failure'],
  [21, 'synchronization-failure'],
  [22, 'congestion'],
  [23, 'ue-security-capabilities-mismatch'],
  [26, 'insufficient-resources'],
  [27, 'unknown-apn'],
  [28, 'unknown-pdp'],
  [29, 'authentication-failed'],
  [30, 'ggsn-reject'],
  [31, 'activation-reject'],
  [32, 'option-not-supported'],
  [33, 'option-unsubscribed'],
  [34, 'option-temporarily-out-of-order'],
  [35, 'nsapi-already-used'],
  [36, 'regular-deactivation'],
  [37, 'qos-not-accepted'],
  [38, 'network-failure'],
  [39, 'reattach-required'],
  [50, 'ipv4-only-allowed'],
  [51, 'ipv6-only-allowed'],
  [52, 'single-address-bearer-only'],
  [111, 'protocol-error'],
  [112, 'apn-type-conflict'],
];

/**
 * Reasons of Qualcomm's own, and those whose 3GPP number means another thing when a modem
 * registers.
 */
const OF_THEIR_OWN: readonly Row[] = [
  // 8 and 25 of session management (TS 24.008, clause 10.5.6.6).
  caused(8, 'subscription', 'the operator has barred this SIM', 'operator-determined-barring'),
  caused(25, 'refused', 'the network’s data link failed (LLC or SNDCP failure)', 'llc-sndcp-failure'),
  row('not-authorized-closed-subscriber-group', 'coverage', 'this cell is closed to this SIM', AREA),
  row('no-service no-gateway-service fade access-failure', 'coverage', 'the modem has no usable network'),
  row(
    'no-gprs-context emm-detached sm-ps-detached emm-attach-failed',
    'coverage',
    'the modem is not attached for data',
  ),
  row('uim-not-present', 'sim-missing', 'there is no SIM in the modem'),
  row('mmgdsi-card-event invalid-sim-state', 'sim-error', 'the modem cannot use the SIM'),
  row('lpm-or-power-down offline', 'radio-off', 'the modem’s radio is off'),
  row(
    'authentication-failure pap-failure chap-failure fa-error-mobile-node-authentication-failure',
    'auth',
    'the network refused user name or password',
  ),
  row(
    'apn-mismatch apn-disabled mandatory-apn-disabled null-apn-disallowed apn-format-invalid invalid-apn invalid-apn-name',
    'apn',
    'the modem does not accept the APN',
  ),
  row('apn-disallowed-on-roaming call-disallowed-in-roaming', 'subscription', 'the APN is not offered abroad', AREA),
  row(
    'pdn-ipv4-call-throttled pdn-ipv6-call-throttled call-origination-throttled access-block access-block-all',
    'congestion',
    'the network asks for a pause between attempts',
  ),
  row('fa-error-insufficient-resources', 'congestion', 'the network has too few resources'),
  row('pdn-ipv4-call-disallowed', 'apn', 'the network allows only IPv6 for this APN', IP_TYPE),
  row(
    'pdn-ipv6-call-disallowed subscription-limited-to-ipv4',
    'apn',
    'the network allows only IPv4 for this APN',
    IP_TYPE,
  ),
  row('prefix-unavailable hrpd-ipv6-disabled disabled', 'apn', 'the network offers no IPv6 for this APN', IP_TYPE),
  row('ip-version-mismatch ip-pdp-mismatch', 'apn', 'the APN does not offer this IP type', IP_TYPE),
  row(
    'multi-pdn-not-allowed max-v4-connections max-v6-connections',
    'refused',
    'no further connection is allowed',
    LEFTOVERS,
  ),
  row(
    'call-already-present interface-in-use interface-in-use-config-match',
    'busy',
    'the modem still has an earlier call',
    LEFTOVERS,
  ),
  row(
    'access-attempt-in-progress close-in-progress physical-link-close-in-progress apn-pending-handover redirection-or-handoff modem-restart',
    'busy',
    'the modem is busy',
  ),
];

/** By nickname, without the `generic-` and `gsm-wcdma-` that older lists put in front. */
const CALL_ENDS: ReadonlyMap<string, Verdict> = new Map([
  ...BY_CAUSE.flatMap(([cause, nicknames]) =>
    nicknames.split(' ').map((nickname): [string, Verdict] => [nickname, verdictOfCause(cause)]),
  ),
  ...byName(OF_THEIR_OWN),
]);

/** What the call end reason `nickname` means, or undefined when it has no row. */
export const verdictOfCallEnd = (nickname: string): Verdict | undefined =>
  CALL_ENDS.get(nickname.replace(/^(generic|gsm-wcdma)-/, ''));
