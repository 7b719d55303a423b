// The faults that only a person mends, in words for that person. Data.
import type { Failure } from '../../modem/errors/failure.ts';

type Reason =
  | 'sim-missing'
  | 'sim-error'
  | 'unknown'
  | 'unknown-capabilities'
  | 'esim-without-profiles'
  | 'modem-failed'
  | 'puk'
  | 'other-lock'
  | 'pin-missing'
  | 'pin-refused'
  | 'pin-retries'
  | 'pin-unanswered';

const CONFIG = '/etc/percept-lte.yaml';
/** deadlines.ts has the times. */
const LOOKS =
  'it is looked for again after half a minute, then more rarely, and at least each hour; systemctl restart percept-lte begins anew';
const RELOAD = 'then: systemctl reload percept-lte';

const REASONS: Readonly<Record<Reason, Pick<Failure, 'class' | 'meaning' | 'advice'>>> = {
  'sim-missing': {
    class: 'sim-missing',
    meaning: 'no SIM in the modem',
    advice: `put a SIM in, and see that it is active; ${LOOKS}`,
  },
  'sim-error': {
    class: 'sim-error',
    meaning: 'the SIM does not answer',
    advice: `reseat or replace the SIM; ${LOOKS}`,
  },
  unknown: {
    class: 'other',
    meaning: 'ModemManager could not initialise the modem',
    advice: 'see: journalctl -u ModemManager; unplug the modem and plug it in again',
  },
  'unknown-capabilities': {
    class: 'other',
    meaning: 'ModemManager could not read what the modem can do',
    advice: 'unplug the modem and plug it in again',
  },
  'esim-without-profiles': {
    class: 'sim-missing',
    meaning: 'the eSIM holds no profile',
    advice: 'load a profile onto the eSIM, or use a SIM card',
  },
  'modem-failed': {
    class: 'other',
    meaning: 'ModemManager calls the modem failed',
    advice: 'see: journalctl -u ModemManager; unplug the modem and plug it in again',
  },
  puk: {
    class: 'puk',
    meaning: 'the SIM is blocked and wants its PUK',
    advice: 'put the SIM into a phone and enter the PUK from its papers; it is never typed here',
  },
  'other-lock': {
    class: 'pin',
    meaning: 'the modem is locked by something other than the SIM PIN',
    advice: 'see the lock with: mmcli -m any',
  },
  'pin-missing': {
    class: 'pin',
    meaning: 'the SIM wants a PIN and none is configured',
    advice: `set sim.pin in ${CONFIG} (chmod 600), ${RELOAD}`,
  },
  'pin-refused': {
    class: 'pin',
    meaning: 'the SIM refused the configured PIN before; it is not tried again',
    advice: `correct sim.pin in ${CONFIG}, ${RELOAD}`,
  },
  'pin-retries': {
    class: 'pin',
    meaning: 'one PIN try is left, and it is left to a person',
    advice: 'enter the PIN by hand: mmcli -i SIM --pin=PIN, or in a phone',
  },
  'pin-unanswered': {
    class: 'pin',
    meaning: 'the PIN was sent and its answer never heard; what became of it is looked at in a minute',
    advice: 'nothing to do; if it happens again, see: journalctl -u ModemManager',
  },
};

/** The failure to be blocked with for `reason`. */
export function blockedFailure(reason: Reason): Failure {
  return { ...REASONS[reason], name: reason, text: '' };
}
