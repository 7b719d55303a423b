import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCounters } from '../../../../src/network/reachability/counters.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'counters-'));
  for (const name of ['wwan0', 'broken']) {
    const folder = join(root, 'class/net', name, 'statistics');
    await mkdir(folder, { recursive: true });
    for (const [i, file] of ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets'].entries()) {
      await writeFile(join(folder, file), name === 'broken' ? 'nonsense\n' : `${i + 1}\n`);
    }
  }
});
afterAll(() => rm(root, { recursive: true }));

test('reads the four counters', async () => {
  expect(await readCounters('wwan0', root)).toEqual({ rxBytes: 1, txBytes: 2, rxPackets: 3, txPackets: 4 });
});

test.each(['wwan7', 'broken', '../net/wwan0', 'wwan0; reboot', ''])('undefined for %j', async (name) => {
  expect(await readCounters(name, root)).toBeUndefined();
});
