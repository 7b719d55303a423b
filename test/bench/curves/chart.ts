// Small pictures of curves: panels beside each other, lines through points, axes with their units.

export interface Axis {
  /** With the unit. */
  readonly says: string;
  /** `log` has 0 at its foot, and then a decade the same length each. */
  readonly scale: 'linear' | 'log';
  /** What has a line of the grid, in rising order; the last is where the axis ends. */
  readonly marks: readonly number[];
}

export interface Line {
  readonly says: string;
  /** In rising order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /**
   * Whether a dashed line shows what grows as x does, through the last point of the first line; for
   * axes that are logarithmic.
   */
  readonly proportional?: boolean;
}

const [WIDTH, HEIGHT] = [330, 200];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 26, 62, 44];
const PANEL_WIDTH = LEFT + WIDTH + RIGHT;
const COLOURS = ['#0a7d4b', '#c2410c', '#1d4ed8'];

/** The picture as the text of an SVG file. */
export function chart(panels: readonly Panel[]): string {
  const [width, height] = [panels.length * PANEL_WIDTH, TOP + HEIGHT + BOTTOM];
  const titles = panels.map(({ title }) => title);
  const body = panels.map((panel, index) => `<g transform="translate(${index * PANEL_WIDTH} 0)">${drawn(panel)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="sans-serif" font-size="12"><title>${escaped(titles.join(', '))}</title><rect width="100%" height="100%" fill="#fff"/>${body.join('\n')}</svg>\n`;
}

function drawn(panel: Panel): string {
  const { title, x, y, lines, proportional } = panel;
  const across = (value: number) => round(LEFT + WIDTH * part(x, value));
  const up = (value: number) => round(TOP + HEIGHT - HEIGHT * part(y, value));
  const path = (points: Line['points']) =>
    points.map(([left, top], index) => `${index === 0 ? 'M' : 'L'}${across(left)} ${up(top)}`).join('');
  const end = lines[0]?.points.at(-1);
  return [
    `<text x="${LEFT}" y="16" font-weight="bold">${escaped(title)}</text>`,
    ...y.marks.map(
      (mark) =>
        `<path d="M${LEFT} ${up(mark)}h${WIDTH}" stroke="#e5e5e5"/><text x="${LEFT - 6}" y="${up(mark) + 4}" text-anchor="end">${number(mark)}</text>`,
    ),
    ...x.marks.map(
      (mark) =>
        `<path d="M${across(mark)} ${TOP}v${HEIGHT}" stroke="#e5e5e5"/><text x="${across(mark)}" y="${TOP + HEIGHT + 16}" text-anchor="middle">${number(mark)}</text>`,
    ),
    `<text x="${LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 36}" text-anchor="middle">${escaped(x.says)}</text>`,
    `<text transform="translate(14 ${TOP + HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(y.says)}</text>`,
    ...(proportional && end
      ? [`<path d="${path(asItGrows(end, panel))}" stroke="#999" stroke-dasharray="4 3" fill="none"/>`]
      : []),
    ...lines.map(({ says, points }, index) => {
      const colour = COLOURS[index] ?? '#000';
      const dots = points.map(([left, top]) => `<circle cx="${across(left)}" cy="${up(top)}" r="3"/>`).join('');
      return `<g fill="${colour}"><text x="${LEFT}" y="${34 + 16 * index}">${escaped(says)}</text>${dots}<path d="${path(points)}" fill="none" stroke="${colour}" stroke-width="1.5"/></g>`;
    }),
  ].join('\n');
}

/** The part of y = c · x that ends at a point and is in a picture whose axes are logarithmic. */
function asItGrows([x, y]: readonly [number, number], from: Panel): Line['points'] {
  const [least, lowest] = [from.x, from.y].map(({ marks }) => marks.find((mark) => mark > 0) ?? 1);
  const at = Math.max(least ?? 1, (x * (lowest ?? 1)) / y);
  return [
    [at, (y * at) / x],
    [x, y],
  ];
}

/** How far along the axis a value is, 0 to 1. */
function part({ scale, marks }: Axis, value: number): number {
  const [least = 0, most = 1] = [marks[0], marks.at(-1)];
  const along = scale === 'linear' ? (one: number) => one : logarithm(marks.find((mark) => mark > 0) ?? 1);
  return Math.min(1, Math.max(0, (along(value) - along(least)) / (along(most) - along(least))));
}

/** 0 is one decade below the first mark above it. */
const logarithm = (first: number) => (value: number) => Math.log10(Math.max(value, first / 10));

/** Marks of a linear axis from 0 to beyond `values`, at most six. */
export function linearMarks(values: readonly number[]): number[] {
  const most = Math.max(...values, 1e-9);
  const decade = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((one) => one * decade).find((one) => most / one <= 5) ?? 2 * decade;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** The decades of a logarithmic axis that hold `values`. */
export function decades(values: readonly number[]): number[] {
  const exponents = values.filter((value) => value > 0).map(Math.log10);
  const from = Math.floor(Math.min(...exponents));
  return Array.from({ length: Math.ceil(Math.max(...exponents)) - from + 1 }, (_, index) => 10 ** (from + index));
}

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 3 });
const round = (value: number): number => Math.round(value * 10) / 10;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
