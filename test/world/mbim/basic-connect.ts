// MBIM's basic-connect service without the data path: capabilities, SIM, radio, registration,
// signal (clause 10.5). Encodes what state.ts holds and carries out what the host sets; CONNECT and
// IP configuration are in sessions.ts.

import type { Registration, SimReadiness } from '../modem/state.ts';
import { isAttached, isRegistered, readinessOf, registrationErrorOf, registrationOf, simSeen } from '../modem/state.ts';
import { BufferReader, BufferWriter } from './buffer.ts';
import { basicConnect, Cid } from './cids.ts';
import { Status } from './codec.ts';
import type { MbimModem } from './modem.ts';
import { enterPin, pinBuffer, pinListBuffer } from './pin.ts';
import type { Answer, Service } from './service.ts';
import { ok, refused } from './service.ts';
import { ipConfigurationBuffer, queryConnect, setConnect } from './sessions.ts';

const cellularClassGsm = 1;
const deviceTypeRemovable = 2;
const simClassRemovable = 2;
const registerModeAutomatic = 1;

/** MbimRegisterState (table 10-59). */
const registerState: Readonly<Record<Registration, number>> = {
  off: 1,
  searching: 2,
  limited: 2,
  home: 3,
  roaming: 4,
  partner: 5,
  denied: 6,
};

/** MbimSubscriberReadyState (table 10-29). */
const subscriberReady: Readonly<Record<SimReadiness, number>> = {
  'not-initialized': 0,
  initialized: 1,
  'not-inserted': 2,
  bad: 3,
  failure: 4,
  'not-activated': 5,
  'device-locked': 6,
};

export const basicConnectService: Service = {
  uuid: basicConnect,
  cids: Object.values(Cid),
  query(modem, cid, buffer) {
    switch (cid) {
      case Cid.deviceCaps:
        return ok(deviceCaps(modem));
      case Cid.subscriberReady:
        return ok(subscriberReadyBuffer(modem));
      case Cid.radioState:
        return ok(radioStateBuffer(modem));
      case Cid.pin:
        return simSeen(modem.state.sim) ? ok(pinBuffer(modem.state.sim)) : refused(Status.simNotInserted);
      case Cid.pinList:
        return simSeen(modem.state.sim) ? ok(pinListBuffer(modem.state.sim)) : refused(Status.simNotInserted);
      case Cid.homeProvider:
        return ok(providerFields(modem.profile.home, 1).done());
      case Cid.visibleProviders:
        return ok(visibleProviders(modem));
      case Cid.registerState:
        return ok(registerStateBuffer(modem));
      case Cid.packetService:
        return ok(packetServiceBuffer(modem));
      case Cid.signalState:
        return ok(signalStateBuffer(modem));
      case Cid.connect:
        return queryConnect(modem, buffer);
      case Cid.ipConfiguration:
        return queryIpConfiguration(modem, buffer);
      case Cid.packetStatistics:
        return packetStatistics(modem);
      default:
        return refused(Status.noDeviceSupport);
    }
  },
  set(modem, cid, buffer) {
    switch (cid) {
      case Cid.radioState:
        return setRadio(modem, new BufferReader(buffer).u32() === 1);
      case Cid.pin:
        return enterPin(modem, buffer);
      case Cid.registerState:
        return register(modem, buffer);
      case Cid.packetService:
        return attach(modem, new BufferReader(buffer).u32() === 0);
      case Cid.signalState:
        return ok(signalStateBuffer(modem));
      case Cid.connect:
        return setConnect(modem, buffer);
      case Cid.subscribeList:
        return ok(buffer);
      default:
        return refused(Status.noDeviceSupport);
    }
  },
};

function deviceCaps({ profile }: MbimModem): Buffer {
  return new BufferWriter()
    .u32(deviceTypeRemovable)
    .u32(cellularClassGsm)
    .u32(1)
    .u32(simClassRemovable)
    .u32(profile.dataClasses)
    .u32(0)
    .u32(1)
    .u32(profile.maxSessions)
    .string('')
    .string(profile.imei)
    .string(profile.firmware)
    .string(profile.hardware)
    .done();
}

/**
 * CID 2. Identities only of a card that is seen, the subscription's only once it is initialized.
 */
