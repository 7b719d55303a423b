// UIM, the SIM: its files, its PIN with tries that run out, and the slot that it sits in.

import { enterPuk, usePin } from '../modem/sim.ts';
import { lockOf, type SimState, simSeen } from '../modem/state.ts';
import type { Tlv } from './codec.ts';
import { QmiError, ServiceId, ValueReader, value } from './codec.ts';
import type { QmiModem } from './modem.ts';
import type { Answer, Handler, Service } from './service.ts';
import { ok, refused } from './service.ts';

const cardStatusIndication = 0x0032;
const slotStatusIndication = 0x0048;

const usim = 2;
const pin1 = 1;
const CardState = { absent: 0, present: 1 } as const;
const App = { pinRequired: 2, pukRequired: 3, blocked: 5, ready: 7 } as const;
const Pin = { notVerified: 1, verified: 2, disabled: 3, blocked: 4, permanentlyBlocked: 5 } as const;
const personalizationReady = 2;
const noIndex = 0xffff;
/** AID of a USIM (ETSI TS 101 220). */
const usimAid = Buffer.from('a0000000871002ff49ff0589', 'hex');
const WantedBit = { cardStatus: 1 << 0, slotStatus: 1 << 4 } as const;

function pinStates(sim: SimState): { app: number; pin: number } {
  switch (lockOf(sim)) {
    case 'none':
      return { app: App.ready, pin: sim.pin === undefined ? Pin.disabled : Pin.verified };
    case 'sim-pin':
      return { app: App.pinRequired, pin: Pin.notVerified };
    case 'sim-puk':
      return { app: App.pukRequired, pin: Pin.blocked };
    case 'blocked':
      return { app: App.blocked, pin: Pin.permanentlyBlocked };
  }
}

/**
 * The one slot's card with the one application, which is the primary one; no SIM: a card that is
 * absent.
 */
function cardStatusTlv({ state: { sim } }: QmiModem): Tlv {
  const primary = simSeen(sim) ? 0 : noIndex;
  const card = value().u16(primary).u16(noIndex).u16(noIndex).u16(noIndex).u8(1);
  card
    .u8(simSeen(sim) ? CardState.present : CardState.absent)
    .u8(Pin.notVerified)
    .u8(0)
    .u8(0)
    .u8(0);
  if (!simSeen(sim)) return [0x10, card.u8(0).done()];
  const { app, pin } = pinStates(sim);
  card.u8(1).u8(usim).u8(app).u8(personalizationReady).u8(0).u8(0).u8(0).counted(usimAid).u8(0);
  card
    .u8(pin)
    .u8(sim.pin?.retries ?? 3)
    .u8(sim.puk.retries);
  return [0x10, card.u8(Pin.disabled).u8(3).u8(10).done()];
}

function slotStatusTlv({ state: { sim } }: QmiModem): Tlv {
  const cardStates = { absent: 1, present: 2 } as const;
  const active = 1;
  const slot = value()
    .u8(1)
    .u32(simSeen(sim) ? cardStates.present : cardStates.absent);
  slot
    .u32(active)
    .u8(1)
    .counted(simSeen(sim) ? swappedDigits(sim.iccid) : Buffer.alloc(0));
  return [0x10, slot.done()];
}

const getSlotStatus: Handler = (modem) =>
  modem.profile.tellsSlots ? ok(slotStatusTlv(modem)) : refused(QmiError.invalidQmiCommand);

/** Files of the SIM by their ids (3GPP TS 31.102, ETSI TS 102 221). */
const files: Readonly<Record<number, (modem: QmiModem) => Buffer>> = {
  /** ICCID. */
  12258: ({ state }) => swappedDigits(state.sim.iccid),
  /** IMSI: its length, then the digits behind the nibble that says whether their count is odd. */
  28423: ({ state: { sim } }) => {
    const digits = swappedDigits(`${sim.imsi.length % 2 === 1 ? 9 : 1}${sim.imsi}`);
    return Buffer.concat([Buffer.from([digits.length]), digits]);
  },
  /** Administrative data; its fourth byte is how many digits the network code has. */
  28589: ({ profile }) => Buffer.from([0, 0, 0, profile.home.id.length - 3]),
};

