// docs/offline.md: what a technician and a dashboard see of each cause. Pure.
import type { Cause } from './causes.ts';

export interface Captured {
  readonly cause: Cause;
  readonly why: string;
  readonly doctor: string;
  readonly alerts: readonly string[];
}

const HEAD = `# Offline, cause by cause

Each cause was brought about in software, with the real ModemManager, and the board asked: \`percept-lte why\`, the first line
of \`percept-lte doctor\` that is not well, with its remedy, and the alert of
[percept-lte.rules.yaml](../config/monitoring/percept-lte.rules.yaml) that fires if it stays so. Times of day and durations are
evened out. [codes.md](codes.md) lists everything that \`doctor\` and the service warn of.

Made by \`npm run offline:write\`.
`;

/** `sections` as `sectionOf` makes them. */
export const pageOf = (sections: readonly string[]): string => [HEAD, ...sections].join('\n');

/** The section of `name` in a page; undefined where it has none. */
export const sectionIn = (page: string, name: string): string | undefined =>
  page
    .split(/^(?=## )/m)
    .map((section) => `${section.trimEnd()}\n`)
    .find((section) => section.startsWith(`## ${name}\n`));

export function sectionOf({ cause, why, doctor, alerts }: Captured): string {
  const fired = alerts.length === 0 ? 'none fires' : alerts.map((alert) => `\`${alert}\``).join(', ');
  return `## ${cause.name}

Brought about by: ${cause.how}.

\`\`\`
$ percept-lte why
${evened(why)}
$ percept-lte doctor
${firstFailing(doctor)}
\`\`\`

Alert: ${fired}.
`;
}

/** The first line that failed, else the first that warns, with its remedy. */
function firstFailing(doctor: string): string {
  // The package brings a drop-in for ModemManager's unit; this machine may have none.
  const lines = doctor.split('\n').filter((line) => !/ModemManager\.service/.test(line));
  const first = lines.findIndex((line) => line.startsWith('fail'));
  const at = first === -1 ? lines.findIndex((line) => line.startsWith('warn')) : first;
  const [line = '', next = ''] = lines.slice(at, at + 2);
  const shown = /^ +→/.test(next) ? [line, next.trimStart()] : [line];
  return evened(shown.join('\n').replace(/^(\w+) +(.*?) {2,}/, '$1  $2  '));
}

/** What differs from run to run. */
const evened = (text: string): string =>
  text
    .replaceAll(/\b(offline|online|connected|up) for (\d+ \w+ ?)+(?=\b|:)/g, '$1 for 5 min ')
    .replaceAll(/for 5 min (?=[:,])/g, 'for 5 min')
    .replaceAll(/\b(at|since|until|last at) (\d{4}-\d\d-\d\d )?\d\d:\d\d\b/g, '$1 14:02')
    .replaceAll(/\b\d+ (ms|s|min) ago/g, '2 min ago')
    .replaceAll(/ in \d+ ms/g, ' in 45 ms')
    .replaceAll('/run/world/percept-lte.yaml', '/etc/percept-lte.yaml')
    .replaceAll(/ \(its last status is of [^)]*\)/g, '');
