// The table of faults: every row, in the order in which it is printed.

import type { Fault } from './fault.ts';
import { coverageFaults } from './rows/coverage.ts';
import { destinationFaults } from './rows/destination.ts';
import { deviceFaults } from './rows/devices.ts';
import { enableFaults } from './rows/enable.ts';
import { hostFileFaults } from './rows/host-files.ts';
import { hostNetworkFaults } from './rows/host-network.ts';
import { hostProbeFaults } from './rows/host-probes.ts';
import { kernelFaults } from './rows/kernel.ts';
import { managerFaults } from './rows/manager.ts';
import { modemFaults } from './rows/modem.ts';
import { modemManagerFaults } from './rows/modem-manager.ts';
import { peopleFaults } from './rows/people.ts';
import { refusalFaults } from './rows/refusals.ts';
import { registrationFaults } from './rows/registration.ts';
import { sessionFaults } from './rows/session.ts';
import { simFaults } from './rows/sim.ts';
import { simStateFaults } from './rows/sim-states.ts';
import { takeOverFaults } from './rows/take-over.ts';
import { trialFaults } from './rows/trial.ts';
import { zombieFaults } from './rows/zombies.ts';

export const faults: readonly Fault[] = [
  ...sessionFaults,
  ...refusalFaults,
  ...coverageFaults,
  ...registrationFaults,
  ...enableFaults,
  ...modemManagerFaults,
  ...modemFaults,
  ...deviceFaults,
  ...kernelFaults,
  ...hostNetworkFaults,
  ...hostProbeFaults,
  ...takeOverFaults,
  ...zombieFaults,
  ...destinationFaults,
  ...peopleFaults,
  ...simFaults,
  ...simStateFaults,
  ...managerFaults,
  ...trialFaults,
  ...hostFileFaults,
];
