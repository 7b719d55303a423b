// Who may import whom, and what only one place may touch: the rules as a table, each with its
// reason. Reads the sources as text.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Every file of ours, by its path from the root of the repository. */
const repositoryFiles: readonly string[] = ['src', 'test', 'docs'].flatMap((folder) =>
  readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)), { recursive: true, encoding: 'utf8' }).map(
    (path) => join(folder, path),
  ),
);

interface Import {
  readonly isType: boolean;
  /** A path below src/ for our own files, else the package's name. */
  readonly target: string;
  readonly isOurs: boolean;
}

interface Source {
  /** Below src/, such as `modem/calls.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and the contents of quotes, for looking for words that are code. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    return { path, text, code: codeOf(text), imports: importsOf(path, text) };
  });

function importsOf(path: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?([^;'"]*?)\bfrom\s*'([^']+)'/gm);
  const bare = text.matchAll(/^import\s+'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g);
  const found = [
    ...[...statements].map(([, type, names = '', target = '']) => ({
      isType: type !== undefined || onlyTypes(names),
      target,
    })),
    ...[...bare, ...dynamic].map(([, target = '']) => ({ isType: false, target })),
  ];
  return found.map(({ isType, target }) => {
    const isOurs = target.startsWith('.');
    return { isType, isOurs, target: isOurs ? relative(SRC, join(SRC, dirname(path), target)) : target };
  });
}

/** `{ type A, type B }`: nothing is left of it when the program runs. */
function onlyTypes(names: string): boolean {
  const inBraces = /^\{(.*)\}\s*$/s.exec(names.trim())?.[1];
  const each = inBraces
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return each?.every((name) => name.startsWith('type ')) ?? false;
}

function codeOf(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

interface FolderRule {
  /** Files that it holds for: those whose path begins so. */
  readonly from: string;
  /** What they may import of ours, besides their own folder. */
  readonly mayImport: readonly string[];
  /** What they may name the types of, besides. */
  readonly mayName?: readonly string[];
  readonly because: string;
}

/** For each file the first rule that fits. The last three rule what wires everything together. */
const FOLDERS: readonly FolderRule[] = [
  { from: 'system/', mayImport: ['../package.json'], because: 'it is what everybody stands on' },
  { from: 'codes/', mayImport: [], because: 'its words belong to whoever finds something, wherever that is' },
  { from: 'ip/', mayImport: [], because: 'addresses are plain values that everybody may use' },
  { from: 'dbus/', mayImport: ['system/'], because: 'the bus knows no ModemManager and no link' },
  {
    from: 'modem/',
    mayImport: ['dbus/', 'ip/', 'system/'],
    because: 'ModemManager knows no `ip`: the connection translates',
  },
  {
    from: 'network/',
    mayImport: ['codes/', 'dbus/', 'ip/', 'system/'],
    // The conflict watch puts its findings where the daemon publishes them.
    mayName: ['daemon/warnings.ts', 'connection/connection.ts'],
    because:
      'the kernel knows no ModemManager: the connection translates; D-Bus only for systemd-resolved, and to ask rivals whether they manage the modem',
  },
  {
    from: 'state/',
    mayImport: ['codes/', 'system/'],
    because: 'what is remembered is plain values',
  },
  {
    from: 'config/',
    mayImport: ['ip/', 'system/about.ts', 'system/others-may-write.ts', 'system/regular-file.ts'],
    because: 'whoever needs a setting gets its slice; the configuration needs nobody',
  },
  {
    from: 'status/',
    mayImport: ['system/about.ts', 'system/regular-file.ts', 'system/replace-file.ts', 'system/spoken.ts'],
    mayName: ['system/'],
    because: 'the published form must not change because a part of ours does',
  },
  {
    from: 'hooks/',
    mayImport: ['codes/', 'status/', 'system/', 'connection/uplinks/better-ways.ts'],
    mayName: ['connection/'],
    because: 'hooks are told what the connection became, and have no say in it',
  },
  {
    from: 'metrics/',
    mayImport: [
      'codes/',
      'state/',
      'status/',
      'system/',
      'connection/phase/up.ts',
      'connection/uplinks/better-ways.ts',
      'connection/words/loss.ts',
    ],
    mayName: ['connection/'],
    because: 'metrics count what the connection became, and decide nothing',
  },
  {
    from: 'data-plan/',
    mayImport: ['codes/', 'status/', 'system/'],
    mayName: ['connection/'],
    because: 'data is counted whatever becomes of the connection, which is told when the plan is used up',
  },
  {
    from: 'cli/',
    mayImport: [
      'codes/',
      'config/',
      'ip/',
      'status/',
      'state/',
      'system/',
      'network/link/marks.ts',
      'modem/',
      'network/conflicts/rivals.ts',
      'network/reachability/counters.ts',
      'dbus/',
    ],
    because:
      'commands read what the daemon publishes, and the counters, which the kernel does, and must work without it; `doctor` and `prepare` ask ModemManager as the daemon does, `doctor` who else manages the modem and which routes are ours',
  },
  {
    from: 'runner/phases/',
    mayImport: ['runner/', 'connection/', 'modem/', 'state/', 'system/', 'dbus/systemd.ts'],
    mayName: ['dbus/', 'network/'],
    because: 'a phase acts by ModemManager, and the ladder asks systemd to restart things',
  },
  {
    from: 'runner/link-keeper/',
    mayImport: ['codes/', 'runner/', 'connection/', 'modem/', 'network/', 'ip/', 'system/'],
    because: 'here, and only here, a bearer becomes a link of the kernel',
  },
  {
    from: 'runner/uplinks/',
    mayImport: ['runner/', 'connection/', 'network/', 'ip/', 'system/'],
    because: "the host's other ways out are asked, and what follows is decided elsewhere",
  },
  {
    from: 'runner/',
    mayImport: ['connection/', 'system/'],
    mayName: ['modem/', 'network/', 'state/'],
    because: 'it runs activities that it is given, whatever they do',
  },
  {
    from: 'connection/',
    // memory.ts, rebase.ts and pins.ts are pure; store.ts, which touches the disk, is not.
    mayImport: [
      ...['codes/', 'connection/', 'ip/', 'modem/home-operator.ts', 'modem/registration.ts'],
      ...['state/memory.ts', 'state/pins.ts', 'state/rebase.ts', 'system/spoken.ts'],
    ],
    mayName: ['modem/', 'network/', 'state/', 'system/', 'status/'],
    because: 'deciding is pure: no I/O, no clock, nothing to wait for',
  },
  {
    from: 'daemon/',
    mayImport: [
      ...[
        'codes/',
        'config/',
        'connection/',
        'data-plan/',
        'dbus/',
        'hooks/',
        'metrics/',
        'modem/',
        'network/',
        'runner/',
        'state/',
        'status/',
      ],
      'system/',
    ],
    because: 'it opens all parts, connects them and owns their lifetimes; commands are none of its parts',
  },
  {
    from: 'main.ts',
    mayImport: [],
    because: 'it loads the program, and everything that it loads beside delays that',
  },
  {
    from: 'program.ts',
    mayImport: ['cli/', 'config/', 'daemon/', 'dbus/system-bus.ts', 'system/'],
    because: 'it starts the daemon or a command',
  },
];

test('every file is ruled', () => {
  expect(sources.map(({ path }) => path).filter((path) => ruleFor(path) === undefined)).toEqual([]);
});

const ruleFor = (path: string) => FOLDERS.find(({ from }) => path.startsWith(from));

test.each(FOLDERS)('$from imports only what it may: $because', (rule) => {
  const folder = rule.from.endsWith('/') ? rule.from : `${dirname(rule.from)}/`;
  const offences = sources
    .filter(({ path }) => ruleFor(path) === rule)
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ isOurs }) => isOurs)
        .filter(({ target, isType }) => {
          const allowed = [folder, ...rule.mayImport, ...(isType ? (rule.mayName ?? []) : [])];
          return !allowed.some((start) => target.startsWith(start));
        })
        .map(({ target, isType }) => `${path} imports ${isType ? 'type ' : ''}${target}`),
    );
  expect(offences).toEqual([]);
});

