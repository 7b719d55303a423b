// Faults on the carrier's side.
import { testRows } from './row-test.ts';
import { coverageFaults } from './rows/coverage.ts';
import { destinationFaults } from './rows/destination.ts';
import { sessionFaults } from './rows/session.ts';
import { zombieFaults } from './rows/zombies.ts';

testRows([...sessionFaults, ...coverageFaults, ...zombieFaults, ...destinationFaults]);
