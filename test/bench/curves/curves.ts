// `npm run bench -- --curves`: how the cost grows with what there is of something. Writes a picture
// of each curve into docs/performance/, and returns the numbers for its page.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { perceptLte } from '../contenders.ts';
import { warmUp } from '../idle.ts';
import { chart } from './chart.ts';
import { type Curve, type Progress, tableOf } from './curve.ts';
import { filesCurve } from './files.ts';
import { modemsCurve } from './modems.ts';
import { routesCurve } from './routes.ts';
import { signalsCurve } from './signals.ts';

const CURVES: Readonly<Record<string, (progress: Progress) => Promise<Curve>>> = {
  signals: signalsCurve,
  routes: routesCurve,
  modems: modemsCurve,
  files: filesCurve,
};

/** Measures those of `names`, all where there is none. @throws for a name that no curve has */
export async function curvesReport(names: readonly string[], progress: Progress): Promise<string> {
  const unknown = names.find((name) => !Object.hasOwn(CURVES, name));
  if (unknown !== undefined) throw new Error(`there is no curve '${unknown}': ${Object.keys(CURVES).join(', ')}`);
  await warmUp(perceptLte);
  const parts: string[] = [];
  for (const [name, measure] of Object.entries(CURVES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const curve = await measure(progress);
    await writeFile(
      fileURLToPath(new URL(`../../../docs/performance/${name}.svg`, import.meta.url)),
      chart(curve.panels),
    );
    parts.push(`${name}\n\n${tableOf(curve)}`);
  }
  return parts.join('\n');
}
