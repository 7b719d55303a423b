// A change on trial: what a wrong line in the file costs a board that nobody stands beside.

import { expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import type { World } from '../world/world.ts';
import type { DaemonUnderTest } from './daemon.ts';
import { expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const STATE = '/run/world/state/proven.json';
const TOLD = '/run/world/told';

const config = (apn: string, more = '') => `connect:\n  ip-type: ipv4\n  apn: ${apn}\n${more}recovery:\n  trial: 20s\n`;
const GOOD = config('vzwinternet');
const WRONG = config('iot.foo');

const asked = async (world: World, apn: string) =>
  (await world.modem.attempts()).filter((one) => one.kind === 'activate' && one.apn === apn).length;

const warns = (daemon: DaemonUnderTest, pattern: RegExp, timeoutMs = 30_000) =>
  daemon.until(String(pattern), (s) => s.warnings.map(warningSentence).some((text) => pattern.test(text)), timeoutMs);

/** Online over the proven APN, whatever the file says. */
const backOn = async (daemon: DaemonUnderTest, world: World, apn = 'vzwinternet') => {
  await daemon.until(
    `online over ${apn}`,
    (s) => s.phase === 'online' && s.link?.apn === apn && s.link.lastProof !== undefined,
    60_000,
  );
  await expectLink(world, ADDRESS);
};

/** Online, and through to the internet: only that is proof of what stands in the file. */
const proven = (daemon: DaemonUnderTest) =>
  daemon.until('online and through', ({ phase, link }) => phase === 'online' && link?.reach?.verdict === 'through');

/** Started again, and telling what it does itself: one that was killed leaves its status behind. */
const startedAgain = async (daemon: DaemonUnderTest) => {
  const before = (await daemon.status())?.pid;
  await daemon.startAgain();
  await daemon.until('a new status', ({ pid }) => pid !== before);
};

const REFUSED = /^APN iot\.foo \(line 3\) was refused, cause 27: running on vzwinternet, proven until \d\d:\d\d\./;

worldTest('a wrong APN, reloaded at night: online again by itself, and told', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await daemon.reload(WRONG);
  const status = await warns(daemon, REFUSED);
  expect(status.trial).toMatchObject({ state: 'refused', changed: ['connect.apn'] });
  await backOn(daemon, world);
  expect(await asked(world, 'iot.foo')).toBe(1);
  expect(await daemon.config()).toBe(WRONG);
  expect(await daemon.why()).toMatch(/^online .*but: APN iot\.foo \(line 3\) was refused/);
  expect(daemon.journal).toMatch(/a change is on trial/);
  // The same file again: nobody is asked again.
  await daemon.reload(WRONG);
  await backOn(daemon, world);
  expect(await asked(world, 'iot.foo')).toBe(1);
});

worldTest('a wrong APN and kill -9 in the middle: asked once, then the one before', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await daemon.reload(WRONG);
  await warns(daemon, REFUSED);
  await daemon.stop('SIGKILL');
  await startedAgain(daemon);
  await backOn(daemon, world);
  await warns(daemon, REFUSED);
  expect(await asked(world, 'iot.foo')).toBe(1);
});

worldTest('killed while nobody has answered yet: the trial goes on', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await world.modem.answerLate(4_000, { only: 'connect' });
  await daemon.reload(WRONG);
  await daemon.until('connecting', ({ phase }) => phase === 'connecting');
  await daemon.stop('SIGKILL');
  await world.modem.answerLate(0);
  await startedAgain(daemon);
  await warns(daemon, REFUSED, 60_000);
  await backOn(daemon, world);
});

worldTest('restarted with a wrong APN in the file: online over the one before', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await daemon.stop();
  await daemon.edit(WRONG);
  await startedAgain(daemon);
  await warns(daemon, REFUSED);
  await backOn(daemon, world);
  expect(await asked(world, 'iot.foo')).toBe(1);
  const { text, code } = await daemon.command('check', '--config', '/run/world/percept-lte.yaml');
  expect(text).toMatch(/proven: apn vzwinternet/);
  expect(text).toMatch(/differs: connect\.apn \(line 3\): vzwinternet before, iot\.foo now/);
  expect(text).toMatch(/were refused, cause 27: they are not tried again/);
  expect(code).toBe(0);
});

