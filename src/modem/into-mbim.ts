// How modems are put into MBIM mode: AT commands on whichever of their serial ports answers `AT`
// (115200 8N1). By model, since one maker numbers its modes in several ways: a mode that is MBIM on
// one Telit is ECM on the next. What has no source has no row, and the person is sent to the
// manual.

interface Maker {
  readonly name: string;
  /** The vendor half of its USB id. */
  readonly usbVendor: string;
  /** Which products are modems, where the vendor makes other things too. */
  readonly usbProducts?: RegExp;
  /** ModemManager's plugin. */
  readonly plugin: string;
}

export const MAKERS: readonly Maker[] = [
  { name: 'Telit (MultiTech)', usbVendor: '1bc7', plugin: 'telit' },
  { name: 'Quectel', usbVendor: '2c7c', plugin: 'quectel' },
  { name: 'SIMCom', usbVendor: '1e0e', plugin: 'simtech' },
  { name: 'Fibocom', usbVendor: '2cb7', plugin: 'fibocom' },
  // The L850-GL under the id of its chip, while it is in NCM mode.
  { name: 'Fibocom', usbVendor: '8087', usbProducts: /^095a$/, plugin: 'xmm' },
  { name: 'Alcatel (Vodafone)', usbVendor: '1bbb', plugin: 'generic' },
];

/** How one family of modems is asked for its USB mode and given another. */
export interface ModeSwitch {
  readonly maker: string;
  readonly family: string;
  /** What AT+CGMM answers on the modems that the source speaks of. */
  readonly models: RegExp;
  /** Asks for the mode. */
  readonly show: string;
  /** The line that answers it, with the mode as its group. */
  readonly shown: RegExp;
  /** What the modes are, as far as the source says. */
  readonly modes: Readonly<Record<string, string>>;
  /** The mode that is MBIM. */
  readonly mbim: string;
  readonly set: string;
  /** Undefined where the modem restarts by itself. */
  readonly restart: string | undefined;
  readonly source: string;
}

const usbcfg = {
  maker: 'Telit (MultiTech)',
  show: 'AT#USBCFG?',
  shown: /^#USBCFG: ?(\d{1,2})$/,
  restart: 'AT#REBOOT',
};

const usbnet = {
  maker: 'Quectel',
  show: 'AT+QCFG="usbnet"',
  shown: /^\+QCFG: ?"usbnet", ?(\d{1,2})$/i,
  mbim: '2',
  set: 'AT+QCFG="usbnet",2',
  restart: 'AT+CFUN=1,1',
};

