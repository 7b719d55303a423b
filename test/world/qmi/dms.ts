// DMS, the device: who it is and whether its radio is on. The SIM's messages that older modems have
// here are left out, so that ModemManager uses UIM.

import { radioOn } from '../modem/state.ts';
import type { Tlv } from './codec.ts';
import { QmiError, ServiceId, ValueReader, value } from './codec.ts';
import type { QmiModem } from './modem.ts';
import type { Answer, Handler, Service } from './service.ts';
import { ok, refused } from './service.ts';

export const eventReport = 0x0001;

/** QmiDmsOperatingMode. */
const Mode = { online: 0, lowPower: 1, offline: 3, reset: 4 } as const;
const Radio = { gsm: 4, umts: 5, lte: 8 } as const;
const simultaneousCsPs = 3;
const simSupported = 2;

const getCapabilities: Handler = () => {
  const radios = [Radio.gsm, Radio.umts, Radio.lte];
  const info = value().u32(50_000_000).u32(150_000_000).u8(simultaneousCsPs).u8(simSupported).u8(radios.length);
  for (const radio of radios) info.u8(radio);
  return ok([0x01, info.done()]);
};

const text =
  (of: (modem: QmiModem) => string): Handler =>
  (modem) =>
    ok([0x01, value().text(of(modem)).done()]);

const getMsisdn: Handler = ({ state }) => {
  const [number] = state.sim.numbers;
  return number === undefined ? refused(QmiError.notProvisioned) : ok([0x01, value().text(number).done()]);
};

const getIds: Handler = ({ profile }) =>
  ok([0x10, value().text('0').done()], [0x11, value().text(profile.imei).done()]);

const getOperatingMode: Handler = ({ state }) =>
  ok(
    [
      0x01,
      value()
        .u8(radioOn(state) ? Mode.online : Mode.lowPower)
        .done(),
    ],
    [
      0x11,
      value()
        .u8(state.radio.hardware ? 0 : 1)
        .done(),
    ],
  );

const setOperatingMode: Handler = async (modem, { tlvs }): Promise<Answer> => {
  const mode = new ValueReader(tlvs.get(0x01)).u8();
  if (mode === Mode.reset) {
    modem.reset();
    return ok();
  }
  const on = mode === Mode.online;
  if (on && !modem.state.radio.hardware) {
    modem.record({ kind: 'radio-on', accepted: false });
    return refused(QmiError.hardwareRestricted);
  }
  await modem.switchRadio(on);
  modem.indicate(ServiceId.dms, eventReport, [[0x14, value().u8(mode).done()]], 'operating-mode');
  return ok();
};

/** Registers the asking client, or signs it off, for changes of the operating mode. */
const setEventReport: Handler = (_, { tlvs }, client) => {
  const wanted = tlvs.get(0x14);
  if (wanted === undefined) return ok();
  if (wanted[0] === 1) client.wants.add('operating-mode');
  else client.wants.delete('operating-mode');
  return ok();
};

/** GSM and WCDMA bands I and VIII, LTE bands 1, 3, 7, 8 and 20. */
const bands: readonly Tlv[] = [
  [
    0x01,
    value()
      .u64((1n << 7n) | (1n << 8n) | (1n << 22n) | (1n << 49n))
      .done(),
  ],
  [
    0x10,
    value()
      .u64((1n << 0n) | (1n << 2n) | (1n << 6n) | (1n << 7n) | (1n << 19n))
      .done(),
  ],
];

export const dms: Service = {
  number: ServiceId.dms,
  messages: {
    [eventReport]: setEventReport,
    32: getCapabilities,
    33: text(({ profile }) => profile.usb.manufacturer),
    34: text(({ profile }) => profile.usb.productName),
    35: text(({ profile }) => profile.firmware),
    36: getMsisdn,
    37: getIds,
    44: text(({ profile }) => profile.hardware),
    45: getOperatingMode,
    46: setOperatingMode,
    69: () => ok(...bands),
  },
};
