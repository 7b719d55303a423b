// Whether somebody besides root and the daemon may write the configuration.
import { othersMayWrite } from '../system/others-may-write.ts';
import type { Owned } from './yaml.ts';

/**
 * A line and its remedy for each of `owned` that somebody besides root and user `uid` may write.
 * It is used all the same: a link that works is worth more, and nothing in it is run as a program.
 */
export function writableByOthers(
  owned: readonly Owned[],
  uid: number,
): readonly { readonly text: string; readonly remedy: string }[] {
  return owned.flatMap((one) => {
    const open = othersMayWrite(one.path, one, uid);
    if (open === undefined) return [];
    const text = `${one.path} ${open.why}: whoever writes it says where this board connects, from the next reload on`;
    return [{ text, remedy: `${open.command}, then: systemctl reload percept-lte` }];
  });
}
