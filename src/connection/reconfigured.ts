// The event of a configuration that replaces another one: reloaded, or taken back after a trial.

export interface Reconfigured {
  readonly kind: 'reconfigured';
  /** The most that what differs asks of a link that is up. */
  readonly relevant: 'nothing' | 'link' | 'session' | 'modem';
  /** Another modem is to be used than the one in use. */
  readonly leavesModem?: boolean;
  /** Nobody was refused with the settings before: holds go on. */
  readonly keepsHolds?: boolean;
}
