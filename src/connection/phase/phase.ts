// What we are doing, as a value: fifteen phases, each with what entered it. Types alone.
import type { ConnectSettings } from '../../modem/calls.ts';
import type { Failure } from '../../modem/errors/failure.ts';
import type { Modem } from '../../modem/objects.ts';
import type { Rung } from '../../state/memory.ts';
import type { Moment } from '../../system/clock.ts';
import type { Pin } from '../policy.ts';
import type { UsedUp } from '../schedule/used-up.ts';

/** What varies from one try to the next. */
export type ApnTry = Required<Pick<ConnectSettings, 'apn'>> & {
  readonly ipType: NonNullable<ConnectSettings['ipType']>;
};

/** What the modem is to attach to LTE with, and the hash by which that is known again. */
export interface Attach {
  readonly settings: ConnectSettings;
  readonly fingerprint: string;
}

/** What we are doing. All moments are milliseconds on the monotonic clock. */
export type Phase =
  /** ModemManager is off the bus, or has no modem, or several fit. Left by facts or the ladder. */
  | {
      readonly kind: 'absent';
      readonly missing: 'modemmanager' | 'modem' | 'choice';
      readonly detail: string;
      readonly callMs?: number;
    }
  /**
   * ModemManager went away while the link is up. It is called for, from `callMs` on where that is
   * given; the link stays meanwhile.
   */
  | { readonly kind: 'riding'; readonly callMs?: number }
  /**
   * The modem is in a state that passes: unknown, initializing, enabling, disabling, connecting,
   * disconnecting, or connected before its bearer is told. Or it is locked, and by what, or which
   * SIM, is not told yet.
   */
  | { readonly kind: 'settling'; readonly modem: Modem }
  /** A person is needed. Looked at again at `untilMs`, if that is given, and when facts change. */
  | { readonly kind: 'blocked'; readonly failure: Failure; readonly untilMs: number | undefined }
  /** The SIM wants a PIN that it never refused: Sim.SendPin. */
  | { readonly kind: 'unlocking'; readonly modem: Modem; readonly pin: Pin }
  /**
   * Modem.Enable, after the APN for attaching is set where it differs: for that a modem that is
   * enabled already is disabled first.
   */
  | { readonly kind: 'enabling'; readonly modem: Modem; readonly attach: Attach | undefined }
  /**
   * The modem looks for a network. One try is made at the deadline, in case its event was missed.
   */
  | { readonly kind: 'registering'; readonly modem: Modem }
  /** No attempt may go out before `untilMs`: after a failure, for a ceiling or a spread start. */
  | {
      readonly kind: 'waiting';
      readonly untilMs: number;
      readonly failure: Failure | undefined;
      readonly reason: string;
    }
  /** Leftover bearers are deleted, then Simple.Connect is called; cancelled after `deadlineMs`. */
  | {
      readonly kind: 'connecting';
      readonly modem: Modem;
      readonly settings: ConnectSettings & ApnTry;
      readonly deadlineMs: number | undefined;
    }
  /** In another operator's network, which the config forbids. Left by facts, or the config. */
  | { readonly kind: 'roaming-forbidden'; readonly modem: Modem }
  /** The data plan is used up, and the config wants no link then: it is disconnected. */
  | { readonly kind: 'plan-used-up'; readonly modem: Modem; readonly usedUp: UsedUp }
  /** A bearer is connected, and the keeper puts its link up. `adopted`: we did not connect it. */
  | ({ readonly kind: 'configuring'; readonly modem: Modem; readonly adopted: boolean } & Renewable)
  /** The link is up. */
  | ({ readonly kind: 'online'; readonly modem: Modem; readonly adopted: boolean } & Renewable)
  /** A rung of the ladder is climbed; `to`: the highest one that this climb may come to. */
  | {
      readonly kind: 'recovering';
      readonly rung: Rung;
      readonly to: Rung;
      readonly reason: string;
      readonly modem: Modem | undefined;
    }
  /** Asked to stop: the modem is disconnected, unless the link is to stay. */
  | { readonly kind: 'stopping'; readonly modem: Modem | undefined; readonly disconnect: boolean };

interface Renewable {
  /** The session is of settings before, and stays until another one is admitted. */
  readonly renewal?: Renewal | undefined;
}

/** That a session of the settings in force waits for the hourly ceiling. */
export interface Renewal {
  readonly since: Moment;
  /** When the ceiling admits it. Monotonic milliseconds. */
  readonly dueMs: number;
}
