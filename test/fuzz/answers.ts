// What others answer: ModemManager, the programs that are run, whoever a destination's name leads
// to.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRaw } from '../../src/modem/wire/raw.ts';
import { parseBearer, parseModem, parseSim } from '../../src/modem/wire/schema.ts';
import { DBusShapeError } from '../../src/modem/wire/shape-error.ts';
import { parseBands, parseCellInfo, parseLocation, parseSignal } from '../../src/modem/wire/signal.ts';
import { LinkError } from '../../src/network/link/wanted-link.ts';
import { detourOf, masterOf } from '../../src/network/reachability/probe/detour.ts';
import { handshakeMeaning } from '../../src/network/reachability/reach/tls-words.ts';
import { readHop, readUplinks } from '../../src/network/uplinks.ts';
import { CommandError, type CommandRunner } from '../../src/system/command.ts';
import { logLines } from '../../src/system/log-line.ts';
import { changed, changedJson } from './arbitraries.ts';
import { laterTarget, orPromised, type Target, target } from './target.ts';

const PATH = '/org/freedesktop/ModemManager1/Modem/0';
const modem = { State: 8, Model: 'FIH7160', Ports: [['wwan0', 2]], UnlockRetries: { 2: 3 }, SignalQuality: [45, true] };
const network = { RegistrationState: 1, OperatorCode: '311480', NetworkRejection: { error: 19 } };
const ip4 = { method: 2, address: '100.112.107.46', prefix: 24, gateway: '100.112.107.1', dns1: '198.224.166.135' };
const bearer = { Connected: true, Interface: 'wwan0', Ip4Config: ip4, ConnectionError: ['a.b', 'c'] };
const radio = { Rate: 5, Lte: { rssi: -70.5, rsrp: -100 }, 1: '311,480,1A2B,3C,4D' };

/** JSON has no other values than D-Bus has, but for the sizes of its numbers. */
const properties = (...shapes: readonly object[]) =>
  changedJson(...shapes).map((text) => {
    const value: unknown = JSON.parse(text);
    return isRaw(value) ? value : {};
  });

const { signal } = new AbortController();

/** A host on which every program prints `text`, or ends badly where there is none. */
const printing = (text: string | undefined): CommandRunner => ({
  run: (argv) => (text === undefined ? Promise.reject(new CommandError(argv, 2, 'no')) : Promise.resolve(text)),
  follow: () => Promise.reject(new Error('not asked for')),
});

const way = [{ dst: '1.1.1.1', gateway: '192.168.1.1', dev: 'eth0', prefsrc: '192.168.1.2', table: '52' }];
const rules = [
  { priority: 10, src: 'all', table: '100' },
  { priority: 11, src: 'all', action: 'prohibit' },
];
const uplinks = [{ dst: 'default', gateway: '192.168.1.1', dev: 'eth0', metric: 100, nexthops: [{ dev: 'eth1' }] }];

export const answerTargets: readonly Target[] = [
  target("ModemManager's properties", fc.tuple(properties(modem), properties(network), properties(bearer)), (all) => {
    const [own, seen, session] = all;
    const report = (_path: string, _interface: string, _property: string, problem: string) =>
      assert.notEqual(problem, '');
    const known = orPromised(
      () => parseModem(PATH, { modem: own, modem3gpp: seen, bearers: [] }, report),
      DBusShapeError,
    );
    const texts = [known?.model, known?.manufacturer, known?.operatorName].map((text) => text ?? '');
    assert.ok(texts.every((text) => text.length <= 64 && !/\p{Cc}/u.test(text)));
    orPromised(() => parseBearer(PATH, session, report), DBusShapeError);
    parseSim(PATH, own, report);
  }),
  target('signal and cell', properties(radio, { serving: true, ci: '1A' }), (raw) => {
    const { rate } = parseSignal(raw);
    assert.ok(Number.isSafeInteger(rate) && rate >= 0);
    for (const cell of [parseCellInfo([raw]), parseLocation(raw), parseBands(Object.values(raw))])
      assert.ok(Object.values(cell).every((value) => typeof value === 'string' || Number.isSafeInteger(value)));
  }),
  laterTarget(
    '`ip -json` of single questions',
    fc.option(fc.oneof(changedJson(way, rules, uplinks), changed(JSON.stringify(rules))), { nil: undefined }),
    async (text) => {
      const commands = printing(text);
      const asked = { source: '100.112.107.46', address: '1.1.1.1', device: 'wwan0' };
      await detourOf(commands, asked, signal);
      await masterOf(commands, 'wwan0', signal);
      await readHop(commands, { family: 4, interface: 'eth0' }, signal);
      await readUplinks(commands, signal).catch((error: unknown) => {
        assert.ok(error instanceof LinkError || error instanceof CommandError);
      });
    },
  ),
  target('the code of a handshake that failed', changed('EPROTO', 'CERT_HAS_EXPIRED', 'constructor'), (code) => {
    const { outcome, detail } = handshakeMeaning(code, 1_790_000_000_000);
    assert.ok(['impostor', 'refused', 'unwell', 'clock'].includes(outcome) && !/\p{Cc}/u.test(detail));
  }),
  target(
    'what a hook or a program says, in the journal',
    fc.tuple(changed('first\nsecond\r\n<0>forged', 'x="y" \u001b[31m'), fc.jsonValue()),
    ([text, value]) => {
      for (const line of logLines({ level: 30, msg: text, hook: text, value, err: { text, stack: text } }))
        assert.ok(!/\p{Cc}/u.test(line.text), JSON.stringify(line.text));
    },
  ),
];