test.each(FOLDERS)('the rule for $from is about files that exist', (rule) => {
  expect(sources.some(({ path }) => ruleFor(path) === rule)).toBe(true);
});

test('deciding does not wait: nothing of connection/ is asynchronous', () => {
  const offences = sources
    .filter(({ path }) => path.startsWith('connection/'))
    .filter(({ code }) => /\basync\b|\bawait\b|\bPromise\b/.test(code));
  expect(offences.map(({ path }) => path)).toEqual([]);
});

test("schemas are made of zod/mini: with all of zod's methods a start takes a sixth longer", () => {
  const offences = sources.filter(({ imports }) => imports.some(({ target }) => /^zod$|classic/.test(target)));
  expect(offences.map(({ path }) => path)).toEqual([]);
});

test('no file needs itself by way of others, not even for a type', () => {
  const importsBy = new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)]));
  expect(circlesIn(importsBy)).toEqual([]);
});

/**
 * The circles of a graph, each as the files on the way round, by Tarjan's strongly connected
 * components.
 */
function circlesIn(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const index = order.size;
    order.set(node, index);
    low.set(node, index);
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const reached = order.has(next) ? (path.includes(next) ? order.get(next) : undefined) : visit(next);
      if (reached !== undefined) low.set(node, Math.min(low.get(node) ?? index, reached));
    }
    const lowest = low.get(node) ?? index;
    if (lowest === index) {
      const component = path.splice(path.indexOf(node));
      if (component.length > 1) circles.push(component.sort());
    }
    return lowest;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return circles;
}

