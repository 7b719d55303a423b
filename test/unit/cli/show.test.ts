// The commands that show what the daemon says of itself: status, why, wait-online.
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { events } from '../../../src/cli/events.ts';
import { incidents as incidentsOf } from '../../../src/cli/incidents.ts';
import { status } from '../../../src/cli/status.ts';
import { waitOnline } from '../../../src/cli/wait-online.ts';
import { why } from '../../../src/cli/why.ts';
import { found } from '../../../src/codes/codes.ts';
import { StatusSchema } from '../../../src/status/schema.ts';
import { claimInstance, instancePath } from '../../../src/system/single-instance.ts';
import { ago, NOW, online, refused } from '../status/statuses.ts';
import { fakeHost } from './fake-context.ts';

const once = { json: false, watch: false, schema: false };

test('without a daemon every one says so, and how it is started', async () => {
  const { context, complained, printed } = fakeHost();
  expect([await status(context, once), await why(context), await status(context, { ...once, json: true })]).toEqual([
    1, 1, 1,
  ]);
  expect(printed).toEqual([]);
  expect(new Set(complained.map((line) => line.replace(context.root, '')))).toEqual(
    new Set([
      'percept-lte is not running (no /run/percept-lte/status.json); start it with: systemctl start percept-lte; if it ends again: percept-lte check, journalctl -u percept-lte',
    ]),
  );
});

