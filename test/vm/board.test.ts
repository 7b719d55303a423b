// One guest for everything: installing is the first test, and every later one starts from the snapshot that it leaves.
import { afterAll, beforeAll, test } from 'vitest';
import { Board } from './board.ts';
import { hardwareCases } from './cases/hardware.ts';
import { lifeCases } from './cases/life.ts';
import { serviceCases } from './cases/service.ts';

let board: Board | undefined;

function at(): Board {
  if (board === undefined) throw new Error('there is no guest: see the first failure');
  return board;
}

beforeAll(async () => {
  board = await Board.start();
}, 600_000);

afterAll(() => board?.stop());

test('installed as the README says, the board is online', async () => {
  await at().install();
  await at().online();
  await at().traffic();
  await at().keep();
}, 300_000);

serviceCases(at);
hardwareCases(at);
lifeCases(at);