test('a circle of three files is seen, and a chain is none', () => {
  const edges = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['a.ts', 'd.ts']],
    ['d.ts', []],
  ]);
  expect(circlesIn(edges)).toEqual([['a.ts', 'b.ts', 'c.ts']]);
});

/** Whether a file is named: by the end of its path, of which one says as much as its reader needs. */
const isOurs = (name: string) => repositoryFiles.some((path) => `/${path}`.endsWith(`/${name}`));

test('comments name only files that exist', () => {
  const offences = sources.flatMap(({ path, text }) =>
    commentsOf(text)
      .flatMap((comment) => comment.match(/(?<![\w/.*-])[a-z][\w./-]*\.(?:ts|mjs|md)\b/g) ?? [])
      .filter((name) => !isOurs(name))
      .map((name) => `${path} speaks of ${name}`),
  );
  expect(offences).toEqual([]);
});

test.each(['architecture.md', 'contributing.md'])('%s names only files that exist', (page) => {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), 'utf8');
  const names = [...text.matchAll(/`([a-z][\w./-]*\.(?:ts|mjs|tsv))`/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !isOurs(name))).toEqual([]);
});

test('every exported function says in a docstring what it is for', () => {
  const offences = sources.flatMap(({ path, text }) =>
    exportedFunctionsOf(text).flatMap(({ name, isTold }) => (isTold ? [] : [`${path}: ${name}`])),
  );
  expect(offences).toEqual([]);
});

/** The functions that a source exports, also as constants, and whether a docstring precedes each. */
function exportedFunctionsOf(text: string): { readonly name: string; readonly isTold: boolean }[] {
  const declared = text.matchAll(/^export (?:async )?function\*? (\w+)/gm);
  const assigned = text.matchAll(/^export const (\w+)\b[^\n]*? =\s+(?:async )?(?:<[^(]*>)?\(/gm);
  return [...declared, ...assigned].map(({ 1: name = '', index }) => ({
    name,
    isTold: text.slice(0, index).endsWith('*/\n'),
  }));
}

test('a function is seen in either form, with and without its docstring', () => {
  const told = '/** Adds. */\nexport const add = (a: A): B => c(a);\n/** Waits. */\nexport async function wait() {}\n';
  const untold = '// Not this.\nexport const get: Get = async <T>(a: T) => a;\nexport function put() {}\n';
  const values = 'export const LIMIT = 3;\nexport const words = new Set(one());\n';
  const found = exportedFunctionsOf(told + untold + values);
  expect(found.filter(({ isTold }) => isTold).map(({ name }) => name)).toEqual(['wait', 'add']);
  expect(found.filter(({ isTold }) => !isTold).map(({ name }) => name)).toEqual(['put', 'get']);
});

test('a line of comment has at most 100 columns', () => {
  const offences = sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (line.length > 100 && /^\s*(\/\/|\/?\*)/.test(line) ? [`${path}:${index + 1}`] : [])),
  );
  expect(offences).toEqual([]);
});

/** The comments of a source, without its strings. */
const commentsOf = (text: string): string[] =>
  text.replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''").match(/\/\*[\s\S]*?\*\/|(?:^|\s)\/\/.*$/gm) ?? [];

interface Monopoly {
  readonly what: string;
  readonly only: RegExp;
  readonly because: string;
}

