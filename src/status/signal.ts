// The signal as a person reads it: bars, and the values that an installer goes by. Pure.
import type { Status } from './schema.ts';

type Modem = Pick<NonNullable<Status['modem']>, 'signalPercent' | 'signal'>;
type Signal = NonNullable<Modem['signal']>;

const MOST_BARS = 5;

/**
 * How many bars a value has, from the least values of the fifth to the second, in dBm or dB
 * (docs.digi.com, "Cellular signal quality explained"; makers differ).
 */
const LEAST = { rsrp: [-85, -95, -105, -115], snr: [13, 4.5, 1, -3], rssi: [-80, -90, -100, -106] } as const;

function barsBy(measure: keyof typeof LEAST, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  const index = LEAST[measure].findIndex((least) => value >= least);
  return index < 0 ? 1 : MOST_BARS - index;
}

/** The lesser of what strength and noise allow; by the percentage where no more is known. */
function barsOf({ signalPercent, signal }: Modem): number {
  const strength = barsBy('rsrp', signal?.rsrp) ?? barsBy('rssi', signal?.rssi);
  if (strength === undefined) return Math.ceil((signalPercent * MOST_BARS) / 100);
  return Math.min(strength, barsBy('snr', signal?.snr) ?? MOST_BARS);
}

/** "3 of 5 bars". */
export const barsText = (modem: Modem): string => `${barsOf(modem)} of ${MOST_BARS} bars`;

const MEASURES = [
  ['rsrp', 'RSRP', 'dBm'],
  ['rscp', 'RSCP', 'dBm'],
  ['rssi', 'RSSI', 'dBm'],
  ['rsrq', 'RSRQ', 'dB'],
  ['snr', 'SNR', 'dB'],
  ['ecio', 'Ec/Io', 'dB'],
] as const;

/** "RSRP -98 dBm, RSRQ -11 dB"; all that was measured. */
export const measuredText = (signal: Signal): string =>
  MEASURES.flatMap(([key, name, unit]) => (signal[key] === undefined ? [] : [`${name} ${signal[key]} ${unit}`])).join(
    ', ',
  );

/** The most telling of them; '' where nothing was measured. */
export const strengthText = ({ signal }: Modem): string =>
  signal === undefined ? '' : (measuredText(signal).split(', ')[0] ?? '');
