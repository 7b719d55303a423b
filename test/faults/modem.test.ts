// Faults of the modem, its SIM and ModemManager.
import { testRows } from './row-test.ts';
import { modemFaults } from './rows/modem.ts';
import { modemManagerFaults } from './rows/modem-manager.ts';
import { simFaults } from './rows/sim.ts';

testRows([...modemFaults, ...modemManagerFaults, ...simFaults]);
