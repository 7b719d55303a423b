// `connect.apn: auto`: what is tried for which SIM, in which order, and what is told at the end.
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/connection/connection.ts';
import type { Memory } from '../../../src/state/memory.ts';
import {
  bearer,
  connected,
  facts,
  failed,
  following,
  type Happening,
  having,
  policy,
  proven,
  sim,
  started,
} from './builders.ts';
import { elapsed } from './rows.ts';

const KNOWN: Readonly<Record<string, readonly string[]>> = { '26201': ['one', 'two'], '311480': ['two', 'three'] };
const auto = policy({
  apns: (operators) => {
    const operator = operators.find((one) => KNOWN[one]) ?? operators.at(-1) ?? '';
    return { operator, apns: KNOWN[operator] ?? [] };
  },
});

const simOf = (operatorIdentifier: string, iccid = '8949…1') => ({ ...sim(iccid), operatorIdentifier });
const withSim = (operator: string, iccid?: string): Happening => facts(having({ sim: simOf(operator, iccid) }));
const apnOf = ({ phase }: Connection) => (phase.kind === 'connecting' ? phase.settings.apn : phase.kind);

/** The APNs that are asked for while each is refused with `cause`, and the last phase. */
function refused(operator: string, cause: number, kind: 'apn' | 'subscription' = 'apn') {
  let now = following(started(), [withSim(operator)], auto);
  const asked: string[] = [];
  for (let seconds = 1; now.phase.kind !== 'blocked' && seconds < 200; seconds += 10) {
    if (now.phase.kind === 'connecting') asked.push(now.phase.settings.apn);
    now = following(now, [now.phase.kind === 'connecting' ? failed(kind, cause) : elapsed], auto, seconds);
  }
  return { asked, phase: now.phase };
}

/** Online over `apn` with the SIM, with traffic. */
const onlineOver = (now: Connection, apn: string, operator: string, iccid?: string): Connection => {
  const one = bearer({ properties: { apn, ipType: 'ipv4' } });
  const said = connected(one);
  const seen = said.kind === 'modem' ? { ...said, modem: { ...said.modem, sim: simOf(operator, iccid) } } : said;
  const what: Happening[] = [{ kind: 'bearerConnected', bearer: one, apn }, facts(seen), { kind: 'linkApplied' }];
  return following(now, [...what, proven()], auto, 10);
};
const reborn = (memory: Memory, operator: string, iccid?: string) =>
  following(started(memory), [withSim(operator, iccid)], auto);

test('the APNs of the SIM’s home operator are tried in order, then the subscription’s default', () => {
  expect(refused('26201', 27).asked).toEqual(['one', 'two', '']);
});

test('"not in the plan" (cause 33) is said of an APN: the next one is tried', () => {
  expect(refused('26201', 33, 'subscription').asked).toEqual(['one', 'two', '']);
});

test('all are refused: what was tried is told, and that a person has to name the APN', () => {
  const { phase } = refused('26201', 27);
  expect(phase).toMatchObject({
    kind: 'blocked',
    failure: { reason: expect.stringMatching(/SIMs of operator 26201 \(one, two\)/), networkCause: 27 },
  });
  expect(phase).toMatchObject({ failure: { remedy: expect.stringMatching(/^set connect\.apn in/) } });
});

test('an operator without an entry: the default alone is tried, and the reason says so', () => {
  const { asked, phase } = refused('99970', 27);
  expect(asked).toEqual(['']);
  expect(phase).toMatchObject({
    failure: {
      reason: expect.stringMatching(/no APN is known for SIMs of operator 99970, and the network refused its default/),
      remedy: expect.stringMatching(/^set connect\.apn in/),
    },
  });
});

test('where a person named the APN, the network’s own reason stands', () => {
  const now = following(following(started(), [facts(having())]), [failed('apn', 27)], policy(), 1);
  expect(now.phase).toMatchObject({ failure: { reason: 'apn failure' } });
});

test('the APN over which traffic passed comes first after a reboot, for that SIM alone', () => {
  const first = following(started(), [withSim('26201')], auto);
  const { memory } = onlineOver(first, 'two', '26201');
  expect(apnOf(reborn(memory, '26201'))).toBe('two');
  expect(apnOf(reborn(memory, '26201', '8949…2'))).toBe('one');
  const both = onlineOver(reborn(memory, '311480', '8914…1'), 'three', '311480', '8914…1').memory;
  expect(apnOf(reborn(both, '26201'))).toBe('two');
  expect(apnOf(reborn(both, '311480', '8914…1'))).toBe('three');
});

test('an APN that connected and carried nothing is not remembered', () => {
  const first = following(started(), [withSim('26201')], auto);
  const one = bearer({ properties: { apn: 'two', ipType: 'ipv4' } });
  const begun = following(first, [{ kind: 'bearerConnected', bearer: one, apn: 'two' }, { kind: 'linkApplied' }], auto);
  expect(apnOf(reborn(begun.memory, '26201'))).toBe('one');
});

test('the APN in use is asked for again after a loss', () => {
  const first = following(started(), [withSim('26201')], auto);
  const lost = following(onlineOver(first, 'two', '26201'), [withSim('26201')], auto, 60);
  expect(apnOf(lost)).toBe('two');
});

test('another SIM begins with the first of its own', () => {
  const first = following(started(), [withSim('26201'), failed('apn', 27)], auto);
  expect(apnOf(following(first, [elapsed], auto, 30))).toBe('two');
  expect(apnOf(following(first, [withSim('311480', '8914…1')], auto, 30))).toBe('two');
});
