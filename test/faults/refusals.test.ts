// Faults of subscription, registration and radio: what the carrier or a switch refuses.
import { testRows } from './row-test.ts';
import { enableFaults } from './rows/enable.ts';
import { refusalFaults } from './rows/refusals.ts';
import { registrationFaults } from './rows/registration.ts';
import { trialFaults } from './rows/trial.ts';

testRows([...refusalFaults, ...registrationFaults, ...enableFaults, ...trialFaults]);
