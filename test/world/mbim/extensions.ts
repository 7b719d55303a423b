// The two further services that the profiles' modems have: Microsoft's basic-connect extensions, as
// far as LTE attach, device reset and the serving cell (MBIMEx 1.0), and Intel's firmware update, whose one command
// is a reset.

import { type AttachConfiguration, isAttached, isRegistered } from '../modem/state.ts';
import { BufferReader, BufferWriter } from './buffer.ts';
import { Status } from './codec.ts';
import type { MbimModem } from './modem.ts';
import type { Answer, Service } from './service.ts';
import { ok, refused } from './service.ts';
import { ipTypes } from './sessions.ts';

const Cid = { lteAttachConfiguration: 3, lteAttachInfo: 4, deviceReset: 10, baseStationsInfo: 11 } as const;
const modemReboot = 1;

export const extensionsService: Service = {
  uuid: '3d01dcc5-fef5-4d05-0d3a-bef7058e9aaf',
  cids: Object.values(Cid),
  query(modem, cid) {
    switch (cid) {
      case Cid.lteAttachConfiguration:
        return ok(lteAttachConfiguration(modem));
      case Cid.lteAttachInfo:
        return ok(lteAttachInfo(modem));
      case Cid.baseStationsInfo:
        return ok(baseStationsInfo(modem));
      default:
        return refused(Status.noDeviceSupport);
    }
  },
  set(modem, cid, buffer) {
    switch (cid) {
      case Cid.lteAttachConfiguration:
        return setLteAttachConfiguration(modem, buffer);
      case Cid.deviceReset:
        return reset(modem);
      default:
        return refused(Status.noDeviceSupport);
    }
  },
};

export const intelFirmwareUpdateService: Service = {
  uuid: '0ed374cb-f835-4474-bc11-3b3fd76f5641',
  cids: [modemReboot],
  query: () => refused(Status.noDeviceSupport),
  set: (modem, cid) => (cid === modemReboot ? reset(modem) : refused(Status.noDeviceSupport)),
};

function reset(modem: MbimModem): Answer {
  modem.reset();
  return ok();
}

function lteAttachInfo(modem: MbimModem): Buffer {
  const attached = isAttached(modem.state);
  const { apn, ipType } = modem.state.attachConfiguration;
  return new BufferWriter()
    .u32(attached ? 1 : 0)
    .u32(attached ? ipTypes.lastIndexOf(ipType) : 0)
    .string(attached ? apn : '')
    .string('')
    .string('')
    .u32(0)
    .u32(0)
    .done();
}

const lteSystem = 32;

/** The LTE cell that serves, and nothing of other cells: places in the buffer that are empty. */
function baseStationsInfo({ state }: MbimModem): Buffer {
  const writer = new BufferWriter().u32(isRegistered(state) ? lteSystem : 0);
  const none = (count: number) => {
    for (let index = 0; index < count * 2; index += 1) writer.u32(0);
  };
  const gsmUmtsTdscdma = 3;
  none(gsmUmtsTdscdma);
  if (isRegistered(state)) writer.struct(servingCell(state));
  else none(1);
  const neighbours = 5;
  none(neighbours);
  return writer.done();
}

function servingCell({ operator, cell, radioMeasures }: MbimModem['state']): Buffer {
  const { id, tac, physicalId, earfcn } = cell;
  const { rsrp, rsrq } = radioMeasures;
  const timingAdvance = 255;
  const fields = new BufferWriter().string(operator.id).u32(id).u32(earfcn).u32(physicalId).u32(tac);
  return fields
    .u32(rsrp >>> 0)
    .u32(rsrq >>> 0)
    .u32(timingAdvance)
    .done();
}

const unset: AttachConfiguration = { ipType: 'ipv4v6', apn: '', user: '', password: '' };

/**
 * Three configurations, for home, partner and non-partner networks; ModemManager reads and sets the
 * first.
 */
function lteAttachConfiguration(modem: MbimModem): Buffer {
  const writer = new BufferWriter().u32(3);
  for (const roaming of [0, 1, 2]) {
    const { ipType, apn, user, password } = roaming === 0 ? modem.state.attachConfiguration : unset;
    const fields = new BufferWriter().u32(ipTypes.lastIndexOf(ipType)).u32(roaming).u32(1);
    writer.struct(fields.string(apn).string(user).string(password).u32(0).u32(0).done());
  }
  return writer.done();
}

/** Counts as an attach: a modem that is searching tries at once with what it is told. */
async function setLteAttachConfiguration(modem: MbimModem, buffer: Buffer): Promise<Answer> {
  const reader = new BufferReader(buffer);
  reader.u32();
  const count = reader.u32();
  for (let index = 0; index < count; index += 1) {
    const fields = new BufferReader(reader.struct());
    const ipType = ipTypes[fields.u32()] ?? 'ipv4';
    const roaming = fields.u32();
    fields.u32();
    const [apn, user, password] = [fields.string(), fields.string(), fields.string()];
    if (roaming === 0) modem.state.attachConfiguration = { ipType, apn, user, password };
  }
  modem.record({ kind: 'attach-configuration', apn: modem.state.attachConfiguration.apn, accepted: true });
  await modem.settle();
  return ok(lteAttachConfiguration(modem));
}
