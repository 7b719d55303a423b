// docs/offline.md is made by hand (npm run offline:write); here it is seen to that what it quotes is
// still what the program says.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { causes } from '../offline/causes.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const SRC = new URL('../../src', import.meta.url).pathname;

/** Without quotes and escapes, which differ between a source and what it prints. */
const plain = (text: string) => text.replaceAll(/[\\'’`"]|\s+/g, '');

const sources = plain(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(SRC, path), 'utf8'))
    .join('\n'),
);

const page = read('docs/offline.md');
const sections = page.split(/^## /m).slice(1);

test('every cause is in the page, and none else', () => {
  expect(sections.map((section) => section.split('\n')[0])).toEqual(causes.map(({ name }) => name));
});

test.each(sections.map((section) => [section.split('\n')[0] ?? '', section] as const))(
  '%s: its remedies are in the words of the program (npm run offline:write)',
  (_, section) => {
    const remedies = [...section.matchAll(/(?:^→ |; fix: |Remedy: )(.*)$/gm)].map(([, words = '']) => words);
    expect(remedies).not.toEqual([]);
    // The beginning: what follows may be of the case at hand.
    for (const remedy of remedies) expect(sources).toContain(plain(remedy).slice(0, 16));
  },
);
