// Runs inside a test's namespace: follows the lease of wwan0 and applies it as a link; prints what
// happens as lines of JSON, until its input ends.

import { followDhcp } from '../../../src/network/dhcp/dhcp.ts';
import { applyLink, sweep } from '../../../src/network/link/apply.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { hostCommands } from '../../../src/system/command.ts';

const [path = '', folder = ''] = process.argv.slice(2);
const stop = new AbortController();
process.stdin.on('end', () => stop.abort()).resume();
const { signal } = stop;
const print = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
await followDhcp({
  commands: hostCommands,
  clock: systemClock,
  interface: 'wwan0',
  path,
  folders: [folder],
  onNews: (level, message, fields) => print({ level, message, ...fields }),
  onLost: (why) => print({ lost: why }),
  onLease: (lease) => {
    print({ lease });
    const { address, prefixLength, gateway, mtu } = lease;
    const addresses = [{ address, prefixLength }];
    const wanted = { interface: 'wwan0', addresses, gateway4: gateway, mtu, defaultRoute: true, metric: 700 };
    applyLink({ commands: hostCommands, wanted, signal }).then(
      ({ changed }) => print({ changed: changed.length }),
      (error: unknown) => print({ trouble: String(error) }),
    );
  },
  signal,
}).catch((error: unknown) => print({ failed: String(error) }));
await sweep({ commands: hostCommands, signal: new AbortController().signal });
