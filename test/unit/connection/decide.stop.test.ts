// The end.
import { describe, expect, test } from 'vitest';
import { connecting, facts, failed, following, online, policy, unplugged } from './builders.ts';
import { dead, elapsed } from './rows.ts';

describe('stopping', () => {
  test.each([
    ['the link is removed and the modem disconnected', false, 'disconnect', true, false],
    ['a restart by systemd keeps both', true, 'disconnect', false, true],
    ['on-stop: keep keeps both', false, 'keep', false, true],
  ] as const)('%s', (_, keepLink, onStop, disconnect, linkStays) => {
    const stopped = following(online(), [{ kind: 'stopRequested', keepLink }], policy({ onStop }), 50);
    expect(stopped.phase).toMatchObject({ kind: 'stopping', disconnect });
    expect(stopped.phase.kind === 'stopping' && stopped.phase.modem).toBeDefined();
    expect(stopped.link !== undefined).toBe(linkStays);
    expect(
      following(stopped, [
        facts(unplugged),
        elapsed,
        dead,
        failed('other'),
        { kind: 'stopRequested', keepLink: false },
      ]),
    ).toBe(stopped);
  });

  test('a connect that is under way is disconnected too', () => {
    const stopped = following(connecting(), [{ kind: 'stopRequested', keepLink: false }]);
    expect(stopped.phase.kind === 'stopping' && stopped.phase.modem?.path).toBeDefined();
  });
});
