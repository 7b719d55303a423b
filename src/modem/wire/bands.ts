// LTE bands, by channel number and in ModemManager's words.

/** MMModemBand: EUTRAN_1 has 31, and so on up to EUTRAN_85. */
const BEFORE_EUTRAN = 30;
const LAST_EUTRAN = 85;

/** The band as mmcli prints it, such as eutran-13; undefined for what is no LTE band. */
export function bandWord(value: number): string | undefined {
  const band = value - BEFORE_EUTRAN;
  return band >= 1 && band <= LAST_EUTRAN ? `eutran-${band}` : undefined;
}

/**
 * The first downlink channel of each band, in rising order; 0 stands for a gap (3GPP TS 36.101,
 * table 5.7.3-1).
 */
const FIRST_EARFCN: readonly (readonly [earfcn: number, band: number])[] = [
  ...([
    [0, 1],
    [600, 2],
    [1200, 3],
    [1950, 4],
    [2400, 5],
    [2650, 6],
    [2750, 7],
    [3450, 8],
    [3800, 9],
    [4150, 10],
  ] as const),
  ...([
    [4750, 11],
    [4950, 0],
    [5010, 12],
    [5180, 13],
    [5280, 14],
    [5380, 0],
    [5730, 17],
    [5850, 18],
    [6000, 19],
  ] as const),
  ...([
    [6150, 20],
    [6450, 21],
    [6600, 22],
    [7400, 0],
    [7500, 23],
    [7700, 24],
    [8040, 25],
    [8690, 26],
    [9040, 27],
  ] as const),
  ...([
    [9210, 28],
    [9660, 29],
    [9770, 30],
    [9870, 31],
    [9920, 32],
    [10_360, 0],
    [36_000, 33],
    [36_200, 34],
  ] as const),
  ...([
    [36_350, 35],
    [36_950, 36],
    [37_550, 37],
    [37_750, 38],
    [38_250, 39],
    [38_650, 40],
    [39_650, 41],
  ] as const),
  ...([
    [41_590, 42],
    [43_590, 43],
    [45_590, 44],
    [46_590, 45],
    [46_790, 46],
    [54_540, 47],
    [55_240, 48],
  ] as const),
  ...([
    [56_740, 0],
    [65_536, 65],
    [66_436, 66],
    [67_336, 67],
    [67_536, 68],
    [67_836, 69],
    [68_336, 70],
  ] as const),
  ...([
    [68_586, 71],
    [68_936, 72],
    [68_986, 73],
    [69_036, 74],
    [69_466, 75],
    [70_316, 76],
    [70_366, 85],
  ] as const),
  ...([
    [70_546, 87],
    [70_596, 88],
    [70_646, 0],
  ] as const),
];

/** The band of a downlink channel; undefined for none. */
export function eutranBandOf(earfcn: number): string | undefined {
  const band = FIRST_EARFCN.findLast(([first]) => first <= earfcn)?.[1];
  return band ? `eutran-${band}` : undefined;
}
