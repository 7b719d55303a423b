// The agent's end of the carrier: starts its process in a new network namespace and passes calls on
// to it.

import { spawn } from 'node:child_process';
import type { CarrierControls } from '../carrier/carrier.ts';
import type { Remote, ReplyMessage } from '../rpc.ts';
import { Caller } from '../rpc.ts';
import { worldEnvironment } from './places.ts';

export interface CarrierProcess {
  /** The pid names the carrier's network namespace. */
  readonly pid: number;
  readonly carrier: Remote<CarrierControls>;
}

/** Resolves when the carrier answers. `agentFile` is the bundle that we are ourselves. */
export function startCarrier(agentFile: string): Promise<CarrierProcess> {
  const child = spawn('unshare', ['--net', process.execPath, agentFile, 'carrier'], {
    env: worldEnvironment,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const caller = new Caller((message) => child.send(message));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      caller.close('the carrier is gone');
      reject(new Error(`the carrier ended with ${code}`));
    });
    child.on('message', (message: ReplyMessage | { ready: true }) => {
      if ('ready' in message) resolve({ pid: child.pid ?? 0, carrier: caller.remote<CarrierControls>('carrier') });
      else caller.settle(message);
    });
  });
}
