// CIDs 4 and 5: the SIM's PIN and PUK, with tries that run out (clauses 10.5.4, 10.5.5).

import { subscriberReadyBuffer } from './basic-connect.ts';
import { BufferReader, BufferWriter } from './buffer.ts';
import { basicConnect, Cid } from './cids.ts';
import { Status } from './codec.ts';
import type { Answer, Modem } from './service.ts';
import { ok, refused } from './service.ts';
import type { SimState } from './state.ts';
import { lockOf } from './state.ts';

const PinType = { pin1: 2, pin2: 3, puk1: 11 } as const;
const Operation = { enter: 0, enable: 1, disable: 2, change: 3 } as const;

/** What stands in the way now and how often it may be tried; an open SIM reports PIN2 with 3 tries, as the seed's modem does. */
export function pinBuffer(sim: SimState): Buffer {
  const writer = new BufferWriter();
  switch (lockOf(sim)) {
    case 'none':
      return writer.u32(PinType.pin2).u32(0).u32(3).done();
    case 'sim-pin':
      return writer
        .u32(PinType.pin1)
        .u32(1)
        .u32(sim.pin?.retries ?? 0)
        .done();
    case 'sim-puk':
    case 'blocked':
      return writer.u32(PinType.puk1).u32(1).u32(sim.puk.retries).done();
  }
}

/** Ten descriptions of four numbers: mode (1 enabled, 2 disabled, 0 unsupported), format, shortest, longest. PIN2 shows as "fixed-dialing". */
export function pinListBuffer(sim: SimState): Buffer {
  const writer = new BufferWriter();
  const modes = [sim.pin === undefined ? 2 : 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const mode of modes)
    writer
      .u32(mode)
      .u32(mode === 0 ? 0 : 1)
      .u32(mode === 0 ? 0 : 4)
      .u32(mode === 0 ? 0 : 8);
  return writer.done();
}

/** PIN or PUK entry, and switching the PIN on, off or over. */
export async function enterPin(modem: Modem, buffer: Buffer): Promise<Answer> {
  const reader = new BufferReader(buffer);
  const type = reader.u32();
  const operation = reader.u32();
  const code = reader.string();
  const newCode = reader.string();
  const { sim } = modem.state;
  if (!sim.present) return refused(Status.simNotInserted);
  const before = lockOf(sim);
  const accepted = type === PinType.puk1 ? enterPuk(sim, code, newCode) : changePin(sim, operation, code, newCode);
  modem.record({ kind: 'pin', accepted });
  if (accepted && before !== lockOf(sim)) {
    modem.indicate(basicConnect, Cid.subscriberReady, subscriberReadyBuffer(modem));
    await modem.settle();
  }
  return accepted ? ok(pinBuffer(sim)) : refused(Status.failure, pinBuffer(sim));
}

function enterPuk(sim: SimState, puk: string, newPin: string): boolean {
  if (lockOf(sim) !== 'sim-puk') return false;
  if (puk !== sim.puk.code) {
    sim.puk.retries -= 1;
    return false;
  }
  sim.pin = { code: newPin, retries: 3, verified: true };
  sim.puk.retries = 10;
  return true;
}

function changePin(sim: SimState, operation: number, code: string, newCode: string): boolean {
  if (operation === Operation.enable && sim.pin === undefined) {
    sim.pin = { code, retries: 3, verified: true };
    return true;
  }
  if (sim.pin === undefined || sim.pin.retries === 0) return false;
  if (code !== sim.pin.code) {
    sim.pin.retries -= 1;
    return false;
  }
  sim.pin.retries = 3;
  sim.pin.verified = true;
  if (operation === Operation.change) sim.pin.code = newCode;
  if (operation === Operation.disable) sim.pin = undefined;
  return true;
}
