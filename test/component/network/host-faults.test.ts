// A host, a kernel or a carrier that does not play along: what can be had of the link is there, and
// the rest is said.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { applyLink, sweep } from '../../../src/network/link/apply.ts';
import type { WantedLink } from '../../../src/network/link/wanted-link.ts';
import { warningSentence } from '../../../src/status/why.ts';
import type { CommandRunner } from '../../../src/system/command.ts';
import { heldBy } from './held.ts';
import { type Namespace, openPair, type Pair } from './namespace.ts';

const signal = new AbortController().signal;
const ipv4: WantedLink = {
  interface: 'wwan0',
  addresses: [{ address: '100.112.107.46', prefixLength: 24 }],
  gateway4: '100.112.107.1',
  defaultRoute: true,
  metric: 700,
};
const both: WantedLink = {
  ...ipv4,
  addresses: [...ipv4.addresses, { address: '2001:db8:7::46', prefixLength: 64 }],
  gateway6: '2001:db8:7::1',
};

let pair: Pair;
let device: Namespace;

beforeEach(async () => {
  pair = await openPair();
  device = pair.device;
  await device.ip('link set wwan0 address 02:00:00:00:00:01 arp off');
});
afterEach(() => pair.end());

async function apply(wanted: WantedLink, runner: CommandRunner = device.runner) {
  const applied = await applyLink({ commands: runner, wanted, signal });
  // Whatever is refused is refused again, and nothing else changes.
  expect((await applyLink({ commands: runner, wanted, signal })).changed).toEqual([]);
  return applied;
}

const main4 = 'route default - wwan0 main 77 100.112.107.46 700';

/**
 * The namespace with an `ip` first in PATH that runs `script` (its arguments are ip's) and then,
 * unless that exits, the real one.
 */
function withIp(script: string): CommandRunner {
  const folder = mkdtempSync(join(tmpdir(), 'ip-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ip'), `#!/bin/sh\n${script}\nPATH=\${PATH#*:} exec ip "$@"\n`);
  chmodSync(join(folder, 'ip'), 0o755);
  const path = `PATH=${folder}:${process.env.PATH}`;
  return { ...device.runner, run: (argv, options) => device.runner.run(['env', path, ...argv], options) };
}

/**
 * Makes a batch of that family refuse the lines that match, as `ip -force` does, and run the
 * others.
 */
function refusing(pattern: string, family: string, words: string): string {
  return `case "$*" in *${family}*-batch*)
    lines=$(cat); printf '%s\\n' "$lines" | grep -v '${pattern}' | PATH=\${PATH#*:} ip "$@"
    for n in $(printf '%s\\n' "$lines" | grep -n '${pattern}' | cut -d: -f1); do
      echo "RTNETLINK answers: ${words}" >&2; echo "Command failed -:$n" >&2; refused=1
    done
    exit \${refused:-0};; esac`;
}

