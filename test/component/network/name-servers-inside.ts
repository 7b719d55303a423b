// Runs inside a test's namespaces: keeps the link's name servers handed over until its input ends,
// then takes them back. Its log goes to standard output.
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { NameServers } from '../../../src/network/dns/name-servers.ts';
import { WrittenFiles } from '../../../src/network/dns/written-files.ts';
import { KernelEvents } from '../../../src/network/link/monitor.ts';
import { isPreferred, readUplinks } from '../../../src/network/uplinks.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { hostCommands } from '../../../src/system/command.ts';
import { openLog } from '../../../src/system/log.ts';

const [address = ''] = process.argv.slice(2);
const stop = new AbortController();
const { signal } = stop;
const { log } = openLog({ level: 'info', journald: false });
const bus = await openSystemBus({ address, clock: systemClock });
const nameServers = new NameServers({
  runner: hostCommands,
  bus,
  root: '',
  written: new WrittenFiles(),
  clock: systemClock,
  log,
  warn: (found) => log.warn({ texts: found.map(({ text }) => text) }, 'warnings'),
  isPreferred: async (name, own) => isPreferred(await readUplinks(hostCommands, own), name),
  lastInterface: () => 'wwan0',
});
await nameServers.apply({ interface: 'wwan0', servers: ['198.51.100.53'] }, signal);
const kernel = new KernelEvents({ commands: hostCommands, clock: systemClock, onTrouble: () => {} });
kernel.listen({ kind: 'uplinks' }, () => nameServers.reconsider(), signal);
void kernel.run(signal);
process.stdin.on('end', async () => {
  await nameServers.apply(undefined, signal);
  stop.abort();
  bus.close();
});
process.stdin.resume();
