// CIDs 4 and 5: the SIM's PIN and PUK, with tries that run out (clauses 10.5.4, 10.5.5).

import { enterPuk, type PinOperation, usePin } from '../modem/sim.ts';
import type { SimState } from '../modem/state.ts';
import { lockOf, simSeen } from '../modem/state.ts';
import { BufferReader, BufferWriter } from './buffer.ts';
import { Status } from './codec.ts';
import type { MbimModem } from './modem.ts';
import type { Answer } from './service.ts';
import { ok, refused } from './service.ts';

const PinType = { pin1: 2, pin2: 3, puk1: 11 } as const;
/** Of a modem that does not tell how many are left. */
const triesUnknown = 0xffffffff;
/** By the number that MBIM gives them (MbimPinOperation). */
const operations: readonly PinOperation[] = ['enter', 'enable', 'disable', 'change'];

/**
 * What stands in the way now and how often it may be tried; an open SIM reports PIN2 with 3 tries,
 * as the modem of the vendor's guide does.
 */
export function pinBuffer(sim: SimState): Buffer {
  const writer = new BufferWriter();
  const told = (tries: number): number => (sim.tellsTries ? tries : triesUnknown);
  switch (lockOf(sim)) {
    case 'none':
      return writer.u32(PinType.pin2).u32(0).u32(told(3)).done();
    case 'sim-pin':
      return writer
        .u32(PinType.pin1)
        .u32(1)
        .u32(told(sim.pin?.retries ?? 0))
        .done();
    case 'sim-puk':
    case 'blocked':
      return writer.u32(PinType.puk1).u32(1).u32(told(sim.puk.retries)).done();
  }
}

/**
 * Ten descriptions of four numbers: mode (1 enabled, 2 disabled, 0 unsupported), format, shortest,
 * longest. PIN2 shows as "fixed-dialing".
 */
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
export async function enterPin(modem: MbimModem, buffer: Buffer): Promise<Answer> {
  const reader = new BufferReader(buffer);
  const type = reader.u32();
  const operation = operations[reader.u32()] ?? 'enter';
  const code = reader.string();
  const newCode = reader.string();
  const { sim } = modem.state;
  if (!simSeen(sim)) return refused(Status.simNotInserted);
  const before = lockOf(sim);
  const accepted = type === PinType.puk1 ? enterPuk(sim, code, newCode) : usePin(sim, operation, code, newCode);
  modem.record({ kind: 'pin', accepted });
  if (accepted && before !== lockOf(sim)) {
    modem.indicateSim();
    await modem.settle();
  }
  return accepted ? ok(pinBuffer(sim)) : refused(Status.failure, pinBuffer(sim));
}
