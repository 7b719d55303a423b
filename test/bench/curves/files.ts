// The size of the memory file, and of the list of incidents in the status file, against what it
// takes to write and to read them, with the flags of the unit.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { unitFlags } from '../../scenario/daemon.ts';
import { node } from '../contenders.ts';
import { linearMarks, type Panel } from './chart.ts';
import type { Curve, Progress } from './curve.ts';
import type { FileCost } from './files-inside.ts';

export async function filesCurve(progress: Progress): Promise<Curve> {
  // On a tmpfs, as /run is: what a disk takes is the disk's.
  const folder = mkdtempSync('/dev/shm/percept-lte-files-');
  try {
    const inside = join(folder, 'files-inside.cjs');
    const entryPoints = [fileURLToPath(new URL('files-inside.ts', import.meta.url))];
    await build({ entryPoints, outfile: inside, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
    progress('writing and reading the memory and the status');
    const text = execFileSync(node, [...(await unitFlags()), inside, folder], { encoding: 'utf8', stdio: 'pipe' });
    const costs = JSON.parse(text) as FileCost[];
    return {
      panels: [panelOf('The memory', 'memory', costs), panelOf('The status, with its incidents', 'incidents', costs)],
      heads: ['file', 'of the bounds', 'size', 'write', 'read'],
      rows: costs.map(({ file, percent, bytes, write, read }) => [
        file === 'memory' ? 'memory' : 'status with incidents',
        `${percent} %`,
        `${(bytes / 1000).toFixed(1)} kB`,
        `${write.toFixed(2)} ms`,
        `${read.toFixed(2)} ms`,
      ]),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function panelOf(title: string, file: FileCost['file'], all: readonly FileCost[]): Panel {
  const costs = all.filter((cost) => cost.file === file);
  const points = (of: (cost: FileCost) => number) => costs.map((cost) => [cost.bytes / 1000, of(cost)] as const);
  const [write, read] = [points((cost) => cost.write), points((cost) => cost.read)];
  return {
    title,
    x: { says: 'size, kB', scale: 'linear', marks: linearMarks(write.map(([kilobytes]) => kilobytes)) },
    y: {
      says: 'processor time, ms',
      scale: 'linear',
      marks: linearMarks([...write, ...read].map(([, ms]) => ms)),
    },
    lines: [
      { says: 'to write it', points: write },
      { says: 'to read it', points: read },
    ],
  };
}
