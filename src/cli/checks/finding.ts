// What a check of `percept-lte doctor` finds.
import type { CliContext } from '../context.ts';
import { namesIn, textOf } from '../host-files.ts';

export interface Finding {
  /** fail: it cannot work like this; warn: it may bite some day. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly about: string;
  readonly text: string;
  /** What a person can do about it. */
  readonly remedy?: string;
}

/** Looks at one thing; changes nothing. */
export type Check = (context: CliContext, configPath: string) => Promise<readonly Finding[]>;

export interface Process {
  readonly name: string;
  /** Its command line, one word an entry. */
  readonly argv: readonly string[];
}

/** The processes that run. Names are cut to 15 letters by the kernel. */
export async function processes(root: string): Promise<readonly Process[]> {
  const ids = (await namesIn(root, 'proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => ({
      name: await textOf(root, 'proc', id, 'comm'),
      argv: ((await textOf(root, 'proc', id, 'cmdline')) ?? '').split('\0'),
    })),
  );
  return found.flatMap(({ name, argv }) => (name === undefined ? [] : [{ name, argv }]));
}
