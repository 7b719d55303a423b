// `percept-lte status`: the status as a table in the manner of mmcli, or as JSON; once, or again
// whenever it changes.
import { periodUse } from '../status/data-words.ts';
import { type Status, statusJsonSchema } from '../status/schema.ts';
import { barsText, measuredText } from '../status/signal.ts';
import { warningSentence } from '../status/why.ts';
import { escaped } from '../system/log-line.ts';
import { spoken, spokenBytes, timeOfDay } from '../system/spoken.ts';
import { type CliContext, EXIT } from './context.ts';
import { runningStatus } from './running.ts';
import { RadioLook } from './signal.ts';
import { statusChanges } from './watch.ts';

export interface StatusOptions {
  readonly json: boolean;
  readonly watch: boolean;
  /** Prints the JSON Schema of the status instead. */
  readonly schema: boolean;
}

/** Shows the status; 1 when the daemon does not run. */
export async function status(context: CliContext, { json, watch, schema }: StatusOptions): Promise<number> {
  if (schema) {
    context.out(JSON.stringify(statusJsonSchema(), undefined, 2));
    return EXIT.ok;
  }
  const radio = new RadioLook(context, watch);
  try {
    const code = await show(context, { json, watch }, radio);
    return watch && context.signal.aborted ? EXIT.ok : code;
  } finally {
    await radio.close();
  }
}

async function show(
  context: CliContext,
  { json, watch }: Pick<StatusOptions, 'json' | 'watch'>,
  radio: RadioLook,
): Promise<number> {
  let shown: string | undefined;
  let code: number = EXIT.ok;
  for await (const _ of statusChanges(context, watch ? Number.POSITIVE_INFINITY : 0)) {
    const running = await runningStatus(context);
    const isRunning = running.status !== undefined;
    code = isRunning ? EXIT.ok : EXIT.fault;
    const text = isRunning ? rendered(await radio.filled(running.status), json, watch, context) : running.sentence;
    if (text === shown) continue;
    if (watch && context.isTerminal && !json) context.out(`\x1b[H\x1b[2J${text}`);
    else if (!isRunning) context.err(text);
    else context.out(text);
    shown = text;
  }
  return code;
}

function rendered(now: Status, json: boolean, watch: boolean, { clock }: CliContext): string {
  // A program that watches reads one status a line.
  if (json) return watch ? JSON.stringify(now) : JSON.stringify(now, undefined, 2);
  return statusTable(now, clock.now().wallMs);
}

type Rows = readonly (readonly [name: string, value: string | number | undefined])[];

/** The status as mmcli would print it. @param now Milliseconds since the Unix epoch. */
function statusTable(status: Status, now: number): string {
  const sections: readonly (readonly [string, Rows])[] = [
    ['Connection', connectionRows(status, now)],
    ['Link', linkRows(status, now)],
    ['Data', dataRows(status)],
    ['Uplinks', uplinkRows(status, now)],
    ['Modem', modemRows(status)],
    ['Recovery', recoveryRows(status, now)],
    ['Outages', outageRows(status, now)],
    ['Warnings', status.warnings.map((warning) => [warning.code, warningSentence(warning)])],
  ];
  const filled = sections
    .map(([title, rows]) => [title, rows.filter(([, value]) => value !== undefined && value !== '')] as const)
    .filter(([, rows]) => rows.length > 0);
  const titleWidth = Math.max(...filled.map(([title]) => title.length));
  const nameWidth = Math.max(...filled.flatMap(([, rows]) => rows.map(([name]) => name.length)));
  const rule = `  ${'-'.repeat(titleWidth + nameWidth + 8)}`;
  const lines = filled.flatMap(([title, rows]) => [
    rule,
    ...rows.map(([name, value], index) => {
      const left = `  ${(index === 0 ? title : '').padEnd(titleWidth)} | ${name.padStart(nameWidth)}: `;
      return left + escaped(String(value));
    }),
  ]);
  return lines.join('\n');
}

const connectionRows = (
  { phase, sentence, reason, remedy, since, sim, profile, daemonVersion, pid, modemManager }: Status,
  now: number,
): Rows => [
  ['phase', `${phase} for ${spoken(now - Date.parse(since))}`],
  ['state', sentence],
  ['reason', reason === sentence ? undefined : reason],
  ['remedy', remedy],
  ['sim', sim?.state],
  ['profile', profile],
  ['percept-lte', `${daemonVersion} (pid ${pid})`],
  ['ModemManager', modemManager.onBus ? modemManager.version : 'not on the bus'],
];