const readTransparent: Handler = (modem, { tlvs }) => {
  const { sim } = modem.state;
  if (!simSeen(sim)) return refused(QmiError.noSim);
  const read = files[new ValueReader(tlvs.get(0x02)).u16()];
  if (read === undefined) return refused(QmiError.simFileNotFound);
  const bytes = read(modem);
  return ok([0x10, Buffer.from([0x90, 0x00])], [0x11, value().u16(bytes.length).bytes(bytes).done()]);
};

/** Digits two a byte, the first one in the low half; an odd one out has 0xf beside it. */
function swappedDigits(digits: string): Buffer {
  const pairs = (digits.length % 2 === 0 ? digits : `${digits}f`).match(/../g) ?? [];
  return Buffer.from(pairs.map(([low = '', high = '']) => high + low).join(''), 'hex');
}

/** What each message with a PIN does: its fields are in TLV 2, behind the number of the PIN. */
const verifyPin: Handler = (modem, { tlvs }) =>
  withPin(modem, tlvs.get(0x02), (sim, fields) => usePin(sim, 'enter', text(fields)));

const setPinProtection: Handler = (modem, { tlvs }) =>
  withPin(modem, tlvs.get(0x02), (sim, fields) => {
    const operation = fields.u8() === 1 ? 'enable' : 'disable';
    return usePin(sim, operation, text(fields));
  });

const changePin: Handler = (modem, { tlvs }) =>
  withPin(modem, tlvs.get(0x02), (sim, fields) => usePin(sim, 'change', text(fields), text(fields)));

const unblockPin: Handler = (modem, { tlvs }) =>
  withPin(modem, tlvs.get(0x02), (sim, fields) => enterPuk(sim, text(fields), text(fields)));

const text = (fields: ValueReader): string => fields.counted().toString('utf8');

async function withPin(
  modem: QmiModem,
  info: Buffer | undefined,
  use: (sim: SimState, fields: ValueReader) => boolean,
): Promise<Answer> {
  const { sim } = modem.state;
  const fields = new ValueReader(info);
  if (!simSeen(sim)) return refused(QmiError.noSim);
  if (fields.u8() !== pin1) return refused(QmiError.invalidQmiCommand);
  const before = lockOf(sim);
  const accepted = use(sim, fields);
  modem.record({ kind: 'pin', accepted });
  const after = lockOf(sim);
  if (before !== after) {
    modem.indicateSim();
    await modem.settle();
  }
  const retries: Tlv = [
    0x10,
    value()
      .u8(sim.pin?.retries ?? 3)
      .u8(sim.puk.retries)
      .done(),
  ];
  if (accepted) return ok(retries);
  return refused(after === 'none' || after === 'sim-pin' ? QmiError.incorrectPin : QmiError.pinBlocked, retries);
}

/**
 * Answers with what the modem will tell; a modem that does not tell of slots leaves that bit out.
 */
const registerEvents: Handler = ({ profile }, { tlvs }, client) => {
  const asked = new ValueReader(tlvs.get(0x01)).u32();
  const granted = asked & (WantedBit.cardStatus | (profile.tellsSlots ? WantedBit.slotStatus : 0));
  if (granted & WantedBit.cardStatus) client.wants.add('card-status');
  if (granted & WantedBit.slotStatus) client.wants.add('slot-status');
  return ok([0x10, value().u32(granted).done()]);
};

export function indicateSim(modem: QmiModem): void {
  modem.indicate(ServiceId.uim, cardStatusIndication, [cardStatusTlv(modem)], 'card-status');
  modem.indicate(ServiceId.uim, slotStatusIndication, [slotStatusTlv(modem)], 'slot-status');
}

export const uim: Service = {
  number: ServiceId.uim,
  messages: {
    32: readTransparent,
    37: setPinProtection,
    38: verifyPin,
    39: unblockPin,
    40: changePin,
    46: registerEvents,
    47: (modem) => ok(cardStatusTlv(modem)),
    68: () => ok(),
    71: getSlotStatus,
  },
};
