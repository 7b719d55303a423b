// Faults of the modem's answers: late, or none at all. Applied to every command before any service
// sees it.

interface Delay {
  readonly ms: number;
  /** Only commands that concern a connection: CONNECT of MBIM, Start Network of QMI. */
  readonly only: 'connect' | undefined;
}

export class Faults {
  /** False: the modem takes everything and says nothing, neither answers nor indications. */
  speaks = true;
  delay: Delay | undefined;

  /**
   * Waits as long as this command shall; false when it is never to be answered. A mute modem
   * carries nothing out either.
   */
  async pass({ connect }: { readonly connect: boolean }): Promise<boolean> {
    const { delay } = this;
    if (delay !== undefined && (delay.only === undefined || connect)) {
      await new Promise((resolve) => setTimeout(resolve, delay.ms));
    }
    return this.speaks;
  }
}