const PACKAGES: readonly Monopoly[] = [
  {
    what: 'dbus-next',
    only: /^dbus\//,
    because: 'its variants, its silent deaths and its deadlines are dealt with once',
  },
  {
    what: 'node:child_process',
    only: /^system\/command\.ts$/,
    because: 'no shell, always a deadline, always LC_ALL=C',
  },
  { what: 'node:timers', only: /^system\/clock\.ts$/, because: 'what waits, waits on the clock it is given' },
  { what: 'node:timers/promises', only: /^system\/clock\.ts$/, because: 'what waits, waits on the clock it is given' },
  { what: 'yaml', only: /^config\//, because: 'nothing else is written in YAML' },
  {
    what: 'p-retry',
    only: /^runner\/phases\/connect\.ts$/,
    because: 'it waits by timers of its own, so that no test steps them: a few seconds there, and nowhere else',
  },
  { what: 'pino', only: /^system\/log\.ts$/, because: 'one log; everybody else names its type' },
];

test.each(PACKAGES)('only $only imports $what: $because', ({ what, only }) => {
  const users = sources.filter(({ imports }) =>
    imports.some(({ target, isType }) => `${target}/`.startsWith(`${what}/`) && !isType),
  );
  expect(users.map(({ path }) => path).filter((path) => !only.test(path))).toEqual([]);
});

const WORDS: readonly (Monopoly & { readonly pattern: RegExp })[] = [
  {
    what: 'timers and clocks',
    pattern:
      /\b(setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|Date\.now|performance\.now)\(|\bnew Date\(\)/,
    only: /^system\/clock\.ts$/,
    because: 'tests step the clock, and boards jump by years',
  },
  {
    what: 'randomness',
    pattern: /\bMath\.random\b/,
    only: /^daemon\/ports\.ts$/,
    because: 'jitter comes with the event, so that deciding can be replayed',
  },
  {
    what: 'random bytes',
    pattern: /\b(randomBytes|randomInt|randomUUID|getRandomValues)\b/,
    only: /^state\/(store|proven)\.ts$/,
    because: 'a salt is made once, where what it salts is kept',
  },
  {
    what: 'process.exit, process.exitCode and process.argv',
    pattern: /\bprocess\.(exit|exitCode|argv)\b/,
    only: /^program\.ts$/,
    because: 'one place ends the process',
  },
  {
    what: 'console',
    pattern: /\bconsole\./,
    only: /^$/,
    because: 'the daemon has a log, and commands have their context',
  },
];

test.each(WORDS)('only $only uses $what: $because', ({ pattern, only }) => {
  expect(
    sources
      .filter(({ code }) => pattern.test(code))
      .map(({ path }) => path)
      .filter((path) => !only.test(path)),
  ).toEqual([]);
});

test('the current connection is held in one place', () => {
  const holders = sources.filter(({ code }) =>
    /^\s*(let|#\w+|private \w+|#?current)\s*\w*\??:\s*Connection\b/m.test(code),
  );
  expect(holders.map(({ path }) => path).filter((path) => path !== 'runner/runner.ts')).toEqual([]);
});

test.each(sources.map(({ path, text }) => [path, text] as const))(
  '%s is short and says what it is for',
  (_path, text) => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(300);
    expect(text.replace(/^#!.*\n/, '')).toMatch(/^\/\/ \S/);
  },
);

test('there are no barrels, and no drawers for odds and ends', () => {
  const names = sources.map(({ path }) => path);
  expect(names.filter((path) => /(^|\/)(index|utils?|helpers?|common|misc)(\/|\.ts$)/.test(path))).toEqual([]);
});

test('the rules see what they should', () => {
  expect(
    importsOf(
      'modem/a.ts',
      "import { type A, type B } from '../dbus/bus.ts';\nimport { c } from 'zod';\nexport type { D } from './d.ts';\nawait import('./e.ts');",
    ),
  ).toEqual([
    { isType: true, isOurs: true, target: 'dbus/bus.ts' },
    { isType: false, isOurs: false, target: 'zod' },
    { isType: true, isOurs: true, target: 'modem/d.ts' },
    { isType: false, isOurs: true, target: 'modem/e.ts' },
  ]);
  expect(codeOf("a(); // Date.now()\nb('Date.now()'); /* c\nDate.now() */ d")).not.toContain('Date.now');
});
