// Faults of the modem, its SIM and ModemManager.
import { testRows } from './row-test.ts';
import { deviceFaults } from './rows/devices.ts';
import { modemFaults } from './rows/modem.ts';
import { modemManagerFaults } from './rows/modem-manager.ts';
import { simFaults } from './rows/sim.ts';
import { simStateFaults } from './rows/sim-states.ts';

testRows([...modemFaults, ...deviceFaults, ...modemManagerFaults, ...simFaults, ...simStateFaults]);
