// Tells of the changes on trial: the journal, the standing warning, the status, and the hooks.
import type { Standing, Trials } from '../connection/trial/trial.ts';
import type { Status } from '../status/schema.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';
import { changedText, type Told, type TrialEnd, trialEnd, trialStatus, trialWarning } from './trial-words.ts';
import type { Warnings } from './warnings.ts';

export interface TrialTellerPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly warnings: Pick<Warnings, 'set'>;
  readonly ended: (how: TrialEnd) => void;
}

export class TrialTeller {
  readonly #ports: TrialTellerPorts;
  readonly #told: () => Told | undefined;

  /** @param told What there is to tell now; undefined while nothing has carried traffic. */
  constructor(ports: TrialTellerPorts, told: () => Told | undefined) {
    this.#ports = ports;
    this.#told = told;
  }

  /** What the status tells. */
  get status(): Status['trial'] {
    const told = this.#told();
    return told && trialStatus(told, this.#ports.clock.now().wallMs);
  }

  /** Things stood as `before` says. `why` a trial is over is '' when the file was read again. */
  tell(before: Standing, { standing }: Trials, limitMs: number, why: string): void {
    const { log, ended } = this.#ports;
    const told = this.#told();
    const changed = told === undefined ? '' : changedText(told);
    if (standing.kind === 'trying' && before.kind !== 'trying')
      log.info({ changed, minutes: Math.round(limitMs / 6_000) / 10 }, 'a change is on trial until traffic passes');
    const end = told && trialEnd(before, told, why);
    if (end?.result === 'kept') log.info({ because: end.reason }, 'the change is accepted');
    if (end !== undefined) ended(end);
    this.warn();
  }

  /** Has the standing warning say what it is now. */
  warn(): void {
    const told = this.#told();
    const found = told && trialWarning(told, this.#ports.clock.now().wallMs);
    this.#ports.warnings.set('change on trial', found === undefined ? [] : [found]);
  }
}
