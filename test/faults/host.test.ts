// Faults of the host, its people and the daemon itself.
import { testRows } from './row-test.ts';
import { hostFileFaults } from './rows/host-files.ts';
import { hostNetworkFaults } from './rows/host-network.ts';
import { hostProbeFaults } from './rows/host-probes.ts';
import { kernelFaults } from './rows/kernel.ts';
import { managerFaults } from './rows/manager.ts';
import { peopleFaults } from './rows/people.ts';
import { takeOverFaults } from './rows/take-over.ts';

testRows([
  ...kernelFaults,
  ...hostProbeFaults,
  ...takeOverFaults,
  ...hostNetworkFaults,
  ...peopleFaults,
  ...managerFaults,
  ...hostFileFaults,
]);
