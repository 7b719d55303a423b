// The measured answers of five ModemManagers to Simple.Connect, as they stand in the two tables
// beside this file: each has the class and the cause that it means, and one refusal means the same
// in every release that tells it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifyName } from '../../../../src/modem/errors/failure.ts';

interface Answer {
  /** What the modem said: type or status, and number. */
  readonly said: string;
  readonly releases: readonly string[];
  readonly name: string;
  readonly text: string;
  readonly class: string;
  readonly cause: number | undefined;
}

function answersOf(file: string): Answer[] {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [kind = '', number = '', releases = '', name = '', text = '', meant = '', cause = ''] = line.split('\t');
      const prefix = name.startsWith('lib') ? 'org.freedesktop.' : 'org.freedesktop.ModemManager1.Error.';
      return {
        said: `${kind} ${number}`,
        releases: releases.split(','),
        name: `${prefix}${name}`,
        text,
        class: meant,
        cause: cause === '-' ? undefined : Number(cause),
      };
    });
}

const TABLES = [
  { file: './mbim-connect-errors.tsv', measured: 470 },
  { file: './qmi-connect-errors.tsv', measured: 668 },
] as const;

/**
 * ModemManager 1.20.4's own tables give these another meaning than the modem did; nothing else on
 * the bus tells.
 */
const GIVEN_ANOTHER_MEANING: ReadonlySet<string> = new Set(['3gpp 113', '3gpp 114']);
/**
 * 1.14.12 drops the network error of a refusal whose status it knows, and the status means another
 * thing.
 */
const TOLD_BY_STATUS_ALONE: ReadonlySet<string> = new Set(['26 33', '13 65']);

describe.each(TABLES)('$file', ({ file, measured }) => {
  const answers = answersOf(file);

  test(`holds all ${measured} measured answers`, () => {
    expect(answers.reduce((sum, { releases }) => sum + releases.length, 0)).toBe(measured);
  });

  test.each(answers.map((answer) => [answer.said, answer.releases.join(' '), answer] as const))(
    'the answer %s of ModemManager %s means what the modem said',
    (_said, _releases, { name, text, class: meant, cause }) => {
      const failure = classifyName(name, text);
      expect([failure.class, failure.networkCause]).toEqual([meant, cause]);
    },
  );

  test('one refusal has one class in every release that tells it', () => {
    const excepted = (said: string) => GIVEN_ANOTHER_MEANING.has(said) || TOLD_BY_STATUS_ALONE.has(said);
    const classes = new Map<string, Set<string>>();
    for (const answer of answers.filter((each) => tells(each) && !excepted(each.said)))
      classes.set(answer.said, (classes.get(answer.said) ?? new Set()).add(answer.class));
    const differing = [...classes].filter(([, each]) => each.size > 1);
    expect(differing).toEqual([]);
  });

  test('and one reason and one remedy, where releases tell as much of it', () => {
    const words = new Map<string, Set<string>>();
    for (const { said, cause, name, text } of answers.filter(
      (each) => tells(each) && !GIVEN_ANOTHER_MEANING.has(each.said),
    )) {
      const { reason, remedy } = classifyName(name, text);
      const key = `${said}, cause ${cause}`;
      words.set(key, (words.get(key) ?? new Set()).add(`${reason}: ${remedy}`));
    }
    expect([...words].filter(([, each]) => each.size > 1)).toEqual([]);
  });

  test('a refusal without a word is never taken for a modem that hangs or needs a reset', () => {
    const untold = answers.filter((answer) => !tells(answer));
    expect(untold.length).toBeGreaterThan(0);
    expect(new Set(untold.map((answer) => answer.class))).toEqual(new Set(['refused']));
  });
});

/** Whether the release says anything of why: a bare Unknown and 1.14's CallFailed do not. */
function tells({ name, text, cause, class: meant }: Answer): boolean {
  const bare = /\.(Unknown|GprsUnknown|CallFailed)$/.test(name);
  return !bare || cause !== undefined || meant !== 'refused' || /error: (?!unknown|\(null)|: generic-/.test(text);
}

test('session management’s 25 from a QMI modem is no closed cell, and MBIM’s 25 is one', () => {
  const unknown = 'org.freedesktop.ModemManager1.Error.MobileEquipment.Unknown';
  expect(classifyName(unknown, 'Unsupported error (25): llc-sndcp-failure')).toMatchObject({
    class: 'refused',
    networkCause: 25,
  });
  expect(classifyName(unknown, 'Unsupported error (25): not-authorized-for-csg')).toMatchObject({ class: 'coverage' });
});