test('a file left behind by a daemon that was killed is not taken for one that runs', async () => {
  const { context, complained, files } = fakeHost();
  files({ 'run/percept-lte/status.json': JSON.stringify(online) });
  expect(await why(context)).toBe(1);
  expect(complained[0]).toMatch(/^percept-lte is not running \(its last status is of 2026-/);
});

test('a status that could not be written for a quarter of an hour is not taken for what is the case', async () => {
  const host = fakeHost();
  host.daemon(online);
  const past = NOW / 1000 - 15 * 60;
  utimesSync(join(host.context.root, 'run/percept-lte/status.json'), past, past);
  expect([await why(host.context), await status(host.context, once)]).toEqual([1, 1]);
  expect(host.printed).toEqual([]);
  expect(host.complained[0]).toMatch(
    /^how it is cannot be told: \S+status\.json is as it was at 2026-.*df \S+percept-lte;/,
  );
});

const TMPFS = '24 1 0:22 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=200k';
test.each([
  ['read-only', ['24 1 0:22 / /run rw - tmpfs tmpfs ro,size=200k'], true],
  ['read-only, and so is the mount of it', ['24 1 0:22 / /run ro - tmpfs tmpfs ro'], true],
  ['read-only by another mount on top', [TMPFS, '30 24 0:30 / /run rw - tmpfs tmpfs ro'], true],
  ['mounted read-only here alone', ['24 1 0:22 / /run ro - tmpfs tmpfs rw'], false],
  ['writable on a disk that is not', ['1 0 8:1 / / ro - ext4 /dev/root ro', TMPFS], false],
  ['beside one that is read-only', [TMPFS, '30 24 0:30 / /run/percept ro - tmpfs tmpfs ro'], false],
])('the status in a /run that is %s: it is told as what is the case, or not at all', async (_, mounts, isUntold) => {
  const host = fakeHost();
  host.daemon(online);
  host.files({ 'proc/self/mountinfo': `${mounts.join('\n')}\n` });
  const code = isUntold ? 1 : 0;
  expect([await why(host.context), await status(host.context, once)]).toEqual([code, code]);
  expect(host.printed.length > 0).toBe(!isUntold);
  for (const line of host.complained)
    expect(line).toMatch(/^how it is cannot be told: \S+status\.json is as it was at 2026-.* is read-only; systemctl/);
});

test('a daemon that could not write its status is not called stopped, and its events wait', async () => {
  const { context, complained, printed, files, interrupt, whenSleeping } = fakeHost();
  const path = instancePath(join(context.root, 'run/percept-lte'));
  await claimInstance(path);
  whenSleeping(interrupt);
  expect([await why(context), await events(context, { json: false, schema: false })]).toEqual([1, 0]);
  files({ 'run/percept-lte/status.json': JSON.stringify(online) });
  expect(await status(context, once)).toBe(1);
  for (const line of complained)
    expect(line).toMatch(
      /^percept-lte runs \(process \d+\), but .* could not write its status file; .*df \S+percept-lte; j/,
    );
  expect(complained).toHaveLength(2);
  expect(printed).toEqual([]);
});

test('a file of another form is told from none', async () => {
  const { context, complained, files } = fakeHost();
  files({ 'run/percept-lte/status.json': '{}' });
  expect(await why(context)).toBe(1);
  expect(complained[0]).toMatch(/status\.json is not a status file of version 1/);
});

test('why prints one sentence', async () => {
  const host = fakeHost();
  host.daemon(online);
  expect(await why(host.context)).toBe(0);
  expect(host.printed).toEqual([expect.stringMatching(/^online for 3 h 12 min over LTE/)]);
});

test('status prints a table in the manner of mmcli', async () => {
  const host = fakeHost();
  host.daemon({ ...online, pid: 4711 });
  expect(await status(host.context, once)).toBe(0);
  expect(host.printed.join('\n')).toMatchInlineSnapshot(`
    "  --------------------------------
      Connection |          phase: online for 3 h 12 min
                 |          state: online
                 |    percept-lte: 0.1.0 (pid 4711)
                 |   ModemManager: 1.14.12
      --------------------------------
      Link       |      interface: wwan0
                 |            apn: vzwinternet
                 |        address: 100.112.107.46/24
                 |        gateway: 100.112.107.1
                 |            dns: 198.51.100.53
                 |            mtu: 1428
                 |         metric: 700
                 |          since: 07:28 (3 h 12 min)
                 |       received: 1.2 MB
                 |           sent: 999 B
                 |     last proof: dns 198.51.100.53 in 45 ms, 2 min ago
                 |          reach: through to tcp 1.1.1.1:443, asked 5 min ago
      --------------------------------
      Modem      |          model: Telit FIH7160 (plugin telit)
                 |           path: /org/freedesktop/ModemManager1/Modem/0
                 |         device: /sys/devices/platform/soc@0/38200000.usb/xhci-hcd.1.auto/usb3/3-1/3-1.1
                 |           imei: …7518
                 |          state: connected
                 |   registration: home
                 |       operator: Verizon 311480
                 |    access tech: lte
                 | signal quality: 67%, 4 of 5 bars
      --------------------------------
      Recovery   |       attempts: 0 of 30 this hour, 30 left
      --------------------------------
      Outages    |          08:40: 1 min: bearer dropped; ended by reconnect"
  `);
});

test('the table tells what is used of the data plan, as of now', async () => {
  const since = new Date(2026, 10, 1).toISOString();
  const until = new Date(2026, 11, 1).toISOString();
  const data = { session: 48e6, today: 102e6, period: 391e6, own: 1.4e6, since, until, limit: 500e6 };
  const host = fakeHost();
  host.daemon({ ...online, data: { ...data, atLimit: 'warn' as const } });
  const statistics = 'sys/class/net/wwan0/statistics';
  const { rxBytes, txBytes } = online.link;
  host.files({
    [`${statistics}/rx_bytes`]: `${rxBytes + 9e6}\n`,
    [`${statistics}/tx_bytes`]: `${txBytes}\n`,
    [`${statistics}/rx_packets`]: '1\n',
    'sys/class/net/wwan0/flags': '0x10d1\n',
  });
  await status(host.context, once);
  const table = host.printed.join('\n').replaceAll(/ +/g, ' ');
  expect(table).toContain('Data | session: 57.0 MB\n | today: 111.0 MB\n');
  expect(table).toContain('| period: 400.0 MB, 80 % of 500 MB (since 1 November; next period begins 1 December)');
  expect(table).toContain('| by probes: 1.4 MB');
});

test('an operator cannot drive the terminal', async () => {
  const host = fakeHost();
  host.daemon({ ...online, modem: { ...online.modem, operatorName: 'Evil\x1b[2J' } });
  await status(host.context, once);
  await why(host.context);
  expect(host.printed.join('\n')).not.toContain('\x1b');
});

test('offline, the table tells the failure and the remedy', async () => {
  const host = fakeHost();
  host.daemon(refused);
  await status(host.context, once);
  const table = host.printed.join('\n');
  expect(table).toContain("last failure: 10:39 the operator refused APN 'foo': Service option not subscribed");
  expect(table).toContain('remedy: check connect.apn');
  expect(table).toContain('next attempt: 10:42');
  expect(table).not.toContain('interface');
});

test('a change that is on trial is told, and one that is not in use', async () => {
  const trial = { state: 'trying' as const, changed: ['connect.apn'], provenUntil: ago(86_400), until: ago(-600) };
  const host = fakeHost();
  host.daemon({ ...online, trial });
  await status(host.context, once);
  expect(host.printed.at(-1)).toContain(
    'trial: connect.apn of the file in use until 10:50, then what carried traffic on 2026-11-22 10:40',
  );
  host.daemon({ ...online, trial: { ...trial, state: 'refused' } });
  await status(host.context, once);
  expect(host.printed.at(-1)).toContain('connect.apn of the file not in use (refused)');
});

test('--json is the status itself', async () => {
  const host = fakeHost();
  host.daemon(online);
  expect(await status(host.context, { ...once, json: true })).toBe(0);
  expect(StatusSchema.parse(JSON.parse(host.printed.join('\n')))).toEqual(online);
});

test('--schema needs no daemon', async () => {
  const host = fakeHost();
  expect(await status(host.context, { ...once, schema: true })).toBe(0);
  expect(JSON.parse(host.printed.join('\n'))).toMatchObject({ type: 'object' });
});

test('--watch prints again when something changed, and only then, until Ctrl-C', async () => {
  const host = fakeHost();
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps++;
    if (sleeps === 2) host.daemon(refused);
    if (sleeps === 4) host.daemon(online);
    if (sleeps === 6) host.interrupt();
  });
  expect(await status(host.context, { json: true, watch: true, schema: false })).toBe(0);
  expect(host.printed.map((line) => JSON.parse(line).phase)).toEqual(['waiting', 'online']);
  expect(host.complained).toHaveLength(1);
});

