// What a configuration may say, and what is said about one that may not.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problems.ts';

const problemsOf = (text: string): string => {
  try {
    parseConfig(text, 'f.yaml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
};

test('an APN is all that is needed; the rest has defaults, in milliseconds and bytes', () => {
  expect(parseConfig('connect: { apn: web }', 'f.yaml')).toEqual({
    connect: { apn: { kind: 'list', apns: ['web'] }, 'ip-type': 'ipv4', 'attach-apn': 'keep', 'allow-roaming': true },
    sim: {},
    modem: { match: {} },
    network: { metric: 700, 'default-route': true, 'take-over': 'auto', dns: 'auto', mtu: 'auto' },
    probe: {
      interval: 300_000,
      targets: [{ kind: 'dns' }, { kind: 'tcp', address: '1.1.1.1', port: 443 }, { kind: 'icmp', address: '8.8.8.8' }],
      'dns-name': 'a.root-servers.net',
      'daily-budget': 200_000,
    },
    data: { period: 'month', day: 1, 'at-limit': 'warn' },
    recovery: {
      schedule: [0, 1000, 3000, 10_000, 30_000, 60_000, 120_000],
      'attempts-per-hour': 30,
      'carrier-profile': 'default',
      'boot-spread': 5000,
      'reset-modem': 'auto',
      'usb-reauthorise': 'auto',
      'restart-modemmanager': 'auto',
      trial: 600_000,
      reboot: 'never',
    },
    'on-stop': 'disconnect',
    metrics: { socket: false, signal: false },
    log: { level: 'info' },
  });
});

test.each([
  ['auto', { kind: 'auto' }],
  ['[a, b, a]', { kind: 'list', apns: ['a', 'b'] }],
  ['""', { kind: 'list', apns: [''] }],
  ['internet4gd.gdsp', { kind: 'list', apns: ['internet4gd.gdsp'] }],
])('apn: %s', (written, expected) => {
  expect(parseConfig(`connect: { apn: ${written} }`, 'f.yaml').connect.apn).toEqual(expected);
});

test.each([
  ['carrier-profile: verizon', 4],
  ['carrier-profile: default', 30],
  ['{ carrier-profile: verizon, attempts-per-hour: 12 }', 12],
])('recovery: %s allows %i attempts an hour', (written, expected) => {
  const inner = written.startsWith('{') ? written : `{ ${written} }`;
  const config = parseConfig(`connect: { apn: web }\nrecovery: ${inner}`, 'f.yaml');
  expect(config.recovery['attempts-per-hour']).toBe(expected);
});

test.each([
  ['off', 0],
  ['0', 0],
  ['10s', 10_000],
  ['1.5h', 5_400_000],
])('probe.interval: %s', (written, expected) => {
  expect(parseConfig(`connect: { apn: web }\nprobe: { interval: ${written} }`, 'f.yaml').probe.interval).toBe(expected);
});

test.each([
  ['dns 9.9.9.9', { kind: 'dns', server: '9.9.9.9' }],
  ['tcp [2001:db8::1]:443', { kind: 'tcp', address: '2001:db8::1', port: 443 }],
  ['icmp 2001:db8::1', { kind: 'icmp', address: '2001:db8::1' }],
])('the target %s', (written, expected) => {
  expect(parseConfig(`connect: { apn: web }\nprobe: { targets: ["${written}"] }`, 'f.yaml').probe.targets).toEqual([
    expected,
  ]);
});

test.each([
  ['tls myhub.azure-devices.net:8883', { kind: 'tls', host: 'myhub.azure-devices.net', port: 8883 }],
  ['tls [2001:db8::1]:443', { kind: 'tls', host: '2001:db8::1', port: 443 }],
  ['tcp 10.7.0.1:22', { kind: 'tcp', host: '10.7.0.1', port: 22 }],
  ['https://fleet.example', { kind: 'https', host: 'fleet.example', port: 443, path: '/' }],
  ['https://fleet.example:8443/health', { kind: 'https', host: 'fleet.example', port: 8443, path: '/health' }],
])('the destination %s', (written, expected) => {
  const destinationOf = (value: string) =>
    parseConfig(`connect: { apn: web }\nprobe: { destination: ${value} }`, 'f.yaml').probe.destination;
  expect(destinationOf(JSON.stringify(written))).toEqual([expected]);
  expect(destinationOf(`["tcp 10.7.0.1:1", ${JSON.stringify(written)}]`)?.[1]).toEqual(expected);
});

test.each([
  'tls myhub:8883',
  'tls myhub.azure-devices.net',
  'tls myhub.azure-devices.net:0',
  'tls myhub.azure-devices.net:65536',
  'tls 300.1.1.1:443',
  'tls 127.0.0.1:443',
  'tls [fe80::1%wwan0]:443',
  'tls [fleet.example]:443',
  'http://fleet.example',
  'https://me:secret@fleet.example/',
  'https://fleet.example/?key=secret',
  'https://fleet.example/#there',
  'https://fleet.example/a b',
  'https://fleet.example/\\r\\nHost: other.example',
  'icmp 8.8.8.8',
])('a destination that would never be asked, or holds a secret, is refused: %s', (written) => {
  expect(problemsOf(`connect: { apn: web }\nprobe: { destination: "${written}" }`)).toMatch(/destination: found/);
});

test.each(['https://me:s3cret@fleet.example/', 'https://fleet.example/?key=s3cret'])(
  'what a URL holds of secrets is not quoted in the complaint about it: %s',
  (written) => {
    const problems = problemsOf(`connect: { apn: web }\nprobe: { destination: "${written}" }`);
    expect(problems).toMatch(/not shown/);
    expect(problems).not.toContain('s3cret');
  },
);

test.each([
  ['network: { metric: 4294967295 }', /metric: found 4294967295, allowed a whole number from 1 to 4294947295/],
  ['network: { dns: ["::ffff:192.0.2.1"] }', /dns\[1\]: found "::ffff:192\.0\.2\.1", allowed .*not of the form ::ffff/],
  ['probe: { targets: ["dns fe80::1%wwan0"] }', /targets\[1\]: found "dns fe80::1%wwan0", allowed .*without a zone/],
  ['probe: { targets: ["tcp [::ffff:192.0.2.1]:53"] }', /targets\[1\]: found/],
  [
    `probe: { targets: [${Array(11).fill('dns').join(', ')}] }`,
    /targets: found a list, allowed a list of at most 6 targets/,
  ],
  ['network: { dns: ["fe80::1%wwan0"] }', /dns\[1\]: found "fe80::1%wwan0", allowed an IPv4 or IPv6 address/],
  ['network: { dns: ["::ffff:127.0.0.1"] }', /dns\[1\]/],
  ['probe: { targets: ["icmp 127.0.0.1"] }', /targets\[1\]/],
])('a value that would be accepted and never work is refused: %s', (line, expected) => {
  expect(problemsOf(`connect: { apn: web }\n${line}`)).toMatch(expected);
});

test('a section whose keys are all commented out is the same as none', () => {
  expect(parseConfig('connect:\n  apn: web\nsim:\nmodem:\n  match:\nlog:\n', 'f.yaml')).toEqual(
    parseConfig('connect: { apn: web }', 'f.yaml'),
  );
});

test('every problem is told at once, with its place, in the order of the file', () => {
  const text = [
    'conect:',
    '  apn: foo',
    'connect:',
    '  ip-typ: ipv4',
    'network: { metric: "700", mtu: 100, level: debug }',
    'probe: { interval: 5 }',
    'recovery: { schedule: [0s, 5], reboot: maybe }',
  ].join('\n');
  expect(problemsOf(text).split('\n')).toEqual([
    "f.yaml:1:1: conect: unknown key; did you mean 'connect'?",
    expect.stringMatching(/^f\.yaml:3:1: connect\.apn: is missing, allowed an APN of letters, digits/),
    "f.yaml:4:3: connect.ip-typ: unknown key; did you mean 'ip-type'?",
    'f.yaml:5:20: network.metric: found "700", allowed a whole number from 1 to 4294947295',
    'f.yaml:5:32: network.mtu: found 100, allowed a whole number from 576 to 9000',
    'f.yaml:5:37: network.level: does not belong here; it is written as log.level',
    expect.stringMatching(/^f\.yaml:6:20: probe\.interval: found 5, allowed off, or a duration with its unit/),
    expect.stringMatching(/^f\.yaml:7:28: recovery\.schedule\[2\]: found 5, allowed a duration with its unit/),
    'f.yaml:7:40: recovery.reboot: found "maybe", allowed never or allowed',
  ]);
});

test.each([
  ['connect: { apn: web }\nconnect: { apn: web2 }', 'f.yaml:2:1: not valid YAML: Map keys must be unique'],
  ['', /^f\.yaml:1:1: connect: is missing/],
  ['- a', /^f\.yaml:1:1: found a list, allowed a section/],
  ['connect: web', /^f\.yaml:1:10: connect: found "web", allowed a section/],
  ['connect: { apn: "a b" }', /^f\.yaml:1:17: connect\.apn: found "a b", allowed an APN/],
  ['connect: { apn: [] }', /connect\.apn: found an empty list/],
  ['connect: { apn: [a, auto] }', /connect\.apn\[2\]: found "auto"/],
  ['connect: { apn: 12345 }', /connect\.apn: found 12345, allowed an APN/],
  [
    'connect: { apn: web, user: 1234 }',
    /connect\.user: found a number without quotes, allowed .*must be written in quotes/,
  ],
  ['connect: { apn: web, password: a, password-file: /b }', /only one of password and password-file/],
  ['connect: { apn: web }\nprobe: { targets: ["tcp example.com:443"] }', /by address and not by name/],
  ['connect: { apn: web }\nnetwork: { dns: [1.2.3] }', /network\.dns\[1\]: found "1\.2\.3", allowed an IPv4 or IPv6/],
  ['connect: { apn: web }\n__proto__: { polluted: true }', /__proto__: unknown key/],
  ['connect: { apn: "a\\u001b[31m" }', /found "a\\u001b\[31m"/],
])('%j is refused', (text, expected) => {
  expect(problemsOf(text)).toMatch(expected);
});

test('a PIN without quotes is a number to YAML, which loses its zeros: the error says what to do', () => {
  const problem = problemsOf('connect: { apn: web }\nsim: { pin: 0123 }');
  expect(problem).toMatch(
    /^f\.yaml:2:13: sim\.pin: found a number without quotes, allowed .*must be written in quotes/,
  );
});

// hunter2 and 987654 stand for the secret; each line is a plausible slip of the hand.
test.each([
  'connect: { apn: web, password: *hunter2 }',
  'connect: { apn: web, password: !hunter2 }',
  'connect: { apn: web, password: @hunter2 }',
  'connect: { apn: web, password: `hunter2 }',
  'connect: { apn: web, password: "a\\hunter2" }',
  'connect: { apn: web, password: %hunter2 }',
  'connect: { apn: web, password:hunter2 }',
  'connect:\n  apn: web\n  password hunter2',
  'connect:\n  apn: web\n  password: |hunter2',
  'connect:\n  apn: web\n  password: hunter2: x',
  'connect:\n  apn: web\n  password: [hunter2',
  "connect:\n  apn: web\n  password: 'hunter2' hunter2",
  'connect:\n  apn: web\n  password: { hunter2: 1 }',
  'connect:\n  apn: web\n  password: "hunter2\\n"',
  'connect: { apn: web }\nsim: { pin: 987654321 }',
  'connect: { apn: web }\nsim: { pin: "98 7654" }',
  'connect: { apn: web }\nsim: { pin:987654 }',
  'connect: { apn: web }\nsim:\n  pin:987654',
  'connect: { apn: web }\nsim: "987654"',
  'connect: { apn: web }\nsim: { "pin 987654": }',
  'connect: { apn: web }\nsim: [987654]',
])('the error about %j does not quote the secret', (text) => {
  const problem = problemsOf(text);
  expect(problem).not.toBe('none');
  expect(problem).not.toMatch(/hunter2|987654|98 7654/);
});

test('a secret prints as [secret], however it is printed', () => {
  const config = parseConfig('connect: { apn: web, password: hunter2 }\nsim: { pin: "1234" }', 'f.yaml');
  expect(`${JSON.stringify(config)}${inspect(config, { depth: 9, showHidden: true })}${config.sim.pin}`).not.toMatch(
    /hunter2|1234/,
  );
  expect(config.connect.password?.reveal()).toBe('hunter2');
  expect(config.sim.pin?.reveal()).toBe('1234');
});

test.each([
  ['500MB', 500e6],
  ['500 MB', 500e6],
  ['1.5GB', 1.5e9],
  ['2GiB', 2 * 1024 ** 3],
])('data.limit: %s', (written, bytes) => {
  expect(parseConfig(`connect: { apn: web }\ndata: { limit: ${written} }`, 'f.yaml').data.limit).toBe(bytes);
});

test.each(['500', '500mb', '0', '0MB', '900kB', '-1GB', '5 gigabytes', 'unlimited', '1,5GB'])(
  'data.limit: %s is refused, with what is allowed',
  (written) => {
    expect(problemsOf(`connect: { apn: web }\ndata: { limit: "${written}" }`)).toBe(
      `f.yaml:2:16: data.limit: found "${written}", allowed a size with its unit, such as 500MB, 1.5GB or 2GiB, at least 1MB`,
    );
  },
);

test.each([
  ['period: year', /data\.period: .*day, week or month/],
  ['day: 32', /data\.day: .*a whole number from 1 to 31/],
  ['at-limit: stop', /data\.at-limit: .*warn, probes-off or disconnect/],
])('data: %s is refused', (written, problem) => {
  expect(problemsOf(`connect: { apn: web }\ndata: { ${written} }`)).toMatch(problem);
});

test('a key that is no text is refused, and Node warns of nothing that quotes it', async () => {
  const said: string[] = [];
  const hear = (warning: Error) => said.push(warning.message);
  process.on('warning', hear);
  expect(() => parseConfig('connect: { apn: web, [hunter2]: x }', 'f.yaml')).toThrow(ConfigError);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  expect(said).toEqual([]);
});

test('a file of another kind with thousands of unknown keys: the first are told, in order, and how many follow', () => {
  const keys = Array.from({ length: 5_000 }, (_, index) => `key${index}: x\n`).join('');
  const told = problemsOf(`connect: { apn: web }\n${keys}`).split('\n');
  expect(told).toHaveLength(31);
  expect(told[0]).toMatch(/^f\.yaml:2:1: key0: unknown key, allowed connect, /);
  expect(told[29]).toMatch(/^f\.yaml:31:1: key29: unknown key, /);
  expect(told[30]).toBe('f.yaml: and 4970 more');
});
