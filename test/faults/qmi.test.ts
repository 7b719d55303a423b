// A tenth of the table on a modem that speaks QMI: those rows in which what it speaks has a say.
import { testRows } from './row-test.ts';
import { faults } from './table.ts';

const names = new Set([
  'bearer dropped with a network error',
  'wrong APN first in the list',
  'reconnect answered 5 s late',
  'registration denied for 10 s',
  'radio switched off by hardware for 3 s',
  'ModemManager killed, away for 6 s: the session lives on',
  'modem resets by itself',
  'wrong PIN, the manager restarted, the PIN taken off after 8 s',
]);
const rows = faults.filter(({ name }) => names.has(name));
if (rows.length !== names.size) throw new Error('a row named here is not in the table');

testRows(rows, 'qmi');