function linkRows({ link }: Status, now: number): Rows {
  if (link === undefined) return [];
  const proof = link.lastProof;
  const roundTrip = proof?.roundTripMs === undefined ? '' : ` in ${Math.round(proof.roundTripMs)} ms`;
  return [
    ['interface', link.interface],
    ['apn', link.apn || '"" (the subscription\'s default)'],
    ['address', link.addresses.join(', ')],
    ['gateway', link.gateway ?? 'none (device route)'],
    ['dns', link.dns.join(', ')],
    ['mtu', link.mtu],
    ['metric', link.metric],
    ['since', `${timeOfDay(link.since, now)} (${spoken(now - Date.parse(link.since))})`],
    ['received', spokenBytes(link.rxBytes)],
    ['sent', spokenBytes(link.txBytes)],
    ['last proof', proof && `${proof.by}${roundTrip}, ${spoken(now - Date.parse(proof.at))} ago`],
    ['reach', link.reach && reachText(link.reach, now)],
  ];
}

function reachText({ verdict, by, since, at, reason }: NonNullable<NonNullable<Status['link']>['reach']>, now: number) {
  const asked = `asked ${spoken(now - Date.parse(at))} ago`;
  if (verdict === 'through') return `through to ${by}, ${asked}`;
  return `${verdict} since ${timeOfDay(since, now)}, ${asked}${reason === undefined ? '' : `: ${reason}`}`;
}

function dataRows({ data }: Status): Rows {
  if (data === undefined) return [];
  return [
    ['session', data.session === undefined ? undefined : spokenBytes(data.session)],
    ['today', spokenBytes(data.today)],
    ['period', periodUse(data)],
    ['by probes', spokenBytes(data.own)],
  ];
}

const uplinkRows = ({ uplinks = [] }: Status, now: number): Rows =>
  uplinks.map(({ interface: name, family, metric, verdict, since, takenOver }) => {
    const words = { answers: 'answers', silent: 'nothing answers', unclear: 'cannot be asked' } as const;
    const found =
      verdict === undefined || since === undefined
        ? 'not asked yet'
        : `${words[verdict]} since ${timeOfDay(since, now)}`;
    const carried =
      takenOver && `; LTE goes first since ${timeOfDay(takenOver.since, now)}, ${spokenBytes(takenOver.bytes)}`;
    return [name, `${family}, metric ${metric}: ${found}${carried ?? ''}`];
  });

function modemRows({ modem }: Status): Rows {
  if (modem === undefined) return [];
  return [
    ['model', `${modem.manufacturer} ${modem.model} (plugin ${modem.plugin})`],
    ['path', modem.path],
    ['device', modem.device],
    ['imei', modem.imeiTail && `…${modem.imeiTail}`],
    ['state', modem.state],
    ['registration', modem.registration],
    ['operator', `${modem.operatorName} ${modem.operatorCode}`.trim()],
    ['access tech', modem.accessTechnologies.join(', ')],
    ['signal quality', `${modem.signalPercent}%, ${barsText(modem)}`],
    ['signal', modem.signal && `${measuredText(modem.signal)} (${modem.signal.technology})`],
    ['cell', modem.cell && cellText(modem.cell)],
  ];
}

const cellText = ({ id, tac, physicalId, earfcn, band }: NonNullable<NonNullable<Status['modem']>['cell']>) =>
  [
    band,
    earfcn !== undefined && `earfcn ${earfcn}`,
    id !== undefined && `id ${id}`,
    tac !== undefined && `tac ${tac}`,
    physicalId !== undefined && `physical id ${physicalId}`,
  ]
    .filter(Boolean)
    .join(', ');

function recoveryRows({ attempts, lastFailure, ladder, trial }: Status, now: number): Rows {
  const { usedThisHour: used, limitPerHour: limit } = attempts;
  return [
    ['attempts', `${used} of ${limit} this hour, ${Math.max(0, limit - used)} left`],
    ['failures', attempts.consecutiveFailures || undefined],
    ['next attempt', attempts.nextAt && timeOfDay(attempts.nextAt, now)],
    ['rung', ladder.rung],
    ['trial', trial && trialText(trial, now)],
    ['last failure', lastFailure && `${timeOfDay(lastFailure.at, now)} ${lastFailure.reason}: ${lastFailure.text}`],
  ];
}

function trialText({ changed, state, until, provenUntil }: NonNullable<Status['trial']>, now: number): string {
  const turn = until === undefined ? '' : ` until ${timeOfDay(until, now)}`;
  const before = `what carried traffic on ${timeOfDay(provenUntil, now)}`;
  if (state === 'trying') return `${changed.join(', ')} of the file in use${turn}, then ${before}`;
  const why = { comparing: 'to compare', refused: 'refused', silent: 'nothing passed' }[state];
  return `${changed.join(', ')} of the file not in use (${why}); ${before} is${turn}`;
}

const outageRows = ({ incidents }: Status, now: number): Rows =>
  incidents
    .slice(-5)
    .reverse()
    .map(({ begin, reason, endedBy, seconds, end }) => [
      timeOfDay(begin, now),
      `${end === undefined ? 'since then' : spoken(seconds * 1000)}: ${reason}${endedBy ? `; ended by ${endedBy}` : ''}`,
    ]);
