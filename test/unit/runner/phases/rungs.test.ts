// Each rung of the ladder: what it asks for and in what order, what a failure in the middle leaves
// undone, and what it passes over.
import { expect, test } from 'vitest';
import type { Modem } from '../../../../src/modem/objects.ts';
import { performRung } from '../../../../src/runner/phases/rungs.ts';
import { type Rung, rungs } from '../../../../src/state/memory.ts';
import { NotRecordedError } from '../../../../src/state/store.ts';
import { DeadlineError } from '../../../../src/system/clock.ts';
import { NotUsbError } from '../../../../src/system/usb.ts';
import { away, bearer, having, unplugged } from '../../connection/builders.ts';
import { modem } from '../../modem/builders.ts';
import { fakeHost, refusal, type Trouble } from './fake-ports.ts';

const BEARERS = '/org/freedesktop/ModemManager1/Bearer';
const ours = bearer({ path: `${BEARERS}/1`, connected: true });
const leftover = bearer({ path: `${BEARERS}/2`, connected: false });
const initial = bearer({ path: `${BEARERS}/0`, connected: false });
const present = modem({ bearers: [initial, ours, leftover], initialEpsBearer: initial.path });
const DEVICE = present.device;

function climbing({ arrives = true, troubles = {} as Readonly<Record<string, readonly Trouble[]>> } = {}) {
  const host = fakeHost({ arrives });
  host.facts = { kind: 'modem', modem: present };
  for (const [name, each] of Object.entries(troubles)) host.troubles.set(name, [...each]);
  const stop = new AbortController();
  const climb = (rung: Rung, of: Modem | undefined = present) => performRung(host.ports, rung, of, stop.signal);
  return { host, stop, climb };
}

/** What each rung asks for, in this order. A rung that is added does not compile until it is here. */
const ASKED: Readonly<Record<Rung, readonly string[]>> = {
  'probe-modem': ['take device', 'give device back', 'wait for facts'],
  reconnect: ['ping', 'disconnect all', 'delete Bearer/2'],
  'delete-bearers': ['ping', 'disconnect all', 'delete Bearer/1', 'delete Bearer/2'],
  'cycle-radio': ['ping', 'disable', 'power low', 'power on'],
  'reset-modem': ['recorded over a restart', 'ping', 'reset', 'wait for facts'],
  'reauthorise-usb': ['recorded over a restart', `reauthorise ${DEVICE}`, 'wait for facts'],
  'restart-modemmanager': ['RestartUnit ModemManager.service replace', 'wait for facts'],
  reboot: ['recorded over a reboot', 'other uplink?', 'Reboot false'],
};

/** The rungs that do not need a modem that is there. */
const WITHOUT_A_MODEM: readonly Rung[] = ['probe-modem', 'reauthorise-usb', 'restart-modemmanager', 'reboot'];

test.each(rungs)('%s asks for this, in this order', async (rung) => {
  const { host, climb } = climbing();
  const climbed = climb(rung);
  await host.clock.step(60_000);
  expect(await climbed).toEqual({ kind: 'climbed' });
  expect(host.asked).toEqual(ASKED[rung]);
});

test('a leftover bearer that stays does not keep the next one from being deleted', async () => {
  const { host, climb } = climbing({ troubles: { 'delete Bearer/1': [refusal('Failed')] } });
  expect(await climb('delete-bearers')).toEqual({ kind: 'climbed' });
  expect(host.asked).toContain('delete Bearer/2');
});

test('of a modem that came back under another path meanwhile no bearer is deleted', async () => {
  const { host, climb } = climbing();
  host.facts = having({ path: '/org/freedesktop/ModemManager1/Modem/7', bearers: [leftover] });
  await climb('delete-bearers');
  expect(host.asked).toEqual(['ping', 'disconnect all']);
});

test.each(rungs.filter((rung) => !WITHOUT_A_MODEM.includes(rung)))(
  '%s without a modem is passed over, and nothing is asked of it',
  async (rung) => {
    const { host } = climbing();
    const climbed = await performRung(host.ports, rung, undefined, new AbortController().signal);
    expect(climbed).toEqual({ kind: 'rungSkipped', reason: 'this needs a modem, and there is none' });
    expect(host.asked.filter((what) => what !== 'ping' && !what.startsWith('recorded'))).toEqual([]);
  },
);

