// AT&T's device service, as far as ModemManager asks for it: the signal in detail, and the cell.
// Modems with Qualcomm's chips have it, whoever the carrier is.

import { isRegistered } from '../modem/state.ts';
import { BufferWriter } from './buffer.ts';
import { Status } from './codec.ts';
import type { MbimModem } from './modem.ts';
import type { Service } from './service.ts';
import { ok, refused } from './service.ts';

const Cid = { signal: 1, location: 2 } as const;

const unknown = 99;
const wideUnknown = 255;

export const atdsService: Service = {
  uuid: '5967bdcc-7fd2-49a2-9f5c-b2e70e527db3',
  cids: Object.values(Cid),
  query: (modem, cid) => {
    if (cid === Cid.signal) return ok(signal(modem));
    return cid === Cid.location ? ok(location(modem)) : refused(Status.noDeviceSupport);
  },
  set: () => refused(Status.noDeviceSupport),
};

/**
 * RSSI, error rate, RSCP, Ec/No, RSRQ, RSRP, SNR as +CESQ codes them (3GPP TS 27.007, clause 8.69):
 * RSRP is code - 140 dBm, RSRQ code / 2 - 19.5 dB; SNR is code - 5 dB.
 */
function signal({ state }: MbimModem): Buffer {
  const seen = isRegistered(state);
  const { rsrp, rsrq, snr } = state.radioMeasures;
  return new BufferWriter()
    .u32(unknown)
    .u32(unknown)
    .u32(wideUnknown)
    .u32(wideUnknown)
    .u32(seen ? (rsrq + 19.5) * 2 : wideUnknown)
    .u32(seen ? rsrp + 140 : wideUnknown)
    .u32(seen ? snr + 5 : wideUnknown)
    .done();
}

/** Location area, tracking area, cell. */
function location({ state }: MbimModem): Buffer {
  const { tac, id } = isRegistered(state) ? state.cell : { tac: 0, id: 0 };
  return new BufferWriter().u32(0).u32(tac).u32(id).done();
}
