// Where ModemManager's error name is one for many answers of the modem, and its text says which.
// Words are read here, and of PINs in failure.ts. Each form stands with the release and the source
// file that writes it.
import { byName, NO_REASON, type Verdict } from './failure-row.ts';
import { MBIM_STATUS } from './mbim-errors.ts';
import { verdictOfCause } from './network-causes.ts';
import { QMI_PROTOCOL, verdictOfCallEnd } from './qmi-errors.ts';

const MM_ERROR = 'org.freedesktop.ModemManager1.Error.';

/**
 * "MBIM status error: Busy", "Unhandled MBIM status error (6): PinDisabled": 1.24,
 * mm-error-helpers.c.
 */
const MBIM_FORM = /\bMBIM status error(?: \(\d{1,5}\))?: ([A-Za-z]{1,64})/;

/** "QMI protocol error (52): 'DeviceNotReady'": 1.24, mm-error-helpers.c. */
const QMI_FORM = /\bQMI protocol error \(\d{1,5}\): '([A-Za-z]{1,64})'/;

/**
 * "Call failed: cm error: illegal-ms", "Call failed: generic-no-service": 1.20 and later,
 * mm-bearer-qmi.c.
 */
const CALL_FORM = /\bCall failed(?:: (?:[a-z0-9]{1,16} error: )?([a-z0-9-]{1,64}))?/;

/**
 * "Network failure (attach): reattach-required: …": 1.24, mm-bearer-qmi.c, behind the name that it
 * chose.
 */
const NAMED_CALL_FORM = /: ([a-z0-9-]{3,64})(?:: |$)/;

/**
 * "Unsupported error (50): pdp-type-ipv4-only-allowed": mm-modem-helpers-mbim.c with GprsUnknown
 * (1.14) or Unknown; "Unsupported error (25): llc-sndcp-failure": mm-modem-helpers-qmi.c (1.20),
 * where the nickname counts, since the number then is one of session management.
 */
const NUMBERED_FORM = /\bUnsupported error \((\d{1,3})\)(?:: ([a-z0-9-]{1,64}))?/;

/** 1.14 has one name for several causes (mm-modem-helpers-mbim.c); only the text differs. */
const SHARED_NAMES: ReadonlyMap<string, number> = new Map([
  ['GprsServiceNotAllowed GPRS not allowed', 7],
  ['GprsServiceNotAllowed GPRS and non-GPRS not allowed', 8],
  ['GprsServiceNotAllowed GPRS not allowed in PLMN', 14],
  ['GprsUserAuthenticationFailed Not authorized for this CSG', 25],
]);

/**
 * The radio did not come on: 1.20 and later as Core.Retry, 1.14 as Core.Failed
 * (mm-broadband-modem-mbim.c).
 */
const RADIO_OFF: ReadonlyMap<string, RegExp> = new Map([
  ['Retry', /\bInvalid transition\b/],
  ['Failed', /\bradio switch is OFF\b/],
]);

const MBIM_ROWS = byName(MBIM_STATUS);
const QMI_ROWS = byName(QMI_PROTOCOL);

/**
 * What the answer `text` under ModemManager's own error `name` means; undefined where the name says
 * it all.
 */
export function toldByText(name: string, text: string): Verdict | undefined {
  if (!name.startsWith(MM_ERROR)) return undefined;
  const last = name.slice(name.lastIndexOf('.') + 1);
  const shared = SHARED_NAMES.get(`${last} ${text}`);
  if (shared !== undefined) return verdictOfCause(shared);
  if (RADIO_OFF.get(last)?.test(text)) return { class: 'radio-off', reason: 'the modem’s radio cannot be switched on' };
  return fromTheModem(text) ?? fromTheCall(last, text);
}

function fromTheModem(text: string): Verdict | undefined {
  const status = MBIM_FORM.exec(text)?.[1];
  if (status !== undefined) return MBIM_ROWS.get(status);
  const error = QMI_FORM.exec(text)?.[1];
  return error === undefined ? undefined : QMI_ROWS.get(error);
}

function fromTheCall(last: string, text: string): Verdict | undefined {
  const call = CALL_FORM.exec(text);
  if (call !== null) return verdictOfCallEnd(call[1] ?? '') ?? UNTOLD_CALL;
  if (last === 'NetworkFailureAttach') return verdictOfCallEnd(NAMED_CALL_FORM.exec(text)?.[1] ?? '');
  if (last !== 'Unknown' && last !== 'GprsUnknown') return undefined;
  const numbered = NUMBERED_FORM.exec(text);
  if (numbered === null) return undefined;
  return verdictOfCallEnd(numbered[2] ?? '') ?? verdictOfCause(Number(numbered[1]));
}

const UNTOLD_CALL: Verdict = {
  class: 'refused',
  reason: 'the network ended the call at once, without a reason that is known here',
  remedy: NO_REASON,
};