test.each(rungs.filter((rung) => ASKED[rung].includes('ping')))(
  '%s does not wait minutes for a ModemManager that has stopped answering: it is called hung',
  async (rung) => {
    const { host, climb } = climbing({ troubles: { ping: ['never answers'] } });
    const climbed = climb(rung).catch((error: unknown) => error);
    await host.clock.step(10_000);
    expect(await climbed).toMatchObject({ name: 'ModemManagerHungError', cause: expect.any(DeadlineError) });
    expect(host.asked.at(-1)).toBe('ping');
  },
);

test('a rung that is called off during the ping is no word about ModemManager', async () => {
  const { host, stop, climb } = climbing({ troubles: { ping: ['never answers'] } });
  const climbed = climb('reconnect').catch((error: unknown) => error);
  await host.clock.step(1_000);
  const reason = new Error('superseded');
  stop.abort(reason);
  expect(await climbed).toBe(reason);
});

const recorded = rungs.flatMap((rung) =>
  ASKED[rung].filter((what) => what.startsWith('recorded')).map((note) => [rung, note] as const),
);

test.each(recorded)('%s that could not be remembered is not done', async (rung, note) => {
  const { host, climb } = climbing({ troubles: { [note]: [new NotRecordedError('no space')] } });
  await expect(climb(rung)).rejects.toThrow(NotRecordedError);
  expect(host.asked).toEqual([note]);
});

test('what the modem refuses is told, and nobody waits for it to leave', async () => {
  const { host, climb } = climbing({ troubles: { reset: [refusal('Unsupported', 'no reset')] } });
  await expect(climb('reset-modem')).rejects.toThrow(/no reset/);
  expect(host.awaited).toEqual([]);
});

/** Probing has its own wait: for a modem that is there again. */
const makesItLeave = rungs.filter((rung) => rung !== 'probe-modem' && ASKED[rung].includes('wait for facts'));

test.each(makesItLeave)(
  'after %s the modem is gone, or is another object: then the rung is over, else in 45 s',
  async (rung) => {
    const { host, climb } = climbing({ arrives: false });
    expect(await climb(rung)).toEqual({ kind: 'climbed' });
    const [waited] = host.awaited;
    expect(waited?.ms).toBe(45_000);
    expect(waited?.fits({ kind: 'modem', modem: present })).toBe(false);
    expect(waited?.fits(having({ path: '/org/freedesktop/ModemManager1/Modem/1' }))).toBe(true);
    expect([away, unplugged].map((facts) => waited?.fits(facts))).toEqual([true, true]);
  },
);

test('a ModemManager without a modem that is restarted is waited for until it has left, or has a modem', async () => {
  const { host } = climbing();
  await performRung(host.ports, 'restart-modemmanager', undefined, new AbortController().signal);
  const [waited] = host.awaited;
  expect([unplugged, away, having()].map((facts) => waited?.fits(facts))).toEqual([false, true, true]);
});

/** A modem that is gone, and was at `device` when it was seen last. */
function gone(device: string | undefined, options: Parameters<typeof climbing>[0] = {}) {
  const { host, stop } = climbing(options);
  host.facts = unplugged;
  host.lastDevice = device;
  const climb = (rung: Rung = 'reauthorise-usb') => performRung(host.ports, rung, undefined, stop.signal);
  return { host, stop, climb };
}

const CYCLED = ['recorded over a restart', `reauthorise ${DEVICE}`, 'wait for facts'];

test('a modem that is gone and comes back by being probed keeps its USB port powered', async () => {
  const { host, climb } = gone(DEVICE);
  expect(await climb()).toEqual({ kind: 'climbed' });
  expect(host.asked).toEqual(['ping', 'take device', 'give device back', 'wait for facts']);
  expect(host.awaited[0]).toMatchObject({ ms: 30_000 });
});

