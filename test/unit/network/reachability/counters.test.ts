import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCounters, readInterfaceBytes } from '../../../../src/network/reachability/counters.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'counters-'));
  for (const name of ['wwan0', 'noarp', 'broken']) {
    const folder = join(root, 'class/net', name, 'statistics');
    await mkdir(folder, { recursive: true });
    for (const [i, file] of ['rx_bytes', 'tx_bytes', 'rx_packets'].entries()) {
      await writeFile(join(folder, file), name === 'broken' ? 'nonsense\n' : `${i + 1}\n`);
    }
    await writeFile(join(folder, '../ifindex'), '7\n');
    await writeFile(join(folder, '../flags'), name === 'noarp' ? '0x10d1\n' : '0x1003\n');
  }
});
afterAll(() => rm(root, { recursive: true }));

test('reads the counters, and whether the link resolves addresses', async () => {
  expect(await readCounters('wwan0', root)).toMatchObject({ rxBytes: 1, txBytes: 2, rxPackets: 3, hasArp: true });
  expect(await readCounters('noarp', root)).toMatchObject({ hasArp: false });
});

test.each(['wwan7', 'broken', '../net/wwan0', 'wwan0; reboot', ''])('undefined for %j', async (name) => {
  expect(await readCounters(name, root)).toBeUndefined();
});

test('reads how many packets this host has received and did nothing with', async () => {
  await mkdir(join(root, 'net'), { recursive: true });
  const names = 'Ip: Forwarding DefaultTTL InReceives InHdrErrors ForwDatagrams InDelivers';
  await writeFile(join(root, 'net/snmp'), `${names}\nIp: 1 64 100 0 20 73\nIcmp: InMsgs\nIcmp: 7\n`);
  expect(await readCounters('wwan0', root, root)).toMatchObject({ undelivered: 7 });
  expect(await readCounters('wwan0', root, join(root, 'nowhere'))).toMatchObject({ undelivered: 0 });
});

test('reads how many packets of other interfaces than lo have reached IP, and whether it forwards', async () => {
  await mkdir(join(root, 'net'), { recursive: true });
  await mkdir(join(root, 'class/net/lo/statistics'), { recursive: true });
  await writeFile(join(root, 'class/net/lo/statistics/rx_packets'), '30\n');
  await writeFile(join(root, 'net/snmp'), 'Ip: Forwarding InReceives\nIp: 2 50\n');
  await writeFile(
    join(root, 'net/netstat'),
    'TcpExt: A\nTcpExt: 9\nIpExt: InOctets InNoECTPkts InCEPkts\nIpExt: 9 40 2\n',
  );
  await writeFile(
    join(root, 'net/snmp6'),
    'Ip6InReceives                   \t9\nIp6InNoECTPkts                  \t8\n',
  );
  expect(await readCounters('noarp', root, root)).toMatchObject({ reachedIp: 20, forwards: false });
  expect((await readCounters('noarp', root, join(root, 'nowhere')))?.reachedIp).toBeUndefined();
});

test('the bytes of an interface come with what tells it from a later one of the same name', () => {
  expect(readInterfaceBytes('wwan0', root)).toEqual({ instance: 'wwan0 7', rxBytes: 1, txBytes: 2 });
  expect(readInterfaceBytes('wwan7', root)).toBeUndefined();
  expect(readInterfaceBytes('../net/wwan0', root)).toBeUndefined();
});
