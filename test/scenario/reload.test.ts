// A configuration that changes, or is wrong.
import { expect } from 'vitest';
import { connectsSent, expectLink } from './expectations.ts';
import { worldTest } from './world-test.ts';

const ADDRESS = '100.112.107.46';
const WITH = (extra: string) => `connect:\n  apn: vzwinternet\n${extra}`;

worldTest('reloads without losing a packet: log level, metric, and a mistake', {}, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  await daemon.reload(WITH('log:\n  level: debug\n'));
  await daemon.process.waitForOutput(/configuration reloaded changed=log/);
  await daemon.reload(WITH('network:\n  metric: 650\n'));
  await daemon.until('the new metric', ({ link }) => link?.metric === 650);
  await daemon.reload('conect:\n  apn: vzwinternet\n');
  await daemon.process.waitForOutput(/did you mean .?connect/i);
  await daemon.process.waitForOutput(/the configuration before stays in force/);
  await pinger.waitForAnswers(10);
  const { lost, complaints } = await pinger.stop();
  expect({ lost, complaints }).toEqual({ lost: [], complaints: [] });
  const main = (await world.ip.routes()).filter(({ dst, table }) => dst === 'default' && (table ?? 'main') === 'main');
  expect(main).toMatchObject([{ dev: 'wwan0', metric: 650 }]);
  expect(await connectsSent(world)).toBe(1);
});

worldTest('SIGUSR1 opens no debugger: it would run code for every local user', {}, async ({ world, start }) => {
  const daemon = await start();
  await daemon.online();
  await daemon.process.kill('SIGUSR1');
  await daemon.reload(WITH('log:\n  level: debug\n'));
  await daemon.process.waitForOutput(/configuration reloaded changed=log/);
  expect(daemon.journal).not.toMatch(/Debugger/);
  expect((await world.run(['ss', '-Hltn'])).stdout).not.toMatch(/:9229/);
});

worldTest('says where the configuration is wrong and exits with 78', {}, async ({ world, start }) => {
  const daemon = await start({ config: 'connect:\n  apn: vzwinternet\n  ip-typ: ipv4\n' });
  expect(await daemon.process.exited).toEqual({ code: 78, signal: null });
  expect(daemon.journal).toMatch(/percept-lte\.yaml:3:3: .*did you mean 'ip-type'/);
  expect(await connectsSent(world)).toBe(0);
});

worldTest('reconnects when the APN in the configuration changes', {}, async ({ world, start }) => {
  const daemon = await start();
  const before = await daemon.online();
  await daemon.reload('connect:\n  apn: m2m.example\n');
  await daemon.onlineAgain(before);
  expect((await world.modem.state()).sessions.map(({ apn }) => apn)).toEqual(['m2m.example']);
  await expectLink(world, ADDRESS);
});

worldTest('at the hourly ceiling a reload leaves the session that works, and says so', {}, async ({ world, start }) => {
  const settings = (apn: string, attempts = 1) =>
    `connect:\n  apn: ${apn}\nrecovery:\n  attempts-per-hour: ${attempts}\n`;
  const daemon = await start({ config: settings('vzwinternet') });
  const before = await daemon.online();
  const pinger = await world.pinger();
  await pinger.waitForAnswers(3);
  await daemon.reload(settings('m2m.example'));
  const waits = await daemon.until('the warning', ({ warnings }) =>
    warnings.some(({ code }) => code === 'settings-wait'),
  );
  expect(waits.attempts.nextAt).toBeDefined();
  expect(await daemon.why()).toMatch(
    /^online .*but: the new settings wait until .* for the hourly ceiling of attempts/,
  );
  expect(daemon.journal).toMatch(/the new settings wait until/);
  // Back to what it was connected with: nothing is to be done any more.
  await daemon.reload(settings('vzwinternet'));
  await daemon.until('no warning', ({ warnings }) => warnings.length === 0);
  await daemon.reload(settings('m2m.example'));
  await daemon.until('the warning', ({ warnings }) => warnings.some(({ code }) => code === 'settings-wait'));
  await pinger.waitForAnswers(10);
  const { lost, complaints } = await pinger.stop();
  expect({ lost, complaints }).toEqual({ lost: [], complaints: [] });
  expect(await connectsSent(world)).toBe(1);
  // An attempt is admitted: the reconnect follows.
  await daemon.reload(settings('m2m.example', 2));
  await daemon.onlineAgain(before);
  expect((await world.modem.state()).sessions.map(({ apn }) => apn)).toEqual(['m2m.example']);
  await expectLink(world, ADDRESS);
});

worldTest(
  'ModemManager ends at the hourly ceiling: online by the session that goes on, and said so',
  {},
  async (given) => {
    const { world, start } = given;
    const config = `${WITH('')}recovery:\n  attempts-per-hour: 1\nprobe:\n  interval: 10s\n`;
    const daemon = await start({ config });
    await daemon.online();
    await world.modemManager.kill();
    await world.modemManager.start();
    await daemon.until('waiting', ({ phase }) => phase === 'waiting');
    expect(await daemon.why()).toMatch(
      /^online for .* but: ModemManager does not know of the session any more; .*hourly ceiling .*\(at \d\d:\d\d\)$/m,
    );
    expect(await world.ping()).toBe(true);
    const { offlineSince, link } = (await daemon.status()) ?? {};
    expect([offlineSince, link?.interface]).toEqual([undefined, 'wwan0']);
    expect(await world.files.read('/run/percept-lte/metrics.prom')).toMatch(/^percept_lte_online 1$/m);
    // The session goes without a word: then it is offline.
    await world.modem.dropBearer({ indicate: false });
    await daemon.until('offline', (status) => status.offlineSince !== undefined && status.link === undefined, 90_000);
    expect(await daemon.why()).toMatch(/^offline for /);
    expect(await connectsSent(world)).toBe(1);
  },
);
