import { expect, test } from 'vitest';
import { barsText, measuredText, strengthText } from '../../../src/status/signal.ts';

const lte = (rsrp: number, snr?: number) => ({
  signalPercent: 50,
  signal: { technology: 'lte', rsrp, ...(snr !== undefined && { snr }) },
});

test.each([
  [lte(-85), '5 of 5 bars'],
  [lte(-98), '3 of 5 bars'],
  [lte(-115), '2 of 5 bars'],
  [lte(-130), '1 of 5 bars'],
  [lte(-70, -10), '1 of 5 bars'],
  [{ signalPercent: 50, signal: { technology: 'umts', rssi: -85 } }, '4 of 5 bars'],
  [{ signalPercent: 0 }, '0 of 5 bars'],
  [{ signalPercent: 1 }, '1 of 5 bars'],
  [{ signalPercent: 61 }, '4 of 5 bars'],
  [{ signalPercent: 100 }, '5 of 5 bars'],
])('%j has %s', (modem, bars) => {
  expect(barsText(modem)).toBe(bars);
});

test('values come with their names and units, the most telling first', () => {
  const signal = { technology: 'lte', rssi: -70, rsrp: -98.5, rsrq: -11, snr: 9 };
  expect(measuredText(signal)).toBe('RSRP -98.5 dBm, RSSI -70 dBm, RSRQ -11 dB, SNR 9 dB');
  expect(strengthText({ signalPercent: 1, signal })).toBe('RSRP -98.5 dBm');
  expect(strengthText({ signalPercent: 1 })).toBe('');
});
