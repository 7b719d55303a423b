// Profiles: which SIM has which, and what a profile makes of the configuration.
import { expect, test } from 'vitest';
import { inProfile, readConfig } from '../../../src/config/load.ts';
import type { ConfigError } from '../../../src/config/problems.ts';
import { profileFor } from '../../../src/config/profiles.ts';
import { file, folder } from './config-folder.ts';

const read = (text: string, mode?: number) => readConfig(file('c.yaml', text, mode), {});
const refusal = (text: string, mode?: number): Promise<string> =>
  read(text, mode).then(
    () => 'none',
    (error: ConfigError) => error.message.replaceAll(`${folder}/`, ''),
  );

const TWO = `connect: { apn: base, ip-type: ipv4v6, user: u }
network: { metric: 800 }
profiles:
  - name: german
    match: { operator: "26201" }
    connect: { apn: internet.telekom }
  - name: iot
    match: { iccid-prefix: "8988228", operator: "90140" }
    connect:
      apn: iot.1nce.net
      user: v
`;

test('a profile changes what it names of connect, and nothing else', async () => {
  const german = inProfile(await read(TWO), 'german');
  expect(german).toMatchObject({
    profile: 'german',
    config: {
      connect: { apn: { apns: ['internet.telekom'] }, 'ip-type': 'ipv4v6', user: 'u' },
      network: { metric: 800 },
    },
    written: { connect: { apn: 'internet.telekom', user: 'u' } },
  });
  expect([german.placeOf(['connect', 'apn']), german.placeOf(['connect', 'user'])]).toEqual(['line 6', 'line 1']);
  const back = inProfile(german, '');
  expect([back.profile, back.config.connect.apn]).toEqual(['', { kind: 'list', apns: ['base'] }]);
  expect(inProfile(german, 'gone').profile).toBe('');
});

test.each<[string, string, string, string | undefined]>([
  ['the home operator', '89490200001234567890', '26201', 'german'],
  ['both, where both are asked for', '89882280000000000001', '90140', 'iot'],
  ['one of the two that its IMSI may begin with', '8949', '262011 26201', 'german'],
  ['not one of two', '89882280000000000001', '90128', ''],
  ['none', '89148000000000000006', '311480', ''],
  ['not yet: a locked SIM hides its operator', '89148000000000000006', '', undefined],
  ['not yet: the SIM tells nothing', '', '', undefined],
])('the profile of a SIM by %s', async (_, iccid, operator, expected) => {
  expect(profileFor(await read(TWO), { iccid, operators: operator === '' ? [] : operator.split(' ') })).toBe(expected);
});

test('the first that fits is used', async () => {
  const one = (name: string) => `{ name: ${name}, match: { iccid-prefix: "8949" }, connect: { apn: ${name} } }`;
  const both = await read(`connect: { apn: base }\nprofiles: [${one('one')}, ${one('two')}]`);
  expect(profileFor(both, { iccid: '89490200001234567890', operators: [] })).toBe('one');
});

test.each<[string, string, RegExp]>([
  [
    'an unknown key',
    '{ name: a, match: { operatr: "26201" }, connect: {} }',
    /profiles\[1\]\.match\.operatr: unknown key; did you mean 'operator'/,
  ],
  [
    'a number without quotes',
    '{ name: a, match: { operator: 26201 }, connect: {} }',
    /profiles\[1\]\.match\.operator: .*must be written in quotes/,
  ],
  [
    'a match that says nothing',
    '{ name: a, match: {}, connect: {} }',
    /profiles\[1\]\.match: .*iccid-prefix, operator or both/,
  ],
  ['a PIN', '{ name: a, match: { operator: "26201" }, sim: { pin: "1234" }, connect: {} }', /profiles\[1\]\.sim: /],
  [
    'a wrong value',
    '{ name: a, match: { operator: "26201" }, connect: { ip-type: v4 } }',
    /profiles\[1\]\.connect\.ip-type: found "v4"/,
  ],
  [
    'two names that are one',
    '{ name: a, match: { operator: "26201" }, connect: {} }, { name: a, match: { operator: "26202" }, connect: {} }',
    /profiles\[2\]\.name: .*a name of its own/,
  ],
])('%s in a profile is told, with its place', async (_, profile, expected) => {
  expect(await refusal(`connect: { apn: base }\nprofiles: [${profile}]`)).toMatch(expected);
});

test('a key that a profile lacks is told where the profile stands; a list of none is the same as no list', async () => {
  expect(
    await refusal(
      'connect: { apn: base }\nprofiles:\n  - { name: a, match: { operator: "26201" }, connect: {} }\n  - name: b\n',
    ),
  ).toMatch(/^c\.yaml:4:5: profiles\[2\]\.match: is missing/);
  expect((await read('connect: { apn: base }\nprofiles:\n#  - name: a\n')).profiles).toEqual([]);
});

test('an ICCID is not quoted when it is wrong', async () => {
  const text =
    'connect: { apn: b }\nprofiles: [{ name: a, match: { iccid-prefix: "894902000012345678901" }, connect: {} }]';
  expect(await refusal(text)).not.toContain('8949');
});

test('a password of a profile needs mode 0600, and takes the place of the password-file', async () => {
  const text = `connect: { apn: b, password-file: ${file('password', 'hunter1')} }
profiles:
  - name: a
    match: { operator: "26201" }
    connect: { password: hunter2 }
`;
  expect(await refusal(text, 0o644)).toBe(
    'c.yaml:5:26: profiles[1].connect.password: others can read this secret (mode 0644); run: chmod 600 c.yaml',
  );
  const both = await read(text);
  expect(both.config.connect.password?.reveal()).toBe('hunter1');
  expect(inProfile(both, 'a').config.connect.password?.reveal()).toBe('hunter2');
  expect(inProfile(both, 'a').written.password).toBeUndefined();
});

test('a password-file that is not there is told once, and one of a profile with its place', async () => {
  const profile = (name: string, more: string) =>
    `  - { name: ${name}, match: { operator: "26201" }, connect: { ${more} } }`;
  const text = [
    'connect: { apn: b, password-file: /none }',
    'profiles:',
    profile('a', 'apn: c'),
    profile('b', 'password-file: /no'),
  ];
  expect((await refusal(text.join('\n'))).split('\n')).toEqual([
    'c.yaml:1:35: connect.password-file: there is no file /none',
    'c.yaml:4:72: profiles[2].connect.password-file: there is no file /no',
  ]);
});