describe('a kernel without policy routing', () => {
  // As iproute2 6.1 says it on such a kernel. Without a family, `ip` shows the rules of IPv4.
  const rules = (
    family: '4' | '6',
    words: string,
  ) => `case "$*" in ${family === '4' ? '*-6*);; ' : ''}*${family === '6' ? '-6*' : ''}-json*-batch*)
    lines=$(cat)
    case $lines in *rule*) echo "RTNETLINK answers: ${words}" >&2; echo "Dump terminated" >&2; exit 255;; esac
    printf '%s\\n' "$lines" | PATH=\${PATH#*:} ip "$@"; exit;; esac`;

  test('for IPv4 and IPv6: the link works without rule and table, and the options are named', async () => {
    const words = 'Operation not supported';
    const { warnings, link } = await apply(both, withIp(`${rules('4', words)}\n${rules('6', words)}`));
    const held = await heldBy(device);
    expect(held).toContain(main4);
    expect(held).toContain('route default - wwan0 main 77 2001:db8:7::46 700');
    expect(held).not.toMatch(/7700/);
    expect(link.addresses).toEqual(both.addresses);
    expect(warnings.map(warningSentence)).toEqual([
      expect.stringMatching(/no IPv4 policy routing.*LTE cannot be probed. Remedy: .*CONFIG_IP_MULTIPLE_TABLES/),
      expect.stringMatching(/no IPv6 policy routing.*CONFIG_IPV6_MULTIPLE_TABLES/),
    ]);
  });

  test('for IPv6 alone: IPv4 is complete, and IPv6 does without its rule', async () => {
    const { warnings } = await apply(both, withIp(rules('6', 'Address family not supported by protocol')));
    const held = await heldBy(device);
    expect(held).toContain('rule -4 30770 100.112.107.46 7700');
    expect(held).toContain('route default - wwan0 main 77 2001:db8:7::46 700');
    expect(held).not.toMatch(/rule -6 30770/);
    expect(warnings.map(warningSentence)).toEqual([expect.stringMatching(/CONFIG_IPV6_MULTIPLE_TABLES/)]);
  });

  test('that only shows when a rule is added: the link works without it', async () => {
    const ip = withIp(refusing('^rule add', '-6', 'Address family not supported by protocol'));
    const { warnings, link } = await applyLink({ commands: ip, wanted: both, signal });
    expect(await heldBy(device)).toContain('rule -4 30770 100.112.107.46 7700');
    expect(link.addresses).toEqual(both.addresses);
    expect(warnings.map(warningSentence)).toEqual([
      expect.stringMatching(/rule add from 2001:db8:7::46.*CONFIG_IPV6_MULTIPLE_TABLES/),
    ]);
  });

  test('what was set up without rules is removed without them', async () => {
    const words = 'Operation not supported';
    const ip = withIp(`${rules('4', words)}\n${rules('6', words)}`);
    await applyLink({ commands: ip, wanted: both, signal });
    await sweep({ commands: ip, signal });
    expect(await heldBy(device)).not.toMatch(/ 77 |address wwan0/);
  });
});

describe('IPv6 that this host does not have', () => {
  const disabled = 'net.ipv6.conf.wwan0.disable_ipv6';

  test('switched off by sysctl: IPv4 works, and the sysctl is named', async () => {
    await device.output('sysctl', '-w', `${disabled}=1`);
    const { warnings, link } = await apply(both);
    expect(await heldBy(device)).toContain(main4);
    expect(link.addresses).toEqual(ipv4.addresses);
    expect(warnings.map(warningSentence)).toEqual([
      expect.stringMatching(/IPv4 works alone. Remedy: sysctl -w net\.ipv6\.conf\.wwan0\.disable_ipv6=0/),
    ]);
    await device.output('sysctl', '-w', `${disabled}=0`);
    expect((await applyLink({ commands: device.runner, wanted: both, signal })).warnings).toEqual([]);
    expect(await heldBy(device)).toContain('route default - wwan0 main 77 2001:db8:7::46 700');
  });

  test('and the carrier gives nothing else: the link fails, with the words of the kernel', async () => {
    await device.output('sysctl', '-w', `${disabled}=1`);
    const ipv6 = { ...both, addresses: both.addresses.slice(1) };
    await expect(apply(ipv6)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/IPv6 is disabled/),
    });
  });
});

test('an address that another interface has is used without a rule, and never touched there', async () => {
  await device.ip(
    'link add eth0 type veth peer name lan',
    'link set eth0 up',
    'address add 100.112.107.46/24 dev eth0',
  );
  const { warnings } = await apply(ipv4);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/^100\.112\.107\.46 .*eth0 has it too.*Remedy: give eth0 another address/),
  ]);
  const held = await heldBy(device);
  expect(held).toContain('address eth0 100.112.107.46/24');
  expect(held).toContain(main4);
  expect(held).not.toContain('rule -4 30770');
  await sweep({ commands: device.runner, signal });
  expect(await heldBy(device)).toContain('address eth0 100.112.107.46/24');
});

