// `percept-lte doctor`: looks for whatever could keep this board offline, and says what to do about
// it. Changes nothing.
import { escaped } from '../system/log-line.ts';
import { writeBundle } from './bundle/bundle.ts';
import { lookAround } from './checks/around.ts';
import { type Around, type Check, type Finding, withCauses } from './checks/finding.ts';
import { interfaces, leftovers, otherManagers, reversePathFilter } from './checks/host-network.ts';
import { daemonWarnings, guide } from './checks/modem-steps.ts';
import { configuration, ipTool, modemManager, modemManagerUnit, pingTool, service } from './checks/software.ts';
import { usbModem } from './checks/usb.ts';
import { type CliContext, EXIT } from './context.ts';

/** In the order in which a person would look. */
const CHECKS: readonly Check[] = [
  configuration,
  usbModem,
  modemManager,
  modemManagerUnit,
  ipTool,
  pingTool,
  guide,
  interfaces,
  reversePathFilter,
  otherManagers,
  leftovers,
  service,
];

export interface DoctorOptions {
  readonly configPath: string;
  readonly json: boolean;
  /** Where the archive for whoever helps is to be written. */
  readonly bundle: string | undefined;
}

/** All findings, in the order of CHECKS, with what hides some of them. */
async function examine(context: CliContext, configPath: string, around: Around) {
  const findings = (await Promise.all(CHECKS.map((check) => check(context, configPath, around)))).flat();
  const warnings = daemonWarnings(around, findings);
  const isContradicted = ({ code, state }: Finding) =>
    state === 'ok' && warnings.some((warning) => warning.code === code);
  return withCauses([...findings.filter((finding) => !isContradicted(finding)), ...warnings]);
}

/**
 * Prints every finding with its remedy, except those that follow from another; 1 when one of them
 * keeps the board offline.
 * @param look Tests put their own here.
 */
export async function doctor(
  context: CliContext,
  { configPath, json, bundle }: DoctorOptions,
  look = lookAround,
): Promise<number> {
  const around = await look(context);
  const findings = await examine(context, configPath, around);
  if (bundle !== undefined) return await writeBundle(context, bundle, configPath, { around, findings });
  const shown = findings.filter(({ because }) => because === undefined);
  const count = (state: Finding['state']) => shown.filter((finding) => finding.state === state).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (json) {
    context.out(JSON.stringify({ version: 1, failed, warned, findings }, undefined, 2));
  } else {
    const width = Math.max(...shown.map(({ about }) => about.length));
    for (const finding of shown) print(context, finding, width);
    context.out(failed + warned === 0 ? 'Nothing is amiss.' : `${failed} to be put right, ${warned} to be looked at.`);
  }
  return failed === 0 ? EXIT.ok : EXIT.fault;
}

function print({ out }: CliContext, { state, about, text, remedy }: Finding, width: number): void {
  out(escaped(`${state.padEnd(4)}  ${about.padEnd(width)}  ${text}`));
  if (remedy !== undefined) out(escaped(`${' '.repeat(width + 8)}→ ${remedy}`));
}
