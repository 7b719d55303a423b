// The table itself: rows are told apart by their names, and what awaits something is a row.
import { expect, test } from 'vitest';
import { awaits } from './awaits.ts';
import { faults } from './table.ts';

const names = faults.map(({ name }) => name);

test('no two rows have one name', () => {
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('every row that awaits something is in the table', () => {
  expect(Object.keys(awaits).filter((name) => !names.includes(name))).toEqual([]);
});
