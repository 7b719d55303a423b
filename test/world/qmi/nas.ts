// NAS, the network: registration, operator, signal. LTE is the only technology there is; what is
// registered is attached.

import { isRegistered, type ModemState, registrationErrorOf, registrationOf } from '../modem/state.ts';
import type { QmiClient } from './clients.ts';
import type { Tlv } from './codec.ts';
import { QmiError, ServiceId, ValueReader, value } from './codec.ts';
import type { QmiModem } from './modem.ts';
import type { Answer, Handler, Service } from './service.ts';
import { ok, refused } from './service.ts';

const servingSystem = 0x0024;
const systemInfo = 0x004e;
const signalInfo = 0x0051;

const lte = 8;
const dataCapabilityLte = 11;
const threeGpp = 2;
/** QmiNasNetworkDescriptionEncoding: UCS-2, least significant byte first. */
const unicode = 4;
const Attach = { attached: 1, detached: 2 } as const;
const Domain = { none: 0, cs: 1, ps: 2, csPs: 3 } as const;
/**
 * Cause that a denied registration gives when the test names none: PLMN not allowed (TS 24.301).
 */
const plmnNotAllowed = 11;

/** QmiNasRegistrationState. */
const registrationStates = {
  off: 0,
  home: 1,
  roaming: 1,
  partner: 1,
  searching: 2,
  limited: 2,
  denied: 3,
} as const;
/**
 * QmiNasServiceStatus: limited is for emergency calls, and a modem whose radio is off saves power.
 */
const serviceStatuses = { off: 4, home: 2, roaming: 2, partner: 2, searching: 0, limited: 1, denied: 1 } as const;

/** TLVs of Serving System, the same in the answer and in the indication. */
function servingSystemTlvs({ state }: QmiModem): Tlv[] {
  const registration = registrationOf(state);
  const registered = isRegistered(state);
  const attached = registered && !state.detached ? Attach.attached : Attach.detached;
  const system = value().u8(registrationStates[registration]).u8(attached).u8(attached).u8(threeGpp);
  const { mcc, mnc } = plmn(state);
  return [
    [0x01, (registered ? system.u8(1).u8(lte) : system.u8(0)).done()],
    ...(registered
      ? ([
          [
            0x10,
            value()
              .u8(registration === 'home' ? 1 : 0)
              .done(),
          ],
          [0x11, value().u8(1).u8(dataCapabilityLte).done()],
          [0x12, value().u16(mcc).u16(mnc).counted(state.operator.name).done()],
        ] as const)
      : []),
  ];
}

/**
 * TLVs of System Info in the answer (LTE's are numbered alike in the indication): what ModemManager
 * asks from 1.6 on.
 */
function systemInfoTlvs({ state }: QmiModem): Tlv[] {
  const registration = registrationOf(state);
  const registered = isRegistered(state);
  const denied = registration === 'denied';
  const status = serviceStatuses[registration];
  const domain = registered || denied ? Domain.csPs : Domain.none;
  const system = value()
    .u8(1)
    .u8(state.detached && registered ? Domain.cs : domain)
    .u8(1)
    .u8(domain)
    .u8(registered ? 1 : 0)
    .u8(registered && registration !== 'home' ? 1 : 0)
    .u8(1)
    .u8(denied ? 1 : 0)
    .bytes(value().u8(0).u16(0).done())
    .bytes(
      value()
        .u8(registered ? 1 : 0)
        .u32(state.cell.id)
        .done(),
    )
    .bytes(
      value()
        .u8(denied ? 1 : 0)
        .u8(Domain.ps)
        .u8(denied ? registrationErrorOf(state) || plmnNotAllowed : 0)
        .done(),
    )
    .u8(registered ? 1 : 0)
    .bytes(networkId(state))
    .bytes(
      value()
        .u8(registered ? 1 : 0)
        .u16(state.cell.tac)
        .done(),
    );
  return [
    [0x14, value().u8(status).u8(status).u8(1).done()],
    [0x19, system.done()],
  ];
}

/**
 * Three digits of country and two or three of network; 0xff stands for the digit that is not there.
 */
function networkId({ operator }: ModemState): Buffer {
  const digits = Buffer.alloc(6, 0xff);
  digits.write(operator.id, 'latin1');
  return digits;
}

function plmn({ operator }: ModemState): { mcc: number; mnc: number } {
  return { mcc: Number(operator.id.slice(0, 3)), mnc: Number(operator.id.slice(3)) };
}

/** ModemManager makes percent of dBm: (RSSI + 113) × 100 / 62. */
function rssiOf({ state }: QmiModem): number {
  return Math.round((state.signalQuality * 62) / 100) - 113;
}

function signalTlvs(modem: QmiModem): Tlv[] {
  if (!isRegistered(modem.state)) return [];
  const { rsrp, rsrq, snr } = modem.state.radioMeasures;
  const rsrqAndRsrp = value()
    .u8(rsrq)
    .u16(rsrp)
    .u16(snr * 10)
    .done();
  return [[0x14, value().u8(rssiOf(modem)).bytes(rsrqAndRsrp).done()]];
}

