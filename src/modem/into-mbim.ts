// How modems are put into MBIM mode: AT commands on whichever of their serial ports answers `AT`
// (115200 8N1). What has no source stands here without commands, and the person is sent to the
// manual.

interface Maker {
  readonly name: string;
  /** The vendor half of its USB id. */
  readonly usbVendor: string;
  /** ModemManager's plugin. */
  readonly plugin: string;
  readonly commands?: string;
  /** Product ids for which the commands do not hold. */
  readonly except?: { readonly products: RegExp; readonly instead: string };
}

export const MAKERS: readonly Maker[] = [
  {
    name: 'Telit (MultiTech)',
    usbVendor: '1bc7',
    plugin: 'telit',
    // Microsoft's guide for the MultiTech MTCM-LNA3 (a Telit LE910 V2).
    commands: 'AT#USBCFG? shows the mode; AT#USBCFG=3, then AT#REBOOT',
    except: {
      // LE910Cx: the kernel's option.c, and 77-mm-telit-port-types.rules.
      products: /^120[1-6]$/,
      instead: 'an LE910Cx numbers its modes in another way than AT#USBCFG=3: see its AT command manual (1204 is MBIM)',
    },
  },
  {
    name: 'Quectel',
    usbVendor: '2c7c',
    plugin: 'quectel',
    // Microsoft's guide for the Quectel RM500Q-GL.
    commands: 'AT+QCFG="usbnet" shows the mode; AT+QCFG="usbnet",2, then AT+CFUN=1,1',
  },
  { name: 'Alcatel (Vodafone)', usbVendor: '1bbb', plugin: 'generic' },
];

/** What puts a modem with this USB id into MBIM mode, as a sentence for a person. */
export function intoMbim(vendor: string, product: string): string {
  const maker = MAKERS.find(({ usbVendor }) => usbVendor === vendor);
  if (maker?.except?.products.test(product)) return maker.except.instead;
  return maker?.commands ?? 'see its manual for how it is put into MBIM mode';
}

/** The same by ModemManager's plugin; of a plugin that has no row, what is known of the others. */
export function intoMbimByPlugin(plugin: string): string {
  const known = MAKERS.filter(({ commands }) => commands !== undefined);
  const own = known.filter((maker) => maker.plugin === plugin.toLowerCase());
  const told = (own.length > 0 ? own : known).map(({ name, commands }) => `${name}: ${commands}`).join('. ');
  return own.length > 0 ? told : `see the AT command manual of the modem. ${told}`;
}
