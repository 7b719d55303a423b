// When the path of a link is measured, and whom it is measured with. The host's ping is the test's.
import { expect, test } from 'vitest';
import type { Link } from '../../../../src/connection/connection.ts';
import type { ProbeTarget } from '../../../../src/network/reachability/probe/attempt.ts';
import { MtuMeter } from '../../../../src/runner/link-keeper/measure-mtu.ts';
import type { Happening } from '../../../../src/runner/runner.ts';
import { CommandError } from '../../../../src/system/command.ts';
import { online } from '../../connection/builders.ts';
import { silentLog } from '../../silent-log.ts';
import { SteppedClock } from '../../stepped-clock.ts';

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

function linkOf(changes: Partial<Link> = {}): Link {
  const { link } = online();
  if (link === undefined) throw new Error('no link');
  const { mtuSettled: _, ...unsettled } = link;
  return { ...unsettled, wanted: { ...link.wanted, mtu: 1428 }, ...changes };
}

/** A meter over a path that carries `carries` bytes; 0: nobody answers. */
function metering(carries: number, targets: readonly ProbeTarget[] = []) {
  const clock = new SteppedClock();
  const asked: string[] = [];
  const told: Happening[] = [];
  const path = { carries };
  const run = (argv: readonly string[]): Promise<string> => {
    if (argv[0] !== 'ping') return Promise.resolve('');
    if (argv.includes('probe')) return Promise.reject(new CommandError(argv, 2, 'ping: invalid -M argument: probe'));
    asked.push(argv.at(-1) ?? '');
    const size = Number(argv[argv.indexOf('-s') + 1]) + 28;
    return size <= path.carries ? Promise.resolve('') : Promise.reject(new CommandError(argv, 1, ''));
  };
  const meter = new MtuMeter({
    commands: { run, follow: () => Promise.resolve(undefined) },
    clock,
    log: silentLog,
    isQuiet: () => false,
    targets: () => targets,
  });
  const measure = (link: Link) => meter.measure(link, (what) => told.push(what), never);
  return { clock, asked, told, path, measure };
}

test('a path that carries what the link says is told so, after one question', async () => {
  const { measure, asked, told } = metering(1500);
  await measure(linkOf());
  expect(told).toEqual([{ kind: 'pathMtuMeasured', asked: 1428, mtu: 1428 }]);
  expect(asked).toHaveLength(1);
});

test('a path with a black hole above 1380 is told as 1380', async () => {
  const { measure, told } = metering(1380);
  await measure(linkOf());
  expect(told).toEqual([{ kind: 'pathMtuMeasured', asked: 1428, mtu: 1380 }]);
});

test('a path that is known, and a link without an address, are not measured', async () => {
  const { measure, asked } = metering(1500);
  await measure(linkOf({ mtuSettled: true }));
  const link = linkOf();
  await measure({ ...link, wanted: { ...link.wanted, addresses: [] } });
  expect(asked).toEqual([]);
});

test('where nobody answers it is not tried again for six hours, at another APN it is', async () => {
  const { measure, asked, told, clock, path } = metering(0);
  await measure(linkOf({ apn: 'one' }));
  expect(told).toEqual([]);
  path.carries = 1500;
  const before = asked.length;
  await clock.step(5 * HOUR_MS);
  await measure(linkOf({ apn: 'one' }));
  expect(asked).toHaveLength(before);
  await measure(linkOf({ apn: 'two' }));
  expect(asked).toHaveLength(before + 1);
  await clock.step(HOUR_MS);
  await measure(linkOf({ apn: 'one' }));
  expect(told).toHaveLength(2);
});

test('whom a person named for probes is asked first, and the carrier’s own servers last', async () => {
  const { measure, asked } = metering(0, [
    { kind: 'dns' },
    { kind: 'tcp', address: '192.0.2.2', port: 443 },
    { kind: 'icmp', address: '192.0.2.1' },
  ]);
  await measure(linkOf({ carrierDns: ['10.0.0.53', '192.0.2.1'] }));
  expect([...new Set(asked)]).toEqual(['192.0.2.1', '192.0.2.2', '10.0.0.53']);
});
