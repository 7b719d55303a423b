// node files-inside.cjs FOLDER, with the flags of the unit: writes and reads the memory and the status
// with more and more in them, up to what the bounds allow. Prints a list of FileCost as JSON.
import { join } from 'node:path';
import { freshConnection } from '../../../src/connection/connection.ts';
import { KEPT_INCIDENTS } from '../../../src/connection/phase/transitions.ts';
import { reportOf } from '../../../src/connection/words/status-of.ts';
import type { Memory } from '../../../src/state/memory.ts';
import { memoryText, parseMemory } from '../../../src/state/memory-text.ts';
import { readStatus } from '../../../src/status/file.ts';
import { readRegularFileSync } from '../../../src/system/regular-file.ts';
import { replaceFile } from '../../../src/system/replace-file.ts';
import { at, memory, policy } from '../../unit/connection/builders.ts';

/** Of one file with so many parts in the hundred of what the bounds allow. */
export interface FileCost {
  readonly file: 'memory' | 'incidents';
  readonly percent: number;
  readonly bytes: number;
  /** ms of processor time, all threads. */
  readonly write: number;
  readonly read: number;
}

const PERCENTS = [0, 20, 40, 60, 80, 100];
const TIMES = 40;
const REASON = 'the modem left the network: no service (network cause 15, no suitable cells in this tracking area)';

const listOf = <T>(most: number, percent: number, one: (index: number) => T): T[] =>
  Array.from({ length: Math.round((most * percent) / 100) }, (_, index) => one(index));

const incidents = (percent: number): Memory['incidents'] =>
  listOf(KEPT_INCIDENTS, percent, (index) => ({
    loss: { cause: 'signal-lost', signalPercent: 31, rsrp: -113.4 },
    beganWallMs: at(index).wallMs,
    beganMs: at(index).monotonicMs,
    seconds: 4711,
    reason: REASON,
    endedBy: 'reconnect',
  }));

/** The bounds: recovery.attempts-per-hour, schedule/, events/ of src/connection. */
const remembered = (percent: number): Memory => {
  const stamps = (most: number) => listOf(most, percent, (index) => at(index).monotonicMs + 0.123);
  const hash = (index: number) => String(index).padStart(64, '0');
  return memory({
    attempts: stamps(3600),
    climbs: { 'cycle-radio': stamps(4), 'reset-modem': stamps(1), 'restart-modemmanager': stamps(4) },
    refusedPins: listOf(100, percent, hash),
    operatorHolds: Object.fromEntries(listOf(20, percent, (index) => [`3114${10 + index}`, 7_200_000])),
    goodApns: listOf(8, percent, (index) => ({ subscription: hash(index), apn: 'vzwinternet' })),
    answeredApns: listOf(10, percent, (index) => `internet${index}`),
    reached: listOf(10, percent, (index) => ({ apn: `internet${index}`, destination: 'tcp 192.0.2.1:443' })),
    incidents: incidents(percent),
  });
};

const [folder = ''] = process.argv.slice(2);
const path = (name: string): string => join(folder, name);

/** ms of processor time of each time, the least of five series. */
async function spent(work: () => unknown): Promise<number> {
  const series: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const before = process.cpuUsage();
    for (let time = 0; time < TIMES; time += 1) await work();
    const { user, system } = process.cpuUsage(before);
    series.push((user + system) / 1000 / TIMES);
  }
  return Math.min(...series);
}

async function memoryCost(percent: number): Promise<FileCost> {
  const all = remembered(percent);
  const text = memoryText(all, {}, at());
  const write = () => replaceFile(path('memory.json'), memoryText(all, {}, at()), { mode: 0o600 });
  const read = () => parseMemory(readRegularFileSync(path('memory.json'), 2 << 20), memory());
  return { file: 'memory', percent, bytes: text.length, write: await spent(write), read: await spent(read) };
}

async function incidentsCost(percent: number): Promise<FileCost> {
  const connection = freshConnection(memory({ incidents: incidents(percent) }), at());
  const modemManager = { onBus: true, version: '' };
  const counters = { rxBytes: 0, txBytes: 0 };
  const around = { pid: 1, daemonVersion: '', offlineSince: undefined, modemManager, counters, warnings: [] };
  const text = () => `${JSON.stringify(reportOf(connection, policy(), around, at()), undefined, 2)}\n`;
  const write = () => replaceFile(path('status.json'), text(), { mode: 0o644 });
  const read = () => readStatus(path('status.json'));
  return { file: 'incidents', percent, bytes: text().length, write: await spent(write), read: await spent(read) };
}

async function main(): Promise<void> {
  const costs: FileCost[] = [];
  // The first of all loads and compiles what the others find.
  await memoryCost(100);
  await incidentsCost(100);
  for (const percent of PERCENTS) costs.push(await memoryCost(percent));
  for (const percent of PERCENTS) costs.push(await incidentsCost(percent));
  process.stdout.write(JSON.stringify(costs));
}
void main();
