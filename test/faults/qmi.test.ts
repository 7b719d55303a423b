// A tenth of the table on a modem that speaks QMI: those rows in which what it speaks has a say.
import { testRows } from './row-test.ts';
import { faults } from './table.ts';

const names = new Set([
  'bearer dropped with a network error',
  'wrong APN first in the list',
  'wrong password, put right and reloaded after 5 s',
  'not subscribed (cause 33), put right and reloaded after 8 s',
  'IPv4v6 refused as not subscribed (cause 33), IPv4 is not',
  'refused in one network (cause 11), then registered with another',
  'refused in one network (cause 14), then registered with another',
  'bearer dropped with cause 27: the next APN of the list is the right one now',
  'reconnect answered 5 s late',
  'registration denied for 10 s',
  'radio switched off by hardware for 3 s',
  'ModemManager killed, away for 6 s: the session lives on',
  'ModemManager ends eleven times in 30 s',
  'system bus restarted',
  'modem resets by itself',
  'SIM pulled out for 3 s',
  'no SIM at first, put in after 5 s',
  'wrong PIN, the manager restarted, the PIN taken off after 8 s',
]);
const rows = faults.filter(({ name }) => names.has(name));
if (rows.length !== names.size) throw new Error('a row named here is not in the table');

// The rows ask for it too.
process.env.WORLD_MODEM = 'qmi';
testRows(rows);
