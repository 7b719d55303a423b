// Modems as the watch gives them, for tests of what is pure.
import type { Modem } from '../../../src/modem/objects.ts';

export const modem = (changes: Partial<Modem> = {}): Modem => ({
  path: '/org/freedesktop/ModemManager1/Modem/0',
  manufacturer: 'Telit',
  model: 'FIH7160',
  revision: '',
  plugin: 'telit',
  primaryPort: 'cdc-wdm0',
  device: '/sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.1',
  deviceIdentifier: '',
  equipmentIdentifier: '356611070001246',
  ports: [],
  state: 'registered',
  stateFailedReason: 'none',
  powerState: 'on',
  unlockRequired: 'none',
  unlockRetries: {},
  accessTechnologies: ['lte'],
  signalPercent: 67,
  registrationState: 'home',
  operatorCode: '',
  operatorName: '',
  bearers: [],
  ...changes,
});
