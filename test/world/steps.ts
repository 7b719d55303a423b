// What a person does with a world, for the world's own tests: the vendor's guide's steps by hand,
// and reading what mmcli prints.

import { expect, type TestContext } from 'vitest';
import { type ProfileName, profiles } from './profiles.ts';
import { World, type WorldOptions } from './world.ts';

/**
 * A world that ends with its test. The tests run five at a time: most of their time ModemManager
 * waits for a timer of its own.
 */
export async function startWorld({ onTestFinished }: TestContext, options: WorldOptions): Promise<World> {
  const world = await World.start(options);
  onTestFinished(() => world.stop());
  return world;
}

/** The document's steps 8 to 15. */
export async function comeOnline(world: World, profile: ProfileName): Promise<void> {
  const { apn, ip } = profiles[profile];
  const { address, prefix, gateway } = ip.ipv4 ?? {};
  const steps = [
    ['mmcli', '-m', 'any', '--enable'],
    ['mmcli', '-m', 'any', `--simple-connect=apn=${apn}`],
    ['ip', 'link', 'set', 'dev', 'wwan0', 'up'],
    ['ip', 'address', 'add', `${address}/${prefix}`, 'dev', 'wwan0'],
    ['ip', 'route', 'add', 'default', 'via', String(gateway), 'dev', 'wwan0'],
  ];
  for (const [command = '', ...args] of steps) {
    const { code, stderr } = await (command === 'mmcli' ? world.mmcli(...args) : world.run([command, ...args]));
    expect(`${args.join(' ')}: ${code} ${stderr.trim()}`).toBe(`${args.join(' ')}: 0 `);
  }
}

/**
 * "key: value" lines of mmcli as the document prints them, whatever the column width and colours.
 */
export function linesOf(text: string): string[] {
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  const lines = text.replace(colour, '').split('\n');
  return lines.map((line) => line.replace(/^[^|]*\|/, '').trim()).filter((line) => line.includes(': '));
}
