import { expect, test } from 'vitest';
import { describeFeatures, featuresOf } from '../../../src/modem/features.ts';

const MODEM = 'org.freedesktop.ModemManager1.Modem';

test('1.14 shows the initial EPS bearer only', () => {
  const interfaces = new Map([
    [MODEM, { State: 8 }],
    [`${MODEM}.Modem3gpp`, { InitialEpsBearer: '/' }],
  ]);
  expect(describeFeatures('1.14.12', interfaces)).toBe(
    'ModemManager 1.14.12 has initial EPS bearer; lacks SIM slots, profiles, packet service state, physical device, network rejection',
  );
});

test('1.24 shows all of them', () => {
  const interfaces = new Map<string, Record<string, unknown>>([
    [MODEM, { State: 8, SimSlots: [], Physdev: '/sys/x' }],
    [`${MODEM}.Modem3gpp`, { InitialEpsBearer: '/', PacketServiceState: 2, NetworkRejection: {} }],
    [`${MODEM}.Modem3gpp.ProfileManager`, {}],
  ]);
  expect(featuresOf(interfaces).lacks).toEqual([]);
});
