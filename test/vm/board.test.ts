// One guest for everything: the package is installed once, and every test starts from the snapshot
// taken then.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Board } from './board.ts';
import { hardwareCases } from './cases/hardware.ts';
import { lifeCases } from './cases/life.ts';
import { serviceCases } from './cases/service.ts';

let board: Board | undefined;

function at(): Board {
  if (board === undefined) throw new Error('there is no guest: see the first failure');
  return board;
}

let installation = '';

beforeAll(async () => {
  board = await Board.start();
  installation = await board.install();
  await board.online();
  await board.traffic();
  await board.keep();
}, 900_000);

afterAll(() => board?.stop());

// A guest that is gone tells nothing: what it knew is printed while it is there.
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => console.log(await at().report()));
});

test('installed as the README says, the board is online', () => {
  expect(installation).toMatch(/phase: online/);
});

serviceCases(at);
hardwareCases(at);
lifeCases(at);