export function subscriberReadyBuffer({ state }: MbimModem): Buffer {
  const { sim } = state;
  const readiness = readinessOf(sim);
  const initialized = readiness === 'initialized';
  const numbers = initialized ? sim.numbers : [];
  const writer = new BufferWriter()
    .u32(subscriberReady[readiness])
    .string(initialized ? sim.imsi : '')
    .string(simSeen(sim) ? sim.iccid : '')
    .u32(0)
    .u32(numbers.length);
  for (const number of numbers) writer.string(number);
  return writer.done();
}

export function radioStateBuffer({ state }: MbimModem): Buffer {
  return new BufferWriter()
    .u32(state.radio.hardware ? 1 : 0)
    .u32(state.radio.software ? 1 : 0)
    .done();
}

export function registerStateBuffer({ state, profile }: MbimModem): Buffer {
  const registered = isRegistered(state);
  return new BufferWriter()
    .u32(registrationErrorOf(state))
    .u32(registerState[registrationOf(state)])
    .u32(registerModeAutomatic)
    .u32(registered ? profile.currentDataClass : 0)
    .u32(cellularClassGsm)
    .string(registered ? state.operator.id : '')
    .string(registered ? state.operator.name : '')
    .string('')
    .u32(2)
    .done();
}

/** CID 10: attached 2 or detached 4, with the network's reason for a refusal. */
export function packetServiceBuffer({ state, profile }: MbimModem, networkError = 0): Buffer {
  const attached = isAttached(state);
  return new BufferWriter()
    .u32(networkError)
    .u32(attached ? 2 : 4)
    .u32(attached ? profile.currentDataClass : 0)
    .u64(attached ? 50_000_000n : 0n)
    .u64(attached ? 100_000_000n : 0n)
    .done();
}

/** CID 11: RSSI 0…31, which ModemManager prints as rssi × 100 / 31 percent; 99 is unknown. */
export function signalStateBuffer({ state }: MbimModem): Buffer {
  const rssi = isRegistered(state) ? Math.round((state.signalQuality * 31) / 100) : 99;
  return new BufferWriter().u32(rssi).u32(99).u32(30).u32(5).u32(0).done();
}

function providerFields(provider: { id: string; name: string }, providerState: number): BufferWriter {
  return new BufferWriter()
    .string(provider.id)
    .u32(providerState)
    .string(provider.name)
    .u32(cellularClassGsm)
    .u32(99)
    .u32(99);
}

function visibleProviders({ state }: MbimModem): Buffer {
  if (state.coverage === 'none') return new BufferWriter().u32(0).done();
  const visibleAndRegistered = 8 | 16;
  return new BufferWriter().u32(1).struct(providerFields(state.operator, visibleAndRegistered).done()).done();
}

async function setRadio(modem: MbimModem, on: boolean): Promise<Answer> {
  await modem.switchRadio(on);
  return ok(radioStateBuffer(modem));
}

function register(modem: MbimModem, buffer: Buffer): Answer {
  const reader = new BufferReader(buffer);
  const provider = reader.string();
  const manual = reader.u32() === 1;
  const visible = !manual || provider === modem.state.operator.id;
  modem.record({ kind: 'register', accepted: visible && isRegistered(modem.state) });
  const providerNotVisible = 10;
  return visible ? ok(registerStateBuffer(modem)) : refused(providerNotVisible, registerStateBuffer(modem));
}

async function attach(modem: MbimModem, wanted: boolean): Promise<Answer> {
  const possible = isRegistered(modem.state);
  const refusal = wanted ? modem.state.attachRefusal : undefined;
  modem.record({ kind: wanted ? 'attach' : 'detach', accepted: possible && refusal === undefined });
  if (!possible) return refused(Status.notRegistered, packetServiceBuffer(modem));
  if (refusal !== undefined) return refused(refusal.status, packetServiceBuffer(modem, refusal.networkError));
  modem.state.detached = !wanted;
  await modem.settle();
  return ok(packetServiceBuffer(modem));
}

function queryIpConfiguration(modem: MbimModem, buffer: Buffer): Answer {
  const session = modem.state.sessions.get(new BufferReader(buffer).u32());
  return session === undefined ? refused(Status.contextNotActivated) : ok(ipConfigurationBuffer(session));
}

async function packetStatistics(modem: MbimModem): Promise<Answer> {
  const counted = await modem.carrier.statistics();
  const fields = new BufferWriter().u32(0).u32(0);
  fields.u64(counted.receivedBytes).u64(counted.receivedPackets).u64(counted.sentBytes).u64(counted.sentPackets);
  return ok(fields.u32(0).u32(0).done());
}