test('on a terminal, --watch repaints', async () => {
  const host = fakeHost({ isTerminal: true });
  host.daemon(online);
  host.whenSleeping(() => host.interrupt());
  await status(host.context, { ...once, watch: true });
  expect(host.printed).toHaveLength(1);
  expect(host.printed[0]?.startsWith('\x1b[H\x1b[2J  ---')).toBe(true);
});

test('wait-online returns when it is online, also when the daemon starts later', async () => {
  const host = fakeHost();
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps++;
    if (sleeps === 2) host.daemon(refused);
    if (sleeps === 4) host.daemon(online);
  });
  expect(await waitOnline(host.context, 60_000)).toBe(0);
  expect(sleeps).toBe(4);
  expect(host.complained).toEqual([]);
});

test('wait-online does not take a link that is merely configured for one that carries traffic', async () => {
  const host = fakeHost();
  const { lastProof: _, ...unproven } = online.link;
  host.daemon({ ...online, link: unproven });
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps++;
    if (sleeps === 3) host.daemon(online);
  });
  expect(await waitOnline(host.context, 60_000)).toBe(0);
  expect(sleeps).toBe(3);
  host.daemon({ ...online, link: unproven });
  expect(await waitOnline(host.context, 2_000)).toBe(1);
  expect(host.complained).toEqual(['not online after 2 s: online: online; no traffic has been seen to pass yet']);
});

test('wait-online waits for traffic that gets through, where not getting through is a fault', async () => {
  const host = fakeHost();
  const { reach: _, ...unasked } = online.link;
  host.daemon({ ...online, link: unasked });
  expect(await waitOnline(host.context, 2_000)).toBe(1);
  expect(host.complained.at(-1)).toMatch(/whether traffic gets through has not been seen yet$/);
  const since = { since: ago(60), at: ago(60) };
  host.daemon({ ...online, link: { ...unasked, reach: { verdict: 'not-through', isFault: true, ...since } } });
  expect(await waitOnline(host.context, 2_000)).toBe(1);
  for (const reach of [
    { verdict: 'not-through', isFault: false },
    { verdict: 'unclear', isFault: true },
  ]) {
    host.daemon({ ...online, link: { ...unasked, reach: { ...reach, ...since } } });
    expect(await waitOnline(host.context, 2_000)).toBe(0);
  }
});

test('wait-online gives up when time is up, and says what it last saw', async () => {
  const host = fakeHost();
  host.daemon(refused);
  expect(await waitOnline(host.context, 5500)).toBe(1);
  expect(host.complained).toEqual(["not online after 5.5 s: waiting: offline: the operator refused APN 'foo'"]);
  expect(host.context.clock.now().monotonicMs).toBe(5500);
});

test('wait-online is ended by Ctrl-C', async () => {
  const host = fakeHost();
  host.whenSleeping(() => host.interrupt());
  expect(await waitOnline(host.context, 0)).toBe(1);
});

test('incidents lists the outages, the newest last', async () => {
  const host = fakeHost();
  const told = { cause: 'bearer-dropped', signalPercent: 67 };
  const incidents = [
    ...online.incidents,
    {
      begin: ago(600),
      end: ago(510),
      reason: 'nothing answers',
      ...told,
      rsrp: -98,
      endedBy: 'cycle-radio',
      seconds: 90,
    },
    { begin: ago(20), reason: 'the bearer was dropped', ...told, seconds: 20 },
  ];
  host.daemon({ ...refused, incidents });
  expect(await incidentsOf(host.context, { json: false })).toBe(0);
  expect(host.printed.join('\n')).toMatchInlineSnapshot(`
    "began  lasted  ended by     signal before              cause
    08:40  1m      reconnect                               bearer dropped
    10:30  1m30s   cycle-radio  3 of 5 bars, RSRP -98 dBm  nothing answers
    10:39  20s     it lasts     4 of 5 bars                the bearer was dropped"
  `);
  await incidentsOf(host.context, { json: true });
  expect(JSON.parse(host.printed.at(-1) ?? '')).toEqual(incidents);
  host.daemon({ ...online, incidents: [] });
  await incidentsOf(host.context, { json: false });
  expect(host.printed.at(-1)).toBe('no outage is remembered');
});