worldTest(
  'restarted with a typo in the file: online over what was proven, until the file is good',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: GOOD });
    await proven(daemon);
    await daemon.stop();
    await daemon.edit(GOOD.replace('ip-type', 'ip-typ'));
    await startedAgain(daemon);
    await warns(daemon, /percept-lte\.yaml:2:3: connect\.ip-typ: unknown key.*runs on what carried traffic last/);
    await backOn(daemon, world);
    expect(await daemon.why()).toMatch(/^online .*connect\.ip-typ/);
    await daemon.reload(GOOD);
    await daemon.until('nothing to warn of', ({ warnings }) => warnings.length === 0);
    // Nothing has carried traffic that could be gone back to.
    await daemon.stop();
    await world.run(['rm', STATE]);
    await daemon.edit('connect:\n  apm: vzwinternet\n');
    await daemon.startAgain();
    expect(await daemon.process.exited).toMatchObject({ code: 78 });
  },
);

worldTest(
  'a wrong password, by reload and by restart: the one before is used, and neither is told',
  {},
  async ({ world, start }) => {
    await world.modem.requireCredentials({ user: 'board', password: 'right-secret' });
    const withPassword = (password: string) => config('vzwinternet', `  user: board\n  password: ${password}\n`);
    const daemon = await start({ config: withPassword('right-secret') });
    await proven(daemon);
    await daemon.reload(withPassword('wrong-secret'));
    await warns(daemon, /^the credentials \(line 5\) for APN vzwinternet were refused, cause 29: running on/);
    await backOn(daemon, world);
    await daemon.stop('SIGKILL');
    await daemon.edit(withPassword('worse-secret'));
    await startedAgain(daemon);
    await warns(daemon, /^the credentials \(line 5\)/);
    await backOn(daemon, world);
    const passwords = (await world.modem.attempts()).map(({ password }) => password);
    expect(passwords.filter((password) => password === 'worse-secret')).toHaveLength(1);
    expect(daemon.journal + JSON.stringify(await daemon.status())).not.toMatch(/-secret/);
    const mode = `console.log((require('node:fs').statSync('${STATE}').mode & 0o777).toString(8))`;
    const { stdout } = await world.run([process.execPath, '-e', mode]);
    expect(stdout.trim()).toBe('600');
  },
);

worldTest('a right change is accepted, and is what is gone back to', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet', 'iot.bar']);
  const hook = `#!/bin/sh\n[ "$2" != trial-ended ] || echo "$PERCEPT_LTE_RESULT: $PERCEPT_LTE_REASON" >> ${TOLD}\n`;
  await world.files.write('/etc/percept-lte.d/50-trials', hook, 0o755);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await daemon.reload(config('iot.bar'));
  await backOn(daemon, world, 'iot.bar');
  await daemon.until('no trial', ({ trial }) => trial === undefined);
  expect(daemon.journal).toMatch(/the change is accepted/);
  await daemon.reload(WRONG);
  await warns(daemon, /running on iot\.bar, proven until/);
  await backOn(daemon, world, 'iot.bar');
  await expect
    .poll(async () => (await world.files.read(TOLD)).trim().split('\n'))
    .toEqual(['kept: traffic passes', expect.stringMatching(/^taken-back: APN .* was refused/)]);
  // Put right: another trial.
  await daemon.reload(GOOD);
  await backOn(daemon, world);
  expect((await daemon.status())?.warnings).toEqual([]);
});

