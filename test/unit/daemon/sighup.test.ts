// What SIGHUP does: the file is read, and what a person accepts is accepted.
import { expect, test } from 'vitest';
import type { ReadConfig } from '../../../src/config/load.ts';
import { reload } from '../../../src/daemon/sighup.ts';

/** What is done, in order. */
async function done(isAccepted: boolean, read: ReadConfig | undefined): Promise<string[]> {
  const did: string[] = [];
  await reload({
    takeAcceptance: () => Promise.resolve(isAccepted),
    read: () => Promise.resolve(read),
    put: () => Promise.resolve(void did.push('put')),
    accept: () => void did.push('accept'),
  });
  return did;
}

const good = {} as ReadConfig;

test('accept while the file has a typo: the person hears that it is accepted, and it is not', async () => {
  expect(await done(true, undefined)).toEqual(['accept']);
});

test('accept is of the file as it is now', async () => {
  expect(await done(true, good)).toEqual(['put', 'accept']);
});

test('a reload accepts nothing, and a bad file changes nothing', async () => {
  expect(await done(false, good)).toEqual(['put']);
  expect(await done(false, undefined)).toEqual([]);
});
