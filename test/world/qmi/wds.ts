// WDS, the data service: each bearer's family has a client of its own, which starts and stops its
// call and reads its IP settings.

import { ipv4Bytes, ipv6Bytes } from '../modem/addresses.ts';
import type { Ipv4Settings, Ipv6Settings } from '../modem/profile.ts';
import type { QmiClient } from './clients.ts';
import type { Tlv } from './codec.ts';
import { QmiError, ServiceId, ValueReader, value } from './codec.ts';
import type { Answer, Handler, Service } from './service.ts';
import { ok, refused } from './service.ts';

export const packetServiceStatus = 0x0022;
export const extendedIpConfig = 0x008c;
const Status = { disconnected: 1, connected: 2 } as const;
/** Bit of the settings that have changed: the address. */
const ipAddressChanged = 1 << 8;

const startNetwork: Handler = (modem, { tlvs }, client) => {
  const text = (type: number): string => tlvs.get(type)?.toString('utf8') ?? '';
  const family = tlvs.get(0x19);
  if (family !== undefined) choose(client, new ValueReader(family).u8());
  return modem.calls.start(client, { apn: text(0x14), user: text(0x17), password: text(0x18) });
};

const stopNetwork: Handler = (modem, { tlvs }, client) =>
  modem.calls.stop(client, new ValueReader(tlvs.get(0x01)).u32());

const setIpFamily: Handler = (_, { tlvs }, client) => {
  choose(client, new ValueReader(tlvs.get(0x01)).u8());
  return ok();
};

const getPacketServiceStatus: Handler = (modem, _, { family }) =>
  ok([
    0x01,
    value()
      .u8(modem.calls.isUp(family) ? Status.connected : Status.disconnected)
      .done(),
  ]);

const getPacketStatistics: Handler = async (modem, _, { family }): Promise<Answer> => {
  if (!modem.calls.isUp(family)) return refused(QmiError.outOfCall);
  const counted = await modem.carrier.statistics();
  return ok(
    [0x10, value().u32(Number(counted.sentPackets)).done()],
    [0x11, value().u32(Number(counted.receivedPackets)).done()],
    [0x19, value().u64(counted.sentBytes).done()],
    [0x1a, value().u64(counted.receivedBytes).done()],
  );
};

const getChannelRates: Handler = (modem, _, { family }) => {
  if (!modem.calls.isUp(family)) return refused(QmiError.outOfCall);
  const rates = value().u32(50_000_000).u32(100_000_000).u32(50_000_000).u32(150_000_000);
  return ok([0x01, rates.done()]);
};

const getCurrentSettings: Handler = (modem, _, { family }) => {
  const session = modem.calls.sessionOf(family);
  if (session === undefined) return refused(QmiError.outOfCall);
  const { ipv4, ipv6 } = session.ip;
  const own = family === 4 ? settings4(ipv4) : settings6(ipv6);
  return ok([0x14, value().text(session.apn).done()], ...own, [0x2b, value().u8(family).done()]);
};

/**
 * IPv4 addresses are numbers here, least significant byte first. What the carrier leaves out is
 * left out.
 */
function settings4(ip: Ipv4Settings | undefined): Tlv[] {
  const number = (address: string): Buffer => ipv4Bytes(address).reverse();
  const mask = value()
    .u32(0xffffffff << (32 - (ip?.prefix ?? 32)))
    .done();
  const [first, second] = ip?.dns ?? [];
  return [
    ...optional(0x15, first, number),
    ...optional(0x16, second, number),
    ...optional(0x1e, ip?.address, number),
    ...optional(0x20, ip?.gateway, number),
    ...optional(0x21, ip?.address, () => mask),
    ...optional(0x29, ip?.mtu, (mtu) => value().u32(mtu).done()),
  ];
}

function settings6(ip: Ipv6Settings | undefined): Tlv[] {
  const withPrefix = (address: string): Buffer =>
    value()
      .bytes(ipv6Bytes(address))
      .u8(ip?.prefix ?? 64)
      .done();
  const [first, second] = ip?.dns ?? [];
  return [
    ...optional(0x25, ip?.address, withPrefix),
    ...optional(0x26, ip?.gateway, withPrefix),
    ...optional(0x27, first, ipv6Bytes),
    ...optional(0x28, second, ipv6Bytes),
    ...optional(0x29, ip?.mtu, (mtu) => value().u32(mtu).done()),
  ];
}

function optional<T>(type: number, field: T | undefined, encode: (field: T) => Buffer): Tlv[] {
  return field === undefined ? [] : [[type, encode(field)]];
}

function choose(client: QmiClient, family: number): void {
  if (family === 4 || family === 6) client.family = family;
}

/** The indication's TLVs but for the reason. */
export function packetServiceTlvs(family: 4 | 6, connected: boolean): Tlv[] {
  const status = connected ? Status.connected : Status.disconnected;
  return [
    [0x01, value().u8(status).u8(0).done()],
    [0x12, value().u8(family).done()],
  ];
}

/** Says that a call has another address now. */
export const addressChangedTlvs: readonly Tlv[] = [[0x10, value().u32(ipAddressChanged).done()]];

export const wds: Service = {
  number: ServiceId.wds,
  messages: {
    1: () => ok(),
    3: () => ok(),
    32: startNetwork,
    33: stopNetwork,
    34: getPacketServiceStatus,
    35: getChannelRates,
    36: getPacketStatistics,
    45: getCurrentSettings,
    77: setIpFamily,
  },
};

/** The message that a delayed connect waits in. */
export const startNetworkMessage = 0x0020;
