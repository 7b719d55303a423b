// One panel of the dashboard as SVG: what Grafana would show for the same answers, in a few
// kilobytes.
import type { Panel } from './dashboard.ts';
import type { Series } from './scraped.ts';

export interface Answer extends Series {
  readonly legendFormat: string;
}

const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 58;
const RIGHT = 12;
const TOP = 30;
const BOTTOM = 22;
const LEGEND_LINE = 16;
const COLOURS = ['#0a7d4b', '#c2410c', '#1d4ed8', '#a16207', '#7e22ce', '#0e7490', '#be123c', '#4d7c0f', '#525252'];

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y.toFixed(1)}"${more}>${escaped(words)}</text>`;

/** `legendFormat` with the labels of the series. */
const nameOf = ({ legendFormat, metric }: Answer): string =>
  legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');

/** A number as Grafana's unit has it. */
function spoken(value: number, unit: string | undefined): string {
  if (unit === 'percentunit') return `${(value * 100).toFixed(value > 0.995 && value < 1 ? 2 : 0)} %`;
  if (unit === 'percent') return `${value.toFixed(0)} %`;
  const short = (size: number, of: string) => `${Number(size.toPrecision(3))} ${of}`.trim();
  if (unit === 's') return Math.abs(value) < 1 && value !== 0 ? short(value * 1000, 'ms') : short(value, 's');
  if (unit === 'bps') return value >= 1000 ? short(value / 1000, 'kbit/s') : short(value, 'bit/s');
  if (unit === 'decbytes') return value >= 1e6 ? short(value / 1e6, 'MB') : short(value / 1000, 'kB');
  return String(Number(value.toPrecision(3)));
}

/** The picture of `panel` for what Prometheus answered about so many seconds. */
export function pictureOf(panel: Panel, answers: readonly Answer[], seconds: number): string {
  const drawn = { stat, timeseries, bargauge, table }[panel.type](panel, answers, seconds);
  const head = text(8, 18, panel.title, ' font-weight="bold" font-size="13"');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${drawn.height}" width="${WIDTH}" font-family="sans-serif" font-size="11"><title>${escaped(panel.title)}</title><rect width="100%" height="100%" fill="#fff"/>${head}${drawn.body}</svg>\n`;
}

interface Drawn {
  readonly height: number;
  readonly body: string;
}

function stat({ fieldConfig }: Panel, answers: readonly Answer[]): Drawn {
  const value = answers[0]?.values.at(-1)?.[1];
  const words = value === undefined ? 'no data' : spoken(value, fieldConfig.defaults.unit);
  return { height: 80, body: text(WIDTH / 2, 62, words, ' font-size="36" text-anchor="middle" fill="#0a7d4b"') };
}

function bargauge(_panel: Panel, answers: readonly Answer[]): Drawn {
  // Buckets add up; what is shown is each one's own.
  const buckets = answers
    .map(({ metric, values }) => ({
      le: Number((metric.le ?? '').replace('+Inf', 'Infinity')),
      count: values.at(-1)?.[1] ?? 0,
    }))
    .sort((one, other) => one.le - other.le);
  const own = buckets.map(({ le, count }, index) => ({ le, count: count - (buckets[index - 1]?.count ?? 0) }));
  const most = Math.max(1, ...own.map(({ count }) => count));
  const rows = own.map(({ le, count }, index) => {
    const y = TOP + 6 + index * 20;
    const width = ((WIDTH - LEFT - RIGHT - 40) * count) / most;
    const label = Number.isFinite(le) ? `≤ ${le} s` : 'longer';
    const bar = `<rect x="${LEFT + 10}" y="${y}" width="${width.toFixed(1)}" height="14" fill="${COLOURS[0]}"/>`;
    return `${text(LEFT + 4, y + 11, label, ' text-anchor="end"')}${bar}${text(LEFT + 16 + width, y + 11, count.toFixed(0))}`;
  });
  return { height: TOP + 16 + own.length * 20, body: rows.join('') };
}

function table(_panel: Panel, answers: readonly Answer[]): Drawn {
  const names = [...new Set(answers.flatMap(({ metric }) => Object.keys(metric)))];
  const rows = [
    [...names, 'boards'],
    ...answers.map(({ metric, values }) => [...names.map((name) => metric[name] ?? ''), String(values.at(-1)?.[1])]),
  ];
  const wide = (WIDTH - 20) / (names.length + 1);
  const body = rows.flatMap((row, line) =>
    row.map((cell, column) =>
      text(10 + column * wide, TOP + 18 + line * 20, cell, line === 0 ? ' font-weight="bold"' : ''),
    ),
  );
  return { height: TOP + 14 + rows.length * 20, body: body.join('') };
}

