// What applying does when `ip` itself does not play along; what the kernel refuses is in
// test/component/network.
import { expect, test } from 'vitest';
import { applyLink } from '../../../../src/network/link/apply.ts';
import type { WantedLink } from '../../../../src/network/link/wanted-link.ts';
import { CommandError, type CommandRunner } from '../../../../src/system/command.ts';

const wanted: WantedLink = {
  interface: 'wwan0',
  addresses: [{ address: '10.64.3.9', prefixLength: 32 }],
  defaultRoute: true,
  metric: 700,
};
const bare = '[{"ifname":"wwan0","flags":["UP"],"mtu":1500,"addr_info":[]}]\n[]\n';
const signal = new AbortController().signal;

/**
 * An `ip` whose reading is always `reading` and whose every write fails or succeeds as `write`
 * says.
 */
function ip(write: (input: string) => string | undefined, reading = bare): CommandRunner & { written: string[] } {
  const written: string[] = [];
  return {
    written,
    run: (argv, { input = '' }) => {
      if (input.startsWith('rule show')) return Promise.resolve('[]\n');
      if (argv.includes('-json')) return Promise.resolve(reading);
      const stderr = write(input);
      written.push(input);
      return stderr === undefined ? Promise.resolve('') : Promise.reject(new CommandError(argv, 1, stderr));
    },
    follow: () => Promise.reject(new Error('not asked for')),
  };
}

test('a line that the link cannot do without is tried twice, and then named', async () => {
  const runner = ip(() => 'RTNETLINK answers: Operation not permitted\nCommand failed -:1\n');
  const failed = applyLink({ commands: runner, wanted, signal });
  await expect(failed).rejects.toMatchObject({ reason: 'refused', what: 'wwan0' });
  await expect(failed).rejects.toThrow(
    /cannot configure wwan0: .*"ip address add 10\.64\.3\.9\/32.*Operation not permitted/,
  );
  expect(runner.written.filter((input) => input.includes('address add')).length).toBe(2);
});

test('an ip that dies without naming a line is told apart from a kernel that refuses', async () => {
  const runner = ip(() => 'Killed');
  await expect(applyLink({ commands: runner, wanted, signal })).rejects.toMatchObject({ reason: 'ip-failed' });
});

test('output that is not JSON says which iproute2 is needed', async () => {
  const runner = ip(() => undefined, '1: lo: <LOOPBACK> mtu 65536\n');
  await expect(applyLink({ commands: runner, wanted, signal })).rejects.toMatchObject({
    reason: 'ip-failed',
    remedy: expect.stringMatching(/iproute2 4\.18/),
  });
});

test('a kernel that is changed back each time is not fought with in one go', async () => {
  const runner = ip(() => undefined);
  expect((await applyLink({ commands: runner, wanted, signal })).changed[0]).toBe('address add 10.64.3.9/32 dev wwan0');
  expect(runner.written.length).toBe(1);
});

test('nothing absurd reaches ip', async () => {
  const runner = ip(() => undefined);
  await expect(
    applyLink({ commands: runner, wanted: { ...wanted, interface: 'wwan0; reboot' }, signal }),
  ).rejects.toMatchObject({
    reason: 'invalid',
  });
  expect(runner.written).toEqual([]);
});

test('that no rule looks into the main table, which has our default route, is told with the command', async () => {
  const { warnings } = await applyLink({ commands: ip(() => undefined), wanted, signal });
  const remedy = expect.stringContaining('rule add from all lookup main pref 32766');
  expect(warnings).toEqual([expect.objectContaining({ code: 'main-table-ignored', remedy })]);
  const withIt = ip(() => undefined, `${bare}[{"priority":32766,"src":"all","table":"main"}]\n`);
  expect((await applyLink({ commands: withIt, wanted, signal })).warnings).toEqual([]);
});

test('an interface that somebody has put into a bridge is told, with the bridge', async () => {
  const enslaved = '[{"ifname":"wwan0","flags":["UP"],"mtu":1500,"master":"br0","addr_info":[]}]\n[]\n';
  const reading = `${enslaved}[{"priority":32766,"src":"all","table":"main"}]\n`;
  const { warnings } = await applyLink({ commands: ip(() => undefined, reading), wanted, signal });
  const remedy = expect.stringContaining('ip link set wwan0 nomaster');
  expect(warnings).toEqual([
    expect.objectContaining({ text: expect.stringContaining('wwan0 is a port of br0'), remedy }),
  ]);
});
