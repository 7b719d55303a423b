// CTL: the services that there are, and client ids for them. Its message 0xff00 is qmi-proxy's own:
// the host says which device it means, and the modem behind the proxy agrees to anything.

import { QmiError, ServiceId, ValueReader, value } from './codec.ts';
import type { Answer, Handler, Service } from './service.ts';
import { ok, refused } from './service.ts';

/** Versions decide which messages ModemManager uses: NAS from 1.8 on has System Info. */
const versions: readonly (readonly [service: number, major: number, minor: number])[] = [
  [ServiceId.ctl, 1, 5],
  [ServiceId.wds, 1, 36],
  [ServiceId.dms, 1, 14],
  [ServiceId.nas, 1, 25],
  [ServiceId.uim, 1, 36],
  [ServiceId.wda, 1, 16],
];

export const proxyOpen = 0xff00;

const getVersionInfo: Handler = () => {
  const list = value().u8(versions.length);
  for (const [service, major, minor] of versions) list.u8(service).u16(major).u16(minor);
  return ok([0x01, list.done()]);
};

const allocateClientId: Handler = (modem, { tlvs }, { send }) => {
  const service = new ValueReader(tlvs.get(0x01)).u8();
  if (!versions.some(([number]) => number === service)) return refused(QmiError.invalidServiceType);
  const client = modem.clients.allocate(service, send);
  if (client === undefined) return refused(QmiError.clientIdsExhausted);
  return ok([0x01, value().u8(service).u8(client.id).done()]);
};

const releaseClientId: Handler = async (modem, { tlvs }): Promise<Answer> => {
  const info = tlvs.get(0x01);
  const reader = new ValueReader(info);
  const client = modem.clients.find({ service: reader.u8(), client: reader.u8() });
  if (client === undefined || info === undefined) return refused(QmiError.invalidClientId);
  modem.clients.release(client);
  await modem.calls.leave(client);
  return ok([0x01, info]);
};

export const ctl: Service = {
  number: ServiceId.ctl,
  messages: {
    33: getVersionInfo,
    34: allocateClientId,
    35: releaseClientId,
    39: () => ok(),
    [proxyOpen]: () => ok(),
  },
};
