// The unit's flags of Node, and its MemoryDenyWriteExecute=, which the kernel can hold a process to
// without systemd.
import { expect } from 'vitest';
import { unitFlags } from './daemon.ts';
import { expectLink, expectNothingLeft } from './expectations.ts';
import { worldTest } from './world-test.ts';

/**
 * prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN) of Linux 6.3, then the program; exits with 77 where
 * the kernel has none.
 */
const PRCTL = process.arch === 'arm64' ? 167 : 157;
const launcher = ['perl', '-e', `syscall(${PRCTL}, 65, 1, 0, 0, 0) == 0 or exit 77; exec @ARGV or die;`];

worldTest('comes online where no memory may be both written and run, as in the unit', {}, async ({ world, start }) => {
  const probe = await world.run([...launcher, 'true']);
  if (probe.code === 77) return;
  const flags = await unitFlags();
  expect(flags).toContain('--jitless');
  // Plain Node does not live under it: the launcher does what it says.
  expect((await world.run([...launcher, process.execPath, '-e', '0'])).code).not.toBe(0);
  const daemon = await start({ launcher, flags });
  const before = await daemon.online();
  expect(await world.files.read(`/proc/${daemon.process.pid}/cmdline`)).toContain('--jitless');
  await expectLink(world, '100.112.107.46');
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  expect(daemon.process.stderr).toBe('');
  expect((await daemon.stop()).code).toBe(0);
  await expectNothingLeft(world);
});

worldTest('a start takes the code that the one before kept, and none that is damaged', {}, async ({ world, start }) => {
  const folder = '/run/world/code';
  const file = `${folder}/program.code`;
  const inNode = (script: string) => world.run([process.execPath, '-e', `const fs = require('node:fs'); ${script}`]);
  const hash = `require('node:crypto').createHash('sha256').update(fs.readFileSync('${file}')).digest('hex')`;
  const kept = async () => (await inNode(`console.log(${hash})`)).stdout;
  const env = { CACHE_DIRECTORY: folder };
  await world.files.write(`${folder}/empty`, '');
  const first = await start({ env });
  await first.online();
  await expect.poll(kept, { timeout: 20_000 }).not.toBe('');
  await first.process.end('SIGKILL');
  // V8 dies of such code.
  const damage = `const code = fs.readFileSync('${file}'); code[600000] ^= 255; fs.writeFileSync('${file}', code)`;
  expect((await inNode(damage)).code).toBe(0);
  const damaged = await kept();
  const second = await start({ env });
  await second.process.waitForOutput(/adopted=true/);
  expect(second.process.stderr).toBe('');
  await expect.poll(kept, { timeout: 20_000 }).not.toBe(damaged);
  const keptAgain = await kept();
  await second.process.end('SIGKILL');
  const third = await start({ env });
  await third.process.waitForOutput(/adopted=true/);
  expect((await third.stop()).code).toBe(0);
  expect(await kept()).toBe(keptAgain);
  await expectNothingLeft(world);
});

worldTest('a second daemon ends at once and leaves the first alone', {}, async ({ world, start }) => {
  const first = await start();
  await first.online();
  const second = await start();
  expect(await second.process.exited).toMatchObject({ code: 1 });
  expect(second.journal).toContain(`percept-lte runs already (process ${first.process.pid})`);
  await expectLink(world, '100.112.107.46');
  expect(first.process.exit).toBeUndefined();
});
