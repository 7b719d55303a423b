// The documents that are made of tables say what the tables say.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documents } from '../build/manual.ts';

test.each(documents())('%s is what the tables say (npm run docs:write)', (path, content) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(content);
});
