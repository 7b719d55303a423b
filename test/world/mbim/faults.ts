// Faults of the modem as rules: answers that come late, not at all, or with a status of the test's choice.
// Applied to every command before any service sees it.

import { basicConnect } from './cids.ts';
import type { Command } from './codec.ts';

interface Delay {
  readonly ms: number;
  readonly cid: number | undefined;
}

interface CommandRefusal {
  readonly cid: number;
  readonly status: number;
  times: number;
}

export class Faults {
  /** False: the modem takes everything and says nothing, neither answers nor indications. */
  speaks = true;
  delay: Delay | undefined;
  readonly refusals: CommandRefusal[] = [];

  /** Waits as long as this command shall; false when it is never to be answered. A mute modem carries nothing out either. */
  async pass(command: Command): Promise<boolean> {
    const { delay } = this;
    const ofBasicConnect = command.service === basicConnect;
    if (delay !== undefined && (delay.cid === undefined || (ofBasicConnect && delay.cid === command.cid))) {
      await new Promise((resolve) => setTimeout(resolve, delay.ms));
    }
    return this.speaks;
  }

  /** The status with which this command is to fail, using up one of the rule's times. */
  refusalOf(command: Command): number | undefined {
    const index = this.refusals.findIndex(({ cid }) => command.service === basicConnect && cid === command.cid);
    const rule = this.refusals[index];
    if (rule === undefined) return undefined;
    rule.times -= 1;
    if (rule.times <= 0) this.refusals.splice(index, 1);
    return rule.status;
  }
}
