// What applying does when the kernel or somebody else does not play along; the ordinary cases run against the kernel itself (test/component).
import { expect, test } from 'vitest';
import { applyLink } from '../../../../src/network/link/apply.ts';
import type { WantedLink } from '../../../../src/network/link/wanted-link.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

const wanted: WantedLink = {
  interface: 'wwan0',
  mtu: 9_000,
  addresses: [{ address: '10.64.3.9', prefixLength: 32 }],
  defaultRoute: true,
  metric: 700,
};
const bare =
  '[{"ifname":"wwan0","flags":["UP"],"mtu":1500,"addr_info":[]}]\n[]\n[{"priority":0,"src":"all","table":"local"}]\n';
const signal = new AbortController().signal;

/** An `ip` whose reading is always `bare` and whose every write fails or succeeds as `write` says. */
function ip(write: (input: string) => string | undefined, reading = bare): CommandRunner & { written: string[] } {
  const written: string[] = [];
  return {
    written,
    run: (argv, { input = '' }) => {
      if (argv.includes('-6')) return Promise.resolve('[]\n');
      if (argv.includes('-json')) return Promise.resolve(reading);
      const stderr = write(input);
      written.push(input);
      return stderr === undefined ? Promise.resolve('') : Promise.reject(new CommandError(argv, 1, stderr));
    },
    follow: () => Promise.reject(new Error('not asked for')),
  };
}

test('an MTU that the driver refuses costs only the MTU', async () => {
  const runner = ip((input) =>
    input.includes('mtu') ? 'Error: mtu greater than device maximum.\nCommand failed -:1\n' : undefined,
  );
  const { changed, skipped } = await applyLink({ runner, wanted, signal });
  expect(skipped).toEqual(['link set dev wwan0 mtu 9000']);
  expect(changed[0]).toBe('address add 10.64.3.9/32 dev wwan0 noprefixroute');
});

test('a line that the kernel refuses twice is named', async () => {
  const runner = ip(() => 'RTNETLINK answers: Operation not permitted\nCommand failed -:1\n');
  const failed = applyLink({ runner, wanted: { ...wanted, mtu: undefined }, signal });
  await expect(failed).rejects.toMatchObject({ reason: 'failed', what: 'wwan0' });
  await expect(failed).rejects.toThrow(
    /cannot configure wwan0: .*address add 10\.64\.3\.9\/32.*Operation not permitted/,
  );
  expect(runner.written.length).toBe(3);
});

test('output that is not JSON says which iproute2 is needed', async () => {
  const runner = ip(() => undefined, '1: lo: <LOOPBACK> mtu 65536\n');
  await expect(applyLink({ runner, wanted, signal })).rejects.toThrow(/iproute2 4\.17/);
});

test('nothing absurd reaches ip', async () => {
  const runner = ip(() => undefined);
  await expect(applyLink({ runner, wanted: { ...wanted, interface: 'wwan0; reboot' }, signal })).rejects.toMatchObject({
    reason: 'invalid',
  });
  expect(runner.written).toEqual([]);
});
