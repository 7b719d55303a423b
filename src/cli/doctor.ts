// `percept-lte doctor`: looks for whatever could keep this board offline, and says what to do about
// it. Changes nothing.
import { escaped } from '../system/log-line.ts';
import type { Check, Finding } from './checks/finding.ts';
import { interfaces, leftovers, otherManagers, reversePathFilter } from './checks/host-network.ts';
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
  interfaces,
  reversePathFilter,
  otherManagers,
  leftovers,
  service,
];

/** Prints every finding with its remedy; 1 when one of them keeps the board offline. */
export async function doctor(context: CliContext, configPath: string): Promise<number> {
  const findings = (await Promise.all(CHECKS.map((check) => check(context, configPath)))).flat();
  const width = Math.max(...findings.map(({ about }) => about.length));
  for (const finding of findings) print(context, finding, width);
  const failed = findings.filter(({ state }) => state === 'fail').length;
  const warned = findings.filter(({ state }) => state === 'warn').length;
  context.out(failed + warned === 0 ? 'Nothing is amiss.' : `${failed} to be put right, ${warned} to be looked at.`);
  return failed === 0 ? EXIT.ok : EXIT.fault;
}

function print({ out }: CliContext, { state, about, text, remedy }: Finding, width: number): void {
  out(escaped(`${state.padEnd(4)}  ${about.padEnd(width)}  ${text}`));
  if (remedy !== undefined) out(escaped(`${' '.repeat(width + 8)}→ ${remedy}`));
}
