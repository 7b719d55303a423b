// The only translator from errors to what they mean for the connection. By D-Bus name and 3GPP cause (error-table.ts), never by words in a message,
// with one exception that ModemManager forces: causes it has no name for arrive as a number in the text.
import { BusLostError, DBusCallError } from '../../dbus/errors.ts';
import { DeadlineError } from '../../system/clock.ts';
import { DBusShapeError } from '../wire/shape-error.ts';
import { cleanText } from '../wire/text.ts';
import { INTERFACES } from '../wire/vocabulary.ts';
import { CAUSES, NAMES } from './error-table.ts';
import { ADVICE, type FailureClass, type Verdict } from './failure-row.ts';

export type { FailureClass } from './failure-row.ts';

/** What went wrong, for the decision (class, cause) and for the person who reads about it (meaning, advice). */
export interface Failure {
  readonly class: FailureClass;
  /** The full D-Bus error name, or the name of our own error. */
  readonly name: string;
  /** As the peer wrote it, without control characters. */
  readonly text: string;
  /** 3GPP cause: TS 24.008 annex G and clause 10.5.6.6, TS 24.301 clauses 9.9.3.9 and 9.9.4.4. */
  readonly cause?: number;
  readonly meaning: string;
  readonly advice: string;
}

const LONGEST_TEXT = 200;

/** "Unsupported error (50): pdp-type-ipv4-only-allowed": src/mm-modem-helpers-mbim.c, with GprsUnknown (1.14, 1.16) or Unknown. */
const NUMBERED_CAUSE = /\bUnsupported error \((\d{1,3})\)/;
const UNNAMED_CAUSES: ReadonlySet<string> = new Set(['GprsUnknown', 'Unknown']);

/** Translates an error name and its text, as replies and a bearer's ConnectionError carry them. */
export function classifyName(name: string, text: string): Failure {
  const lastPart = name.slice(name.lastIndexOf('.') + 1);
  const number = UNNAMED_CAUSES.has(lastPart) ? NUMBERED_CAUSE.exec(text)?.[1] : undefined;
  const verdict: Verdict = (number === undefined ? undefined : causeVerdict(Number(number))) ?? verdictOf(name);
  return failure(cleanText(name, 255), text, verdict);
}

/** A cause without a row is still told to the reader. */
const causeVerdict = (cause: number): Verdict =>
  CAUSES.get(cause) ?? { class: 'other', cause, meaning: `the network refused with cause ${cause}` };

const verdictOf = (name: string): Verdict =>
  NAMES.get(name) ?? { class: 'other', meaning: 'an error that this program has no row for' };

const failure = (name: string, text: string, verdict: Verdict): Failure => ({
  class: verdict.class,
  name,
  text: cleanText(text, LONGEST_TEXT),
  ...(verdict.cause !== undefined && { cause: verdict.cause }),
  meaning: verdict.meaning,
  advice: verdict.advice ?? ADVICE[verdict.class],
});

/**
 * What the modem answers when it does not take a PIN: IncorrectPassword if all goes well (src/mm-sim-mbim.c), but a bare failure
 * when its reply does not say how the SIM is locked now. Either way the PIN was spent, so both must count as refused.
 */
function classifyPinAnswer({ type, text }: DBusCallError): Failure {
  const plain = classifyName(type, text);
  const fromModem = /\.(MobileEquipment|Status)\.[A-Za-z0-9]+$/.test(type);
  if (!fromModem || (plain.class !== 'auth' && plain.class !== 'other')) return plain;
  return failure(plain.name, text, { class: 'pin', meaning: 'the SIM refused the PIN' });
}

/** Translates whatever was thrown. Never throws. */
export function classify(error: unknown): Failure {
  if (error instanceof DBusCallError) {
    const isPin = error.call.startsWith(`${INTERFACES.sim}.SendPin `);
    return isPin ? classifyPinAnswer(error) : classifyName(error.type, error.text);
  }
  if (error instanceof DeadlineError) {
    return failure(error.name, error.message, { class: 'timeout', meaning: 'ModemManager did not answer in time' });
  }
  if (error instanceof BusLostError) {
    return failure(error.name, error.message, { class: 'bus', meaning: 'the connection to the D-Bus daemon is gone' });
  }
  if (error instanceof DBusShapeError) {
    return failure(error.name, error.message, { class: 'other', meaning: 'ModemManager answered nonsense' });
  }
  const name = error instanceof Error ? error.name : 'Error';
  return failure(name, error instanceof Error ? error.message : String(error), {
    class: 'other',
    meaning: 'a fault within this program',
  });
}
