// Everything that is parsed from outside, each with inputs and what must hold for all of them:
// nothing is thrown but the error that the parser promises, and nothing illegal comes through.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redactor } from '../../src/cli/bundle/redact.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { readFrameHeader } from '../../src/dbus/frame.ts';
import { FrameReader, FramingError } from '../../src/dbus/frame-reader.ts';
import { isHostAddress } from '../../src/ip/address.ts';
import { AnswerReader } from '../../src/modem/at/answer.ts';
import { isRaw } from '../../src/modem/wire/raw.ts';
import { parseCellInfo, parseLocation, parseSignal } from '../../src/modem/wire/signal.ts';
import { parseReport } from '../../src/network/dhcp/lease.ts';
import { nameservers, ownerOf, withBlock, withoutBlock } from '../../src/network/dns/file-text.ts';
import { parseKernelState } from '../../src/network/link/kernel-state.ts';
import { LinkError } from '../../src/network/link/wanted-link.ts';
import { emptyMemory } from '../../src/state/memory.ts';
import { memoryText, parseMemory } from '../../src/state/memory-text.ts';
import { rebase } from '../../src/state/rebase.ts';
import { StatusSchema } from '../../src/status/schema.ts';
import { whySentence } from '../../src/status/why.ts';
import { wireMessage } from '../unit/dbus/wire.ts';
import { NOW, online, refused } from '../unit/status/statuses.ts';
import { answerTargets } from './answers.ts';
import { changed, changedJson } from './arbitraries.ts';
import { fileTargets } from './files.ts';
import { orPromised, type Target, target } from './target.ts';

const signal = wireMessage({
  fields: [
    [1, 'o', '/org/freedesktop/ModemManager1/Modem/0'],
    [2, 's', 'org.freedesktop.DBus.Properties'],
    [3, 's', 'PropertiesChanged'],
    [7, 's', ':1.7'],
    [8, 'g', 's'],
  ],
  body: Buffer.from([2, 0, 0, 0, 0x68, 0x69, 0]),
});
const frames = fc
  .array(fc.tuple(fc.boolean(), fc.array(fc.tuple(fc.nat(signal.length - 1), fc.nat(255)), { maxLength: 4 })))
  .map((all) =>
    all.map(([little, changes]) => {
      const bytes = Buffer.from(little ? signal : wireMessage({ littleEndian: false, fields: [[7, 's', ':1.7']] }));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    }),
  );

const links = [
  {
    ifindex: 3,
    ifname: 'wwan0',
    flags: ['NOARP', 'UP', 'LOWER_UP'],
    mtu: 1428,
    addr_info: [{ family: 'inet', local: '100.112.107.46', prefixlen: 24, scope: 'global' }],
  },
];
const routes = [
  { dst: 'default', gateway: '100.112.107.1', dev: 'wwan0', table: '7700', metric: 700, flags: ['onlink'] },
];
const rules = [{ priority: 30770, src: '100.112.107.46', table: '7700', protocol: '77' }];

const at = { monotonicMs: 5_000_000, wallMs: 1_790_000_000_000 };
const empty = emptyMemory('boot-1', 'salt', at);
const remembered = JSON.parse(
  memoryText({ ...empty, attempts: [1, 2], failures: 3, holdUntil: 6_000_000 }, {}, at),
) as object;

