// What ModemManager says of the radio: the right technology, the serving cell and no other, and no
// nonsense.
import { expect, test } from 'vitest';
import { bandWord, eutranBandOf } from '../../../../src/modem/wire/bands.ts';
import { parseBands, parseCellInfo, parseLocation, parseSignal } from '../../../../src/modem/wire/signal.ts';

test('of the technologies the one that was measured is told', () => {
  const lte = { rsrp: -98, rsrq: -11.04, snr: 9 };
  expect(parseSignal({ Rate: 60, Gsm: {}, Umts: {}, Lte: lte })).toEqual({
    rate: 60,
    signal: { technology: 'lte', rsrp: -98, rsrq: -11, snr: 9 },
  });
  expect(parseSignal({ Rate: 5, Umts: { rscp: -90, ecio: -4.5 }, Lte: {} }).signal).toEqual({
    technology: 'umts',
    rscp: -90,
    ecio: -4.5,
  });
});

test('before the first measurement, and for nonsense, there is no signal', () => {
  for (const raw of [{}, { Rate: 60, Lte: {} }, { Rate: -1, Lte: 'x' }, { Lte: { rsrp: -32_768, snr: '9' } }])
    expect(parseSignal(raw).signal).toBeUndefined();
  expect(parseSignal({ Rate: 'often' }).rate).toBe(0);
  expect(parseSignal({ Lte: { rsrp: -1e300, rssi: -70 } }).signal).toEqual({ technology: 'lte', rssi: -70 });
});

test('the cell is the serving one, with its band', () => {
  const neighbour = { serving: false, 'cell-type': 5, 'physical-ci': '12', earfcn: 100 };
  const serving = { serving: true, 'cell-type': 5, ci: '1A2B3C', tac: '1234', 'physical-ci': '4D', earfcn: 5230 };
  expect(parseCellInfo([neighbour, serving])).toEqual({
    id: 1_715_004,
    tac: 4660,
    physicalId: 77,
    earfcn: 5230,
    band: 'eutran-13',
  });
  expect(parseCellInfo([neighbour])).toEqual({});
  for (const reply of [undefined, 'x', [1, null], [{ serving: true, ci: '../..', earfcn: 1e9 }]])
    expect(parseCellInfo(reply)).toEqual({});
});

test('of the location the cell is taken, and no position', () => {
  expect(parseLocation({ 1: '311,480,0,1A2B3C,1234', 2: { latitude: 51.5 }, 4: '$GPGGA' })).toEqual({
    id: 1_715_004,
    tac: 4660,
  });
  for (const reply of [undefined, {}, { 2: { latitude: 51.5 } }, { 1: '311,480,FFFE,0,0' }, { 1: 'x,y' }])
    expect(parseLocation(reply)).toEqual({});
});

test('a list of the bands that a modem may use says nothing of the one it does', () => {
  expect(parseBands([43])).toEqual({ band: 'eutran-13' });
  expect(parseBands([43, 34])).toEqual({});
  expect(parseBands('any')).toEqual({});
});

test.each([
  [0, 'eutran-1'],
  [599, 'eutran-1'],
  [600, 'eutran-2'],
  [1950, 'eutran-4'],
  [5179, 'eutran-12'],
  [5180, 'eutran-13'],
  [5400, undefined],
  [6449, 'eutran-20'],
  [9210, 'eutran-28'],
  [36_000, 'eutran-33'],
  [66_435, 'eutran-65'],
  [66_436, 'eutran-66'],
  [70_645, 'eutran-88'],
  [70_646, undefined],
])('LTE channel %i is of band %s (3GPP TS 36.101, table 5.7.3-1)', (earfcn, band) => {
  expect(eutranBandOf(earfcn)).toBe(band);
});

test('bands have the words that mmcli prints', () => {
  expect([bandWord(31), bandWord(101), bandWord(2), bandWord(301)]).toEqual([
    'eutran-1',
    'eutran-71',
    undefined,
    undefined,
  ]);
});
