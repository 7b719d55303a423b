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

const REASONS: Readonly<Record<Reason, Pick<Failure, 'class' | 'reason' | 'remedy'>>> = {
  'sim-missing': {
    class: 'sim-missing',
    reason: 'no SIM in the modem',
    remedy: `put a SIM in, and see that it is active; ${LOOKS}`,
  },
  'sim-error': {
    class: 'sim-error',
    reason: 'the SIM does not answer',
    remedy: `reseat or replace the SIM; ${LOOKS}`,
  },
  unknown: {
    class: 'other',
    reason: 'ModemManager could not initialise the modem',
    remedy: 'see: journalctl -u ModemManager; unplug the modem and plug it in again',
  },
  'unknown-capabilities': {
    class: 'other',
    reason: 'ModemManager could not read what the modem can do',
    remedy: 'unplug the modem and plug it in again',
  },
  'esim-without-profiles': {
    class: 'sim-missing',
    reason: 'the eSIM holds no profile',
    remedy: 'load a profile onto the eSIM, or use a SIM card',
  },
  'modem-failed': {
    class: 'other',
    reason: 'ModemManager calls the modem failed',
    remedy: 'see: journalctl -u ModemManager; unplug the modem and plug it in again',
  },
  puk: {
    class: 'puk',
    reason: 'the SIM is blocked and wants its PUK',
    remedy: 'put the SIM into a phone and enter the PUK from its papers; it is never typed here',
  },
  'other-lock': {
    class: 'pin',
    reason: 'the modem is locked by something other than the SIM PIN',
    remedy: 'see the lock with: mmcli -m any',
  },
  'pin-missing': {
    class: 'pin',
    reason: 'the SIM wants a PIN and none is configured',
    remedy: `set sim.pin in ${CONFIG} (chmod 600), ${RELOAD}`,
  },
  'pin-refused': {
    class: 'pin',
    reason: 'the SIM refused the configured PIN before; it is not tried again',
    remedy: `correct sim.pin in ${CONFIG}, ${RELOAD}`,
  },
  'pin-retries': {
    class: 'pin',
    reason: 'one PIN try is left, and it is left to a person',
    remedy: 'enter the PIN by hand: mmcli -i SIM --pin=PIN, or in a phone',
  },
  'pin-unanswered': {
    class: 'pin',
    reason: 'the PIN was sent and its answer never heard; what became of it is looked at in a minute',
    remedy: 'nothing to do; if it happens again, see: journalctl -u ModemManager',
  },
};

/** The failure to be blocked with for `reason`. */
export function blockedFailure(reason: Reason): Failure {
  return { ...REASONS[reason], name: reason, text: '' };
}
