// A host that cannot give the link all that it should have: the daemon is online with what there
// is, says what is missing, and leaves the modem alone.

import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import type { World } from '../world/world.ts';
import { connectsSent, expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

const FOLDER = '/run/world/tools';

/** An `ip` in front of the real one, which it runs unless `script` ends it. */
async function standIn(world: World, script: string): Promise<Record<string, string>> {
  await world.files.write(`${FOLDER}/ip`, `#!/bin/sh\n${script}\nPATH=\${PATH#*:} exec ip "$@"\n`, 0o755);
  return { PATH: `${FOLDER}:${process.env.PATH}` };
}

worldTest('a kernel without policy routing: online without rule, and one warning', {}, async ({ world, start }) => {
  const refused = 'echo "RTNETLINK answers: Operation not supported" >&2; echo "Dump terminated" >&2; exit 255';
  const own = `printf "%s\\n" "$input" | PATH=\${PATH#*:} ip "$@"; exit $?`;
  const batch = `input=$(cat); case "$input" in *"rule show"*) ${refused};; esac; ${own}`;
  const env = await standIn(world, `case "$*" in *-batch*) ${batch};; esac`);
  const daemon = await start({ env });
  const { warnings } = await daemon.online();
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/no IPv4 policy routing.* Remedy: .*CONFIG_IP_MULTIPLE_TABLES/),
  ]);
  expect(await daemon.why()).toMatch(/^online .*CONFIG_IP_MULTIPLE_TABLES/);
  expect(await world.ping()).toBe(true);
  expect(await world.ip.rules()).toEqual([]);
  expect(await connectsSent(world)).toBe(1);
  await daemon.stop();
  await expectNothingLeft(world);
});

worldTest('IPv6 switched off on the host: online over IPv4, and the sysctl is named', {}, async ({ world, start }) => {
  await world.modem.setIpv6(true);
  await world.run(['sysctl', '-w', 'net.ipv6.conf.wwan0.disable_ipv6=1']);
  const daemon = await start({ config: 'connect:\n  apn: vzwinternet\n  ip-type: ipv4v6\n' });
  const { warnings } = await daemon.online();
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/Remedy: sysctl -w net\.ipv6\.conf\.wwan0\.disable_ipv6=0/),
  ]);
  expect(await daemon.why()).toMatch(/^online .*disable_ipv6/);
  expect(await world.ping()).toBe(true);
  expect(await connectsSent(world)).toBe(1);
});

worldTest('a route that refuses comes before that of the link: told of with what takes it away', {}, async (given) => {
  const { world, start } = given;
  const route = (verb: string) => world.run(['ip', 'route', verb, 'unreachable', 'default', 'metric', '5']);
  const daemon = await start();
  await daemon.online();
  expect((await route('add')).code).toBe(0);
  await expect
    .poll(() => daemon.why(), { timeout: 30_000 })
    .toMatch(/"unreachable default metric 5" .*ip -4 route del/);
  expect((await route('del')).code).toBe(0);
  await daemon.until('nothing to warn of', ({ warnings }) => warnings.length === 0);
  expect(await connectsSent(world)).toBe(1);
});
