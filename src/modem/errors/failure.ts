// The only translator from errors to what they mean for the connection: by D-Bus name and 3GPP
// cause (error-table.ts), and by the text where ModemManager forces it (told-by-text.ts).
import { BusLostError, DBusCallError } from '../../dbus/errors.ts';
import { DeadlineError } from '../../system/clock.ts';
import { DBusShapeError } from '../wire/shape-error.ts';
import { cleanText } from '../wire/text.ts';
import { INTERFACES } from '../wire/vocabulary.ts';
import { NAMES } from './error-table.ts';
import { type Failure, type FailureClass, REMEDIES, type Verdict } from './failure-row.ts';
import { verdictOfCause } from './network-causes.ts';
import { toldByText } from './told-by-text.ts';

export type { Failure, FailureClass } from './failure-row.ts';

const LONGEST_TEXT = 200;

/** Translates an error name and its text, as replies and a bearer's ConnectionError carry them. */
export function classifyName(name: string, text: string): Failure {
  return failure(cleanText(name, 255), text, toldByText(name, text) ?? verdictOf(name));
}

const verdictOf = (name: string): Verdict =>
  NAMES.get(name) ?? { class: 'other', reason: 'an error that this program has no row for' };

const failure = (name: string, text: string, verdict: Verdict): Failure => ({
  class: verdict.class,
  name,
  text: cleanText(text, LONGEST_TEXT),
  ...(verdict.networkCause !== undefined && { networkCause: verdict.networkCause }),
  reason: verdict.reason,
  remedy: verdict.remedy ?? REMEDIES[verdict.class],
});

/** What a 3GPP cause means that ModemManager tells as a number; `text` is for the reader. */
export const failureOfCause = (cause: number, text: string): Failure =>
  failure(`cause-${cause}`, text, verdictOfCause(cause));

/** The modem's own answer, by its name, or by the form of the text in which 1.24 passes it on. */
const FROM_THE_MODEM = /\.(MobileEquipment|Status|Protocol)\.[A-Za-z0-9]+$/;
const PASSED_ON = /\b(MBIM status|QMI protocol) error\b/;
const PIN_SPENT: ReadonlySet<FailureClass> = new Set(['auth', 'other', 'refused']);

/**
 * What the modem answers when it does not take a PIN: IncorrectPassword if all goes well
 * (src/mm-sim-mbim.c), but a bare failure when its reply does not say how the SIM is locked now.
 * Either way the PIN was spent, so both must count as refused.
 */
function classifyPinAnswer({ type, text }: DBusCallError): Failure {
  const plain = classifyName(type, text);
  const fromModem = FROM_THE_MODEM.test(type) || PASSED_ON.test(text);
  if (!fromModem || !PIN_SPENT.has(plain.class)) return plain;
  return failure(plain.name, text, { class: 'pin', reason: 'the SIM refused the PIN' });
}

/** Translates whatever was thrown. Never throws. */
export function classify(error: unknown): Failure {
  if (error instanceof DBusCallError) {
    const isPin = error.call.startsWith(`${INTERFACES.sim}.SendPin `);
    return isPin ? classifyPinAnswer(error) : classifyName(error.type, error.text);
  }
  if (error instanceof DeadlineError) {
    return failure(error.name, error.message, { class: 'timeout', reason: 'ModemManager did not answer in time' });
  }
  if (error instanceof BusLostError) {
    return failure(error.name, error.message, { class: 'bus', reason: 'the connection to the D-Bus daemon is gone' });
  }
  if (error instanceof DBusShapeError) {
    return failure(error.name, error.message, { class: 'other', reason: 'ModemManager answered nonsense' });
  }
  const name = error instanceof Error ? error.name : 'Error';
  return failure(name, error instanceof Error ? error.message : String(error), {
    class: 'other',
    reason: 'a fault within this program',
  });
}