const getSignalStrength: Handler = (modem) => {
  const strength = isRegistered(modem.state) ? rssiOf(modem) : -125;
  return ok([0x01, value().u8(strength).u8(lte).done()]);
};

const getHomeNetwork: Handler = ({ profile }) => {
  const { id, name } = profile.home;
  const network = value()
    .u16(Number(id.slice(0, 3)))
    .u16(Number(id.slice(3)));
  return ok([0x01, network.counted(name).done()]);
};

const getPlmnName: Handler = ({ state, profile }, { tlvs }): Answer => {
  const reader = new ValueReader(tlvs.get(0x01));
  const [mcc, mnc] = [reader.u16(), reader.u16()];
  const known = [state.operator, profile.home].find(
    ({ id }) => Number(id.slice(0, 3)) === mcc && Number(id.slice(3)) === mnc,
  );
  if (known === undefined) return refused(QmiError.informationUnavailable);
  const name = Buffer.from(known.name, 'utf16le').subarray(0, 254);
  const none = value().u8(unicode).counted('').done();
  const short = value().u8(unicode).u8(0).u8(0).counted(name).done();
  return ok([0x10, value().bytes(none).bytes(short).bytes(short).done()]);
};

const initiateRegister: Handler = (modem, { tlvs }) => {
  const automatic = 1;
  const info = tlvs.get(0x10);
  const wanted = new ValueReader(info);
  const { mcc, mnc } = plmn(modem.state);
  const manual = new ValueReader(tlvs.get(0x01)).u8() !== automatic && info !== undefined;
  const visible = !manual || (wanted.u16() === mcc && wanted.u16() === mnc);
  modem.record({ kind: 'register', accepted: visible && isRegistered(modem.state) });
  return visible ? ok() : refused(QmiError.informationUnavailable);
};

const attachDetach: Handler = async (modem, { tlvs }): Promise<Answer> => {
  const wanted = new ValueReader(tlvs.get(0x10)).u8() === Attach.attached;
  const possible = isRegistered(modem.state);
  modem.record({ kind: wanted ? 'attach' : 'detach', accepted: possible });
  if (!possible) return refused(QmiError.informationUnavailable);
  modem.state.detached = !wanted;
  await modem.settle();
  return ok();
};

const networkScan: Handler = ({ state }) => {
  const currentServing = 1;
  const { mcc, mnc } = plmn(state);
  const list = value().u16(state.coverage === 'none' ? 0 : 1);
  if (state.coverage !== 'none') list.u16(mcc).u16(mnc).u8(currentServing).counted(state.operator.name);
  return ok([0x10, list.done()]);
};

/** GSM, UMTS and LTE, any network, roaming as well. */
const getSystemSelection: Handler = () => {
  const modes = (1 << 2) | (1 << 3) | (1 << 4);
  const automatic = 0;
  return ok([0x11, value().u16(modes).done()], [0x14, value().u16(0xff).done()], [0x16, value().u8(automatic).done()]);
};

/** Which indications the asking client wants from now on. */
const registerIndications: Handler = (_, { tlvs }, client) => {
  want(client, 'serving-system', tlvs.get(0x13));
  want(client, 'system-info', tlvs.get(0x18));
  want(client, 'signal-info', tlvs.get(0x19));
  return ok();
};

function want(client: QmiClient, name: string, wanted: Buffer | undefined): void {
  if (wanted === undefined) return;
  if (wanted[0] === 1) client.wants.add(name);
  else client.wants.delete(name);
}

export function indicateNetwork(modem: QmiModem): void {
  modem.indicate(ServiceId.nas, servingSystem, servingSystemTlvs(modem), 'serving-system');
  modem.indicate(ServiceId.nas, systemInfo, systemInfoTlvs(modem), 'system-info');
}

export function indicateSignal(modem: QmiModem): void {
  modem.indicate(ServiceId.nas, signalInfo, signalTlvs(modem), 'signal-info');
}

/** All that the host is told of registration, as text to compare. */
export function networkView(modem: QmiModem): string {
  const tlvs = [...servingSystemTlvs(modem), ...systemInfoTlvs(modem)];
  return tlvs.map(([type, bytes]) => `${type} ${bytes.toString('hex')}`).join('\n');
}

export const nas: Service = {
  number: ServiceId.nas,
  messages: {
    2: () => ok(),
    3: registerIndications,
    32: getSignalStrength,
    33: networkScan,
    34: initiateRegister,
    35: attachDetach,
    36: (modem) => ok(...servingSystemTlvs(modem)),
    37: getHomeNetwork,
    51: () => ok(),
    52: getSystemSelection,
    68: getPlmnName,
    77: (modem) => ok(...systemInfoTlvs(modem)),
    79: (modem) => ok(...signalTlvs(modem)),
    80: () => ok(),
  },
};
