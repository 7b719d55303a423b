// Runs inside a test's namespaces: applies or clears the link's name servers as the daemon would.
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { handOver, NOTHING_HANDED_OVER, takeBack } from '../../../src/network/dns/hand-over.ts';
import type { WantedDns } from '../../../src/network/dns/wanted-dns.ts';
import { WrittenFiles } from '../../../src/network/dns/written-files.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { hostCommands } from '../../../src/system/command.ts';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const { address, apply, clear } = JSON.parse(text) as { address?: string; apply?: WantedDns; clear?: string };
const signal = new AbortController().signal;
const bus = address === undefined ? undefined : await openSystemBus({ address, clock: systemClock });
const host = { runner: hostCommands, bus, root: '', written: new WrittenFiles() };
const outcome = apply && (await handOver(host, apply, NOTHING_HANDED_OVER, signal));
if (clear !== undefined) await takeBack(host, clear, NOTHING_HANDED_OVER, signal);
process.stdout.write(JSON.stringify(outcome === undefined ? {} : { ...outcome.decision, changed: outcome.changed }));
bus?.close();