export const MODE_SWITCHES: readonly ModeSwitch[] = [
  {
    ...usbcfg,
    family: 'LE910 V2',
    // The manual's applicability table, and the name by which the MultiTech shows itself.
    models: /^(FIH7160|LE910-(SV|NA|EU|AU) ?V2|LE910-(SV1|SVL|NA1|EU1|JN1)|LE910B1-(EU|NA|SA)|LE910B4-NA)$/,
    modes: { '0': 'serial ports', '3': 'MBIM' },
    mbim: '3',
    set: 'AT#USBCFG=3',
    source:
      'Telit, LE910 V2 AT Commands Reference Guide (80446ST10707A r3), #USBCFG and #REBOOT; Microsoft, Connect Azure Percept over LTE with USB modem MultiTech',
  },
  {
    ...usbcfg,
    family: 'LE910Cx',
    // Not LE910C1-EUX, LE910C4-WWX and their like, whose modes are others again.
    models: /^LE910C\d-(?![A-Z]*X$)[A-Z]+\d?$/,
    modes: { '7': 'MBIM' },
    mbim: '7',
    set: 'AT#USBCFG=7',
    source: 'Linux 8af4274ab599, drivers/usb/serial/option.c: 1bc7:1252 is the MBIM mode, #USBCFG 7, of an LE910C1-EU',
  },
  {
    ...usbnet,
    family: 'RM500Q',
    models: /^RM500Q-\w+$/,
    modes: { '2': 'MBIM' },
    source: 'Microsoft, Connect Azure Percept over 5G or LTE with USB modem Quectel RM500Q-GL',
  },
  {
    ...usbnet,
    family: 'EC21, EC25, EG21, EG25',
    models: /^E[CG]2[15](-\w+)?$/,
    modes: { '0': 'RmNet (QMI)', '1': 'ECM', '2': 'MBIM', '3': 'RNDIS' },
    source: 'Quectel, AT+QCFG="usbnet" of its MDM9x07 modems; Seeed, 4G HAT for Raspberry Pi (EG25-GL), MBIM mode',
  },
  {
    maker: 'SIMCom',
    family: 'SIM7500, SIM7600',
    models: /^(SIMCOM_)?SIM7[56]00[\w-]*$/,
    show: 'AT+CUSBPIDSWITCH?',
    shown: /^\+CUSBPIDSWITCH: ?(\d{4})$/,
    modes: { '9001': 'RmNet (QMI)', '9003': 'MBIM', '9011': 'RNDIS' },
    mbim: '9003',
    set: 'AT+CUSBPIDSWITCH=9003,1,1',
    restart: undefined,
    source:
      'SIMCom, SIM7500_SIM7600 Series AT Command Manual V2.00, AT+CUSBPIDSWITCH; Linux, drivers/usb/serial/option.c: 1e0e:9003 is their MBIM mode',
  },
  {
    maker: 'Fibocom',
    family: 'L850-GL',
    models: /^L850(-GL| LTE Module)?$/,
    show: 'AT+GTUSBMODE?',
    shown: /^\+GTUSBMODE: ?(\d{1,2})$/,
    modes: { '0': 'NCM', '7': 'MBIM' },
    mbim: '7',
    set: 'AT+GTUSBMODE=7',
    restart: 'AT+CFUN=15',
    source: 'xmm7360-usb-modeswitch, README: MBIM Switch (an L850-GL)',
  },
];

/** The row of a modem that answers `model` to AT+CGMM. */
export const modeSwitchOf = (usbVendor: string, model: string): ModeSwitch | undefined =>
  switchesOf(MAKERS.filter((maker) => maker.usbVendor === usbVendor)).find(({ models }) => models.test(model));

/** `3 (MBIM)`, or the bare number of a mode that the source does not name. */
export const modeName = ({ modes }: ModeSwitch, mode: string): string =>
  modes[mode] === undefined ? mode : `${mode} (${modes[mode]})`;

/** The maker of a USB device, where it is one of modems. */
export const makerOf = (vendor: string, product: string): Maker | undefined =>
  MAKERS.find(({ usbVendor, usbProducts }) => usbVendor === vendor && (usbProducts?.test(product) ?? true));

const switchesOf = (makers: readonly Maker[]) =>
  MODE_SWITCHES.filter((row) => makers.some(({ name }) => name === row.maker));

/** The command that does it all; it asks before it changes anything. */
export const PREPARE = 'percept-lte prepare --to mbim';

/** What puts a modem with this USB id into MBIM mode, as a sentence for a person. */
export function intoMbim(vendor: string, product: string): string {
  const maker = makerOf(vendor, product);
  const told = commandsOf(maker === undefined ? [] : switchesOf([maker]));
  return told === '' ? 'see its manual for how it is put into MBIM mode' : `${PREPARE} (by hand: ${told})`;
}

/** The same by ModemManager's plugin; of a plugin that has no row, what is known of the others. */
export function intoMbimByPlugin(plugin: string): string {
  const own = switchesOf(MAKERS.filter((maker) => maker.plugin === plugin.toLowerCase()));
  return own.length > 0 ? commandsOf(own) : `see the AT command manual of the modem. ${commandsOf(MODE_SWITCHES)}`;
}

const commandsOf = (rows: readonly ModeSwitch[]): string =>
  rows
    .map(({ maker, family, show, set, restart }) => {
      const then = restart === undefined ? ', and it restarts by itself' : `, then ${restart}`;
      return `${maker} ${family}: ${show} shows the mode; ${set}${then}`;
    })
    .join('. ');