/** Marks from 0 up that a person can count with. */
function marksUpTo(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

function timeseries({ fieldConfig }: Panel, answers: readonly Answer[], last: number): Drawn {
  const { unit, custom } = fieldConfig.defaults;
  const isStacked = custom?.stacking !== undefined;
  const shape = custom?.drawStyle === 'bars' ? bars : custom?.lineInterpolation === 'stepAfter' ? steps : line;
  const series = answers.filter(({ values }) =>
    values.some(([, value]) => Number.isFinite(value) && (value !== 0 || !isStacked)),
  );
  const [points, most] = isStacked
    ? stacked(series)
    : [series.map(({ values }) => values.map(([at, to]) => ({ at, from: 0, to }))), highest(series)];
  const marks = marksUpTo(most || 1);
  const top = marks.at(-1) ?? 1;
  const x = (second: number) => LEFT + ((WIDTH - LEFT - RIGHT) * second) / last;
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const grid = marks.map((mark) => {
    const at = y(mark);
    return `<path d="M${LEFT} ${at.toFixed(1)}H${WIDTH - RIGHT}" stroke="#e5e5e5"/>${text(LEFT - 6, at + 4, spoken(mark, unit), ' text-anchor="end"')}`;
  });
  const everyMinutes = Math.max(1, Math.ceil(last / 60 / 10));
  for (let minute = 0; minute * 60 <= last; minute += everyMinutes)
    grid.push(text(Math.round(x(minute * 60)), HEIGHT - 6, `${minute} min`, ' text-anchor="middle"'));
  const legend = legendOf(series.map(nameOf));
  const drawn = points.map((one, index) =>
    shape(
      one.filter(({ to }) => Number.isFinite(to)),
      COLOURS[index % COLOURS.length] ?? '#000',
      { x, y, step: stepOf(answers), isFilled: isStacked },
    ),
  );
  return { height: HEIGHT + legend.height, body: [...grid, ...drawn, legend.body].join('') };
}

const highest = (series: readonly Answer[]): number =>
  Math.max(0, ...series.flatMap(({ values }) => values.map(([, value]) => value).filter(Number.isFinite)));

interface Point {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Each series on top of those before it, and the highest of all. */
function stacked(series: readonly Answer[]): [points: Point[][], most: number] {
  const sums = new Map<number, number>();
  const points = series.map(({ values }) =>
    values.map(([at, value]) => {
      const from = sums.get(at) ?? 0;
      sums.set(at, from + value);
      return { at, from, to: from + value };
    }),
  );
  return [points, Math.max(0, ...sums.values())];
}

type Scale = (value: number) => number;
/** How a series is drawn on its scales; `step` is the time from one point to the next. */
interface Axes {
  readonly x: Scale;
  readonly y: Scale;
  readonly step: number;
  readonly isFilled: boolean;
}
type Shape = (points: readonly Point[], colour: string, axes: Axes) => string;

const place = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** The time from one point to the next, in seconds: where more is missing there was no value. */
const stepOf = (answers: readonly Answer[]): number =>
  Math.min(
    60,
    ...answers.flatMap(({ values }) => values.slice(1).map(([at], index) => at - (values[index]?.[0] ?? 0))),
  );

const bars: Shape = (points, colour, { x, y, step }) => {
  const wide = 0.8 * (x(step) - x(0));
  const each = points
    .filter(({ from, to }) => to > from)
    .map(
      ({ at, from, to }) => `M${place(x(at) - wide / 2, y(from))}V${y(to).toFixed(1)}h${wide}V${y(from).toFixed(1)}z`,
    );
  return `<path d="${each.join('')}" fill="${colour}"/>`;
};

const steps: Shape = (points, colour, { x, y, step, isFilled }) => {
  const each = points.map(({ at, from, to }, index) => {
    const end = x(at + step).toFixed(1);
    if (isFilled) return to > from ? `M${place(x(at), y(from))}V${y(to).toFixed(1)}H${end}V${y(from).toFixed(1)}z` : '';
    const follows = index > 0 && at - (points[index - 1]?.at ?? 0) < step * 1.5;
    return `${follows ? `V${y(to).toFixed(1)}` : `M${place(x(at), y(to))}`}H${end}`;
  });
  const paint = isFilled ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="1.5"`;
  return `<path d="${each.join('')}" ${paint}/>`;
};

const line: Shape = (points, colour, { x, y, step }) => {
  const each = points.map(({ at, to }, index) => {
    const follows = index > 0 && at - (points[index - 1]?.at ?? 0) < step * 1.5;
    return `${follows ? 'L' : 'M'}${place(x(at), y(to))}`;
  });
  return `<path d="${each.join('')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
};

function legendOf(names: readonly string[]): Drawn {
  const parts: string[] = [];
  let [left, row] = [LEFT, 0];
  for (const [index, name] of names.entries()) {
    const wide = 24 + name.length * 7;
    if (left + wide > WIDTH - RIGHT && left > LEFT) [left, row] = [LEFT, row + 1];
    const y = HEIGHT + 4 + row * LEGEND_LINE;
    parts.push(
      `<rect x="${left}" y="${y}" width="9" height="9" fill="${COLOURS[index % COLOURS.length]}"/>`,
      text(left + 13, y + 9, name),
    );
    left += Math.round(wide);
  }
  return { height: names.length === 0 ? 0 : 8 + (row + 1) * LEGEND_LINE, body: parts.join('') };
}
