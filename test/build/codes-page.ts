// docs/codes.md from the table of codes: what each means, and what to do about it.
import { CODES, type Code, found, visibleAfterMs } from '../../src/codes/codes.ts';
import { STEPS } from '../../src/codes/steps.ts';
import { spoken } from '../../src/system/spoken.ts';

const INTRODUCTION = `# Codes

Everything that \`percept-lte\` can find amiss has a code. The service warns under it for as long as something
stands: in \`status.json\` (\`warnings\`: code, severity, text, remedy, since), in \`percept-lte status\` and \`why\`,
in the journal (\`code=\`), as \`percept_lte_warning{code,severity}\` in the metrics. \`percept-lte doctor --json\` has the
same codes for its lines. Programs go by the code, which stays; the words may change.

**fail**: the board, or a part of its job, cannot work like this. **warn**: it may bite some day. What only follows from
something else is hidden while that stands, since its remedy would lead astray. The sentences are examples: names,
addresses and numbers are those of the case at hand.

What keeps a board offline is shown cause by cause in [offline.md](offline.md).

Made by \`npm run docs:write\` from \`src/codes/\`.
`;

export function codesPage(): string {
  const all = Object.keys(CODES) as Code[];
  const isStep = (code: Code) => code in STEPS;
  return [
    INTRODUCTION,
    '## What the service warns of\n',
    ...all.filter((code) => !isStep(code)).map(section),
    '## What doctor looks at\n',
    ...all.filter(isStep).map(section),
  ].join('\n');
}

function section(code: Code): string {
  const { severity, text, remedy = '' } = found(code);
  const dependsOn: readonly string[] = CODES[code].dependsOn ?? [];
  const after = visibleAfterMs(code);
  const facts = [
    `**${severity}**`,
    ...(after > 0 ? [`shown once it has stood for ${spoken(after)}`] : []),
    ...(dependsOn.length > 0 ? [`hidden by ${dependsOn.map((cause) => `[${cause}](#${cause})`).join(', ')}`] : []),
  ];
  return `### ${code}\n\n${facts.join(' · ')}\n\n> ${escaped(text)}\n>\n> → ${escaped(remedy)}\n`;
}

/** As text, not as markup. */
const escaped = (text: string) => text.replace(/[\\`*_<>[\]#|]/g, '\\$&');
