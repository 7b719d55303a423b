// Runs inside a test's namespace (node, not vitest): one probing round with the options on standard input, the result on standard output.
import { readCounters } from '../../../src/network/reachability/counters.ts';
import { type ProbeOptions, proveReachable } from '../../../src/network/reachability/probe/probe.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { hostCommands } from '../../../src/system/command.ts';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const options = JSON.parse(text) as Pick<
  ProbeOptions,
  'addresses' | 'dnsServers' | 'targets' | 'memory' | 'deadlineMs' | 'overlapMs'
>;
const signal = new AbortController().signal;
// Inside a network namespace /sys still shows the host's interfaces: the counters are read from where the namespace's are mounted, if anywhere.
const root = process.env.SYSFS_ROOT;
const receivedBytes = root === undefined ? undefined : async () => (await readCounters('wwan0', root))?.rxBytes;
const result = await proveReachable({ ...options, runner: hostCommands, clock: systemClock, receivedBytes, signal });
process.stdout.write(JSON.stringify(result));