test('an address that another interface gets while the link is up loses its rule', async () => {
  await apply(ipv4);
  await device.ip(
    'link add eth0 type veth peer name lan',
    'link set eth0 up',
    'address add 100.112.107.46/24 dev eth0',
  );
  await apply(ipv4);
  expect(await heldBy(device)).not.toContain('rule -4 30770');
  expect(await heldBy(device)).toContain('address eth0 100.112.107.46/24');
});

test.each([
  ['8.8.4.1', 1, '0.0.0.0/1'],
  ['8.8.4.1', 7, '8.0.0.0/7'],
  ['2001:db8::1', 3, '2000::/3'],
  ['2001:db8::1', 47, '2001:db8::/47'],
])('%s/%i: no route takes the traffic of other links', async (address, prefixLength, network) => {
  await apply({ ...ipv4, addresses: [{ address, prefixLength }], gateway6: undefined });
  const held = await heldBy(device);
  expect(held).toMatch(new RegExp(`route default - wwan0 main 77 ${address} 700`));
  expect(held).not.toContain(network);
});

test.each([
  ['a foreign address with a peer', 'address add 10.9.9.1 peer 10.9.9.2/32 dev wwan0', '10.9.9.1'],
  ['our address with a peer', 'address add 100.112.107.46 peer 10.9.9.2/32 dev wwan0', '10.9.9.2'],
  ['our IPv6 address with another prefix length', 'address add 2001:db8:7::46/64 dev wwan0 nodad', '2001:db8:7::46/64'],
])('%s is put right', async (_, line, gone) => {
  await device.ip('link set wwan0 up', line);
  const { warnings } = await apply(both);
  expect(warnings).toEqual([]);
  expect(await heldBy(device)).not.toContain(gone);
  expect(await heldBy(device)).toContain('address wwan0 2001:db8:7::46/128');
  expect(await heldBy(device)).toContain('address wwan0 100.112.107.46/32');
});

test('an MTU beyond what the driver takes costs only the MTU', async () => {
  // A tap device takes 65521 bytes.
  await device.ip('link delete wwan0', 'tuntap add dev wwan0 mode tap', 'link set wwan0 arp off');
  const { warnings } = await apply({ ...ipv4, mtu: 65_535 });
  const held = await heldBy(device);
  expect(held).toMatch(/^wwan0 up mtu 1500$/m);
  expect(held).toContain(main4);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/mtu 65535.*its MTU stays 1500. Remedy: network\.mtu: 1500/),
  ]);
});

test('a deletion that the kernel refuses costs nothing', async () => {
  await device.ip('link set wwan0 up', 'address add 10.9.9.9/32 dev wwan0');
  const ip = withIp(refusing('^address delete', '-4', 'Operation not permitted'));
  const { warnings, link } = await applyLink({ commands: ip, wanted: ipv4, signal });
  expect(await heldBy(device)).toContain(main4);
  expect(link.addresses).toEqual(ipv4.addresses);
  expect(warnings.map(warningSentence)).toEqual([
    expect.stringMatching(/"ip -4 .*" was refused \(.*Operation not permitted\).*Remedy: /),
  ]);
});

test('an interface with the name that udev gives is set up like any other, and swept after it was renamed', async () => {
  await device.ip('link set wwan0 name wwp0s20f0u4i4');
  await apply({ ...ipv4, interface: 'wwp0s20f0u4i4' });
  expect(await heldBy(device)).toContain('route default - wwp0s20f0u4i4 main 77 100.112.107.46 700');
  await device.ip('link set wwp0s20f0u4i4 down', 'link set wwp0s20f0u4i4 name lte0', 'link set lte0 up');
  await expect(
    applyLink({ commands: device.runner, wanted: { ...ipv4, interface: 'wwp0s20f0u4i4' }, signal }),
  ).rejects.toMatchObject({ reason: 'no-interface' });
  expect(await heldBy(device)).not.toMatch(/ 77 |7700|address lte0/);
});

test('the largest metric that the configuration allows leaves room for the penalty of a dead link', async () => {
  await apply({ ...both, metric: 4_294_947_295 + 20_000 });
  expect(await heldBy(device)).toContain('route default - wwan0 main 77 100.112.107.46 4294967295');
});