test.each<readonly [string, readonly string[], Readonly<Record<string, readonly Trouble[]>>]>([
  ['does not come back by it', ['ping', 'take device', 'give device back', 'wait for facts'], {}],
  [
    'cannot be probed, for ModemManager does not know its device,',
    ['ping', 'take device'],
    { 'take device': [refusal('NotFound')] },
  ],
])('a modem that is gone and %s gets its USB port cycled', async (_, probed, troubles) => {
  const { host, climb } = gone(DEVICE, { arrives: false, troubles });
  expect(await climb()).toEqual({ kind: 'climbed' });
  expect(host.asked).toEqual([...probed, ...CYCLED]);
});

test.each(rungs.slice(rungs.indexOf('reset-modem')))(
  'while another program updates the modem’s firmware, %s is not climbed',
  async (rung) => {
    const { host, climb } = gone(DEVICE, { troubles: { 'take device': [refusal('InProgress')] } });
    await expect(climb(rung)).rejects.toMatchObject({ name: 'DeviceTakenError', message: /another program/ });
    expect(host.asked).toEqual(['ping', 'take device']);
  },
);

test('a ModemManager without a modem that has stopped answering is restarted all the same', async () => {
  const { host, climb } = gone(DEVICE, { troubles: { ping: ['never answers'] } });
  const climbed = climb('restart-modemmanager');
  await host.clock.step(10_000);
  expect(await climbed).toEqual({ kind: 'climbed' });
  expect(host.asked).toEqual(['ping', 'RestartUnit ModemManager.service replace', 'wait for facts']);
});

test('a daemon that is told to stop while it probes does not touch the USB port', async () => {
  const { host, stop, climb } = gone(DEVICE, { troubles: { 'wait for facts': ['never answers'] } });
  const climbed = climb().catch((error: unknown) => error);
  await host.clock.step(1_000);
  const reason = new Error('superseded');
  stop.abort(reason);
  expect(await climbed).toBe(reason);
  expect(host.asked).not.toContain(`reauthorise ${DEVICE}`);
});

test('a modem that was never seen has no USB port that is known, and cannot be probed', async () => {
  const { climb } = gone(undefined);
  expect(await climb('probe-modem')).toEqual({
    kind: 'rungSkipped',
    reason: expect.stringMatching(/USB device is not known/),
  });
  expect(await climb()).toEqual({ kind: 'rungSkipped', reason: expect.stringMatching(/USB device is not known/) });
});

test('a modem on PCIe has no USB port to cycle', async () => {
  const { host, climb } = climbing({ troubles: { [`reauthorise ${DEVICE}`]: [new NotUsbError(DEVICE)] } });
  expect(await climb('reauthorise-usb')).toEqual({
    kind: 'rungSkipped',
    reason: expect.stringMatching(/no USB device/),
  });
  expect(host.awaited).toEqual([]);
});

test('a USB port that cannot be written is a fault, and not passed over', async () => {
  const { climb } = climbing({ troubles: { [`reauthorise ${DEVICE}`]: [new Error('EROFS')] } });
  await expect(climb('reauthorise-usb')).rejects.toThrow('EROFS');
});

test('a board that is reached another way is not rebooted', async () => {
  const { host, climb } = climbing();
  host.otherUplink = 'eth0';
  expect(await climb('reboot')).toEqual({ kind: 'rungSkipped', reason: expect.stringMatching(/another uplink, eth0/) });
  expect(host.asked).toEqual(['recorded over a reboot', 'other uplink?']);
});

test('a reboot is asked of logind, and its end waited for', async () => {
  const { host, climb } = climbing();
  const climbed = climb('reboot');
  await host.clock.step(44_000);
  host.asked.push('still here');
  await host.clock.step(1_000);
  expect(await climbed).toEqual({ kind: 'climbed' });
  expect(host.asked).toEqual(['recorded over a reboot', 'other uplink?', 'Reboot false', 'still here']);
});

test('the radio rests for two seconds between off and on', async () => {
  const { host, climb } = climbing();
  const climbed = climb('cycle-radio');
  await host.clock.step(1_999);
  expect(host.asked).toEqual(['ping', 'disable', 'power low']);
  await host.clock.step(1);
  expect(await climbed).toEqual({ kind: 'climbed' });
  expect(host.asked.at(-1)).toBe('power on');
});