worldTest('an APN that connects and leads nowhere is taken back in its time', {}, async ({ world, start }) => {
  await world.modem.deaden(['iot.foo']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await daemon.reload(WRONG);
  await daemon.until('on trial', ({ trial }) => trial?.state === 'trying' && trial.until !== undefined);
  expect(await daemon.why()).toMatch(/on trial until \d\d:\d\d/);
  await warns(daemon, /^nothing passed within 20 s with connect\.apn \(line 3\): running on vzwinternet/, 90_000);
  await backOn(daemon, world);
});

worldTest('a network that is dead during a trial condemns nobody', {}, async ({ world, start }) => {
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  await world.modem.deaden(['vzwinternet', 'iot.bar']);
  await world.modem.dropBearer();
  await daemon.reload(config('iot.bar'));
  await daemon.until('the one before has its turn', ({ trial }) => trial?.state === 'comparing', 90_000);
  await daemon.until('the change has another', ({ trial }) => trial?.state === 'trying', 90_000);
  await world.modem.deaden([]);
  await backOn(daemon, world, 'iot.bar');
  await daemon.until('no trial', ({ trial, warnings }) => trial === undefined && warnings.length === 0);
});

worldTest('a change while the carrier answers DNS only is proven by its name server', {}, async ({ world, start }) => {
  const destined = (apn: string) => `${config(apn)}probe:\n  destination: tcp 192.0.2.1:7\n`;
  const daemon = await start({ config: destined('vzwinternet') });
  await daemon.until('through', ({ link }) => link?.reach?.verdict === 'through');
  await world.carrier.garden('');
  await daemon.reload(destined('iot.bar'));
  await daemon.until('alive, not through', ({ link }) => link?.apn === 'iot.bar' && link.lastProof !== undefined);
  await daemon.until('the one before has its turn', ({ trial }) => trial?.state === 'comparing', 90_000);
  expect(JSON.parse(await world.files.read(STATE))).toMatchObject({
    proven: { written: { connect: { apn: 'vzwinternet' } } },
  });
  await world.carrier.garden();
  await daemon.until('accepted', ({ trial, link }) => trial === undefined && link?.apn === 'iot.bar', 120_000);
  expect((await daemon.status())?.link?.reach?.verdict).toBe('through');
});

worldTest('a person ends a trial, and has what was refused tried once more', {}, async ({ world, start }) => {
  await world.modem.subscribe(['vzwinternet']);
  const daemon = await start({ config: GOOD });
  await proven(daemon);
  expect(await daemon.command('accept')).toMatchObject({ code: 1 });
  await daemon.reload(WRONG);
  await warns(daemon, REFUSED);
  await backOn(daemon, world);
  await world.modem.subscribe(undefined);
  expect(await daemon.command('accept')).toMatchObject({ code: 0, text: expect.stringMatching(/tried once more/) });
  await backOn(daemon, world, 'iot.foo');
  await daemon.until('accepted', ({ trial }) => trial === undefined);
  await world.modem.deaden(['iot.bar']);
  await daemon.reload(config('iot.bar'));
  await daemon.until('on trial', ({ trial }) => trial?.state === 'trying');
  expect(await daemon.command('accept')).toMatchObject({ code: 0, text: expect.stringMatching(/^accepted/) });
  await daemon.until('accepted', ({ trial }) => trial === undefined);
  expect(JSON.parse(await world.files.read(STATE))).toMatchObject({
    proven: { written: { connect: { apn: 'iot.bar' } } },
  });
});

worldTest(
  'a wrong PIN in the file: the SIM gets it once, then the one that it took',
  { sim: { pin: '1234' } },
  async ({ world, start }) => {
    const withPin = (pin: string) => `${GOOD}sim:\n  pin: "${pin}"\n`;
    const daemon = await start({ config: withPin('1234') });
    await proven(daemon);
    await daemon.reload(withPin('9999'));
    await daemon.online();
    await world.usb.restart();
    const status = await warns(
      daemon,
      /^sim\.pin \(line 7\) was refused by the SIM: the PIN that this SIM took/,
      150_000,
    );
    expect(JSON.stringify(status)).not.toMatch(/9999|1234/);
    await daemon.online(60_000);
    await daemon.stop('SIGKILL');
    await world.usb.restart();
    await startedAgain(daemon);
    await backOn(daemon, world);
    const pins = (await world.modem.attempts()).filter(({ kind }) => kind === 'pin');
    expect(pins.filter(({ accepted }) => !accepted)).toHaveLength(1);
    expect((await world.sim.status()).pinRetries).toBe(3);
    expect(daemon.journal).not.toMatch(/9999|"1234"/);
  },
);

worldTest(
  'the file with the password is gone at a restart, and there later: online all the time',
  {},
  async (given) => {
    const { world, start } = given;
    await world.modem.requireCredentials({ user: 'board', password: 'lte1' });
    const password = '/run/world/password';
    await world.files.write(password, 'lte1\n', 0o600);
    const daemon = await start({ config: config('vzwinternet', `  user: board\n  password-file: ${password}\n`) });
    await proven(daemon);
    await daemon.stop();
    await world.files.remove(password);
    await startedAgain(daemon);
    await backOn(daemon, world);
    await warns(daemon, /password-file: there is no file .* runs on what carried traffic last \(APN vzwinternet\)/);
    await world.files.write(password, 'lte1\n', 0o600);
    await daemon.until('nothing to warn of', ({ warnings }) => warnings.length === 0);
    expect(daemon.journal).toMatch(/configuration reloaded changed=recovery/);
  },
);