test('events prints a line for each change until Ctrl-C, also while the service is away', async () => {
  const host = fakeHost();
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps++;
    if (sleeps === 2) host.daemon(refused);
    if (sleeps === 4) host.daemon({ ...online, incidents: [...online.incidents, { ...open, end: ago(0) }] });
    if (sleeps === 6) host.interrupt();
  });
  const open = { begin: ago(70), reason: 'the bearer was dropped', endedBy: 'reconnect', seconds: 70 };
  expect(await events(host.context, { json: false, schema: false })).toBe(0);
  expect(host.printed).toMatchInlineSnapshot(`
    [
      "10:40 percept-lte is not running",
      "10:40 percept-lte 0.1.0 runs",
      "10:40 waiting: offline: the operator refused APN 'foo'",
      "10:40 online",
      "10:40 link 100.112.107.46/24 on wwan0",
      "10:40 outage since 10:38: the bearer was dropped",
      "10:40 outage over after 1 min: the bearer was dropped; ended by reconnect",
    ]
  `);
});

test('events --json prints one object a line', async () => {
  const host = fakeHost();
  host.daemon(online);
  host.whenSleeping(() => host.interrupt());
  await events(host.context, { json: true, schema: false });
  expect(host.printed.map((line) => JSON.parse(line).event)).toEqual(['service', 'phase', 'link']);
  await events(host.context, { json: true, schema: true });
  expect(JSON.parse(host.printed.at(-1) ?? '')).toHaveProperty('oneOf');
});

test('events tells of other ways out, of a trial and of warnings, and when each is over', async () => {
  const host = fakeHost();
  const uplink = { interface: 'eth0', family: 'IPv4', metric: 100, verdict: 'silent', since: ago(30) } as const;
  const warning = { ...found('rp-filter'), text: 'rp_filter is strict', remedy: 'sysctl', since: ago(10) };
  const trial = { state: 'trying' as const, changed: ['connect.apn'], provenUntil: ago(0) };
  host.daemon(online);
  let sleeps = 0;
  host.whenSleeping(() => {
    sleeps += 1;
    if (sleeps === 2)
      host.daemon({
        ...online,
        uplinks: [{ ...uplink, takenOver: { since: ago(0), bytes: 0 } }],
        trial,
        warnings: [warning],
      });
    if (sleeps === 4) host.daemon({ ...refused, uplinks: [uplink] });
    if (sleeps === 6) host.interrupt();
  });
  await events(host.context, { json: false, schema: false });
  const lines = host.printed.slice(3).map((line) => line.replace('10:40 ', ''));
  expect(lines).toEqual([
    'LTE goes before eth0, through which nothing answers',
    'trial of connect.apn: trying',
    'warning: rp_filter is strict. Remedy: sysctl',
    "waiting: offline: the operator refused APN 'foo'",
    'no link',
    'eth0 goes first again',
    'trial over',
    'no longer: rp_filter is strict. Remedy: sysctl',
  ]);
});

test('the table tells what is known of each other way out', async () => {
  const host = fakeHost();
  const [family, since] = ['IPv4', ago(600)] as const;
  host.daemon({
    ...online,
    uplinks: [
      { interface: 'eth0', family, metric: 100, verdict: 'silent', since, takenOver: { since, bytes: 2_000_000 } },
      { interface: 'wlan0', family, metric: 600, verdict: 'answers', since },
      { interface: 'eth1', family, metric: 610, verdict: 'unclear', since },
      { interface: 'eth2', family, metric: 620 },
    ],
  });
  expect(await status(host.context, once)).toBe(0);
  const table = host.printed.join('\n');
  expect(table).toMatch(/eth0: IPv4, metric 100: nothing answers since 10:30; LTE goes first since 10:30, 2\.0 MB/);
  expect(table).toMatch(/wlan0: IPv4, metric 600: answers since 10:30$/m);
  expect(table).toMatch(/eth1: IPv4, metric 610: cannot be asked since 10:30$/m);
  expect(table).toMatch(/eth2: IPv4, metric 620: not asked yet$/m);
});
