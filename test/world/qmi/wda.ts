// WDA: whether packets are raw IP or sit in Ethernet frames, which host and modem must agree upon.
// Aggregation, and with it multiplexing, is off and stays off.

import type { Tlv } from './codec.ts';
import { ServiceId, ValueReader, value } from './codec.ts';
import type { QmiModem } from './modem.ts';
import type { Handler, Service } from './service.ts';
import { ok } from './service.ts';

export type LinkLayer = '802.3' | 'raw-ip';

/** QmiWdaLinkLayerProtocol. */
const protocols: Readonly<Record<number, LinkLayer>> = { 1: '802.3', 2: 'raw-ip' };

function format({ linkLayer }: QmiModem): Tlv[] {
  const off = value().u32(0).done();
  return [
    [0x10, value().u8(0).done()],
    [
      0x11,
      value()
        .u32(linkLayer === 'raw-ip' ? 2 : 1)
        .done(),
    ],
    [0x12, off],
    [0x13, off],
  ];
}

const setDataFormat: Handler = (modem, { tlvs }) => {
  const wanted = tlvs.get(0x11);
  if (wanted !== undefined) modem.linkLayer = protocols[new ValueReader(wanted).u32()] ?? modem.linkLayer;
  return ok(...format(modem));
};

export const wda: Service = {
  number: ServiceId.wda,
  messages: { 32: setDataFormat, 33: (modem) => ok(...format(modem)) },
};