export const targets: readonly Target[] = [
  target(
    'frame header',
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      frames.map((all) => Buffer.concat(all)),
    ),
    (bytes) => {
      const header = readFrameHeader(Buffer.from(bytes));
      if (header !== undefined) assert.ok(header.headerLength <= bytes.length && header.headerLength % 8 === 0);
    },
  ),
  target(
    'frames in a stream',
    fc.tuple(frames, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 })),
    ([all, cuts]) => {
      let bodies = 0;
      const take = (_: unknown, body: Buffer) => {
        bodies += body.length;
      };
      const reader = new FrameReader({ knows: () => true, wants: () => true, take, unreadable: () => {} });
      const bytes = Buffer.concat(all);
      let cut = 0;
      for (let from = 0; from < bytes.length; cut += 1) {
        const to = from + (cuts[cut % cuts.length] ?? 1);
        if (orPromised(() => reader.push(bytes.subarray(from, to)) ?? true, FramingError) === undefined) break;
        from = to;
      }
      assert.ok(bodies <= bytes.length);
    },
  ),
  target(
    'signal and cell',
    changedJson({ Rate: 60, Lte: { rsrp: -98, snr: 9 }, 1: '311,480,0,1A2B3C,1234' }, [
      { serving: true, ci: '1A2B3C', earfcn: 5230 },
    ]),
    (text) => {
      const reply: unknown = JSON.parse(text);
      const { technology: _, ...measured } = parseSignal(isRaw(reply) ? reply : {}).signal ?? { technology: '' };
      for (const value of Object.values(measured)) assert.ok(Math.abs(value) <= 200);
      for (const { id } of [parseCellInfo(reply), parseLocation(reply)])
        assert.ok(id === undefined || (Number.isSafeInteger(id) && id >= 0));
    },
  ),
  target(
    '`ip -json`',
    fc.tuple(
      changedJson(links),
      changedJson(routes),
      fc.option(changedJson(rules), { nil: undefined }),
      changed('\n', ''),
    ),
    ([link, route, rule, end]) => {
      orPromised(() => parseKernelState(`${link}\n${route}${end}`, { 4: rule, 6: rule }), LinkError);
    },
  ),
  target('memory.json', fc.oneof(changedJson(remembered), changed(JSON.stringify(remembered))), (text) => {
    const parsed = orPromised(() => parseMemory(text, empty), SyntaxError);
    if (parsed === undefined) return;
    const memory = rebase(parsed.memory, 'boot-2', at);
    parseMemory(memoryText(memory, parsed.rest, at), empty);
    // Within one boot, what was read once is read again.
    const { memory: kept, rest } = parsed;
    assert.deepEqual(
      parseMemory(memoryText(kept, rest, { ...at, monotonicMs: kept.savedMonotonicMs }), empty).dropped,
      [],
    );
    // A person can be told of every time in it.
    for (const { beganWallMs } of memory.incidents) new Date(beganWallMs).toISOString();
  }),
  target(
    'resolv.conf',
    fc.tuple(
      changed(
        'search home\nnameserver 192.168.1.1\n',
        withBlock('nameserver 9.9.9.9', ['192.0.2.53'], true, { kind: 'file' }),
      ),
      fc.boolean(),
    ),
    ([text, first]) => {
      ownerOf(text);
      const { text: rest, before } = withoutBlock(text);
      const block = withBlock(rest, ['192.0.2.53', '2001:db8::53'], first, before);
      assert.ok(nameservers(block).includes('192.0.2.53'));
      assert.equal(withoutBlock(block).text, rest);
    },
  ),
  target(
    'DHCP report',
    changed(
      'percept-lte-dhcp\tbound\t10.0.0.2\t255.255.255.0\t10.0.0.1\t10.0.0.1 9.9.9.9\t1500\t3600',
      'percept-lte-dhcp\trenew\t192.0.2.7\t\t\t\t\t',
    ),
    (line) => {
      const report = parseReport(line);
      if (report?.kind !== 'lease') return;
      const { address, prefixLength, gateway = address, dns, mtu = 1280, seconds = 1 } = report.lease;
      assert.ok([address, gateway, ...dns].every(isHostAddress));
      assert.ok(prefixLength >= 1 && prefixLength <= 32 && Number.isInteger(mtu) && seconds >= 1);
    },
  ),
  target('status.json', changedJson(online, refused), (text) => {
    const parsed = StatusSchema.safeParse(JSON.parse(text));
    if (parsed.success) assert.notEqual(whySentence(parsed.data, NOW), '');
  }),
  target(
    'the configuration',
    changed(
      'connect: { apn: web, ip-type: ipv4 }\nsim: { pin: "1234" }\nprobe: { targets: [dns, "tcp 1.1.1.1:443"] }\n',
      'connect:\n  apn: [a, b]\n',
    ),
    (text) => {
      orPromised(() => parseConfig(text, 'f.yaml'), ConfigError);
    },
  ),
  target(
    'AT answers',
    fc.tuple(
      changed('AT#USBCFG?\r\r\n#USBCFG: 3\r\n\r\nOK\r\n', '\r\n+CME ERROR: 4\r\n', '$GPGGA,,,,,,0*66\r\n'),
      fc.integer({ min: 1, max: 40 }),
    ),
    ([text, size]) => {
      const reader = new AnswerReader('AT#USBCFG?');
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; at += size) {
        const answer = reader.push(bytes.subarray(at, at + size));
        if (answer === undefined) continue;
        assert.ok([answer.result, ...answer.lines].every((line) => line.length <= 200 && !/\p{Cc}/u.test(line)));
        assert.equal(answer.ok, answer.result === 'OK');
      }
    },
  ),
  target(
    'what a bundle is redacted of',
    fc.tuple(changed('online in 45 ms: pin=7395, 356611070001246, +15555550106\n'), fc.constantFrom('7395', 'p.(w]"d')),
    ([text, secret]) => {
      const left = redactor([secret])(`${text} ${secret} ${JSON.stringify({ secret })} 356611070001246`);
      assert.ok(!left.includes(` ${secret} `) && !/(?<![\dA-Za-z])\d{14,20}(?![\dA-Za-z])/.test(left));
    },
  ),
  ...fileTargets,
  ...answerTargets,
];
