// The carrier's process: it lives in a network namespace of its own and is called by the agent over
// Node's IPC channel.

import type { CallMessage } from '../rpc.ts';
import { answerCall } from '../rpc.ts';
import { CarrierControls } from './carrier.ts';

/** Opens the carrier and serves calls until the agent is gone. */
export async function runCarrier(): Promise<void> {
  const carrier = new CarrierControls();
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: CallMessage) => {
    void answerCall({ carrier }, message).then((reply) => process.send?.(reply));
  });
  await carrier.open();
  process.send?.({ ready: true });
}
