// Runs inside a test's namespace (node, not vitest): one probing round with the options on standard
// input, the result on standard output.
import { readCounters } from '../../../src/network/reachability/counters.ts';
import { type ProbeOptions, proveReachable } from '../../../src/network/reachability/probe/probe.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { hostCommands } from '../../../src/system/command.ts';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const options = JSON.parse(text) as Pick<
  ProbeOptions,
  'addresses' | 'dnsServers' | 'targets' | 'memory' | 'deadlineMs'
>;
const signal = new AbortController().signal;
const counters = () => readCounters('wwan0');
const ports = { commands: hostCommands, clock: systemClock, interface: 'wwan0', counters, signal };
process.stdout.write(JSON.stringify(await proveReachable({ ...options, ...ports })));
