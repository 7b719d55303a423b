// The keys of `connect` that say who we are: what names some of them to a person names all.
import { expect, test } from 'vitest';
import { CREDENTIALS } from '../../../src/daemon/trial-words.ts';
import { NO_REASON, REMEDIES } from '../../../src/modem/errors/failure-row.ts';

/** A password in a file of its own is one password. */
const named = [...new Set([...CREDENTIALS].map((key) => `connect.${key.replace(/-file$/, '')}`))];

test.each([
  ['credentials were refused', REMEDIES.auth],
  ['nobody says why a connection was refused', NO_REASON],
])('where %s, each key that says who we are is to be checked', (_, remedy) => {
  expect(named.filter((key) => !remedy.includes(key))).toEqual([]);
  expect(named).toContain('connect.password');
});
