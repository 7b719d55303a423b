// Runs inside a test's namespaces: who else manages wwan0?
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { findRivals } from '../../../src/network/conflicts/rivals.ts';
import { systemClock } from '../../../src/system/clock.ts';

let text = '';
for await (const chunk of process.stdin) text += chunk;
const { address } = JSON.parse(text) as { address: string };
const bus = await openSystemBus({ address, clock: systemClock });
const rivals = await findRivals({ bus, interface: 'wwan0', ports: [], signal: new AbortController().signal });
process.stdout.write(JSON.stringify(rivals));
bus.close();
