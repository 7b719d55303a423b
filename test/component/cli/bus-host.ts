// A host for commands, as the unit tests have it, on a real bus.
import { openSystemBus } from '../../../src/dbus/system-bus.ts';
import { type Clock, systemClock } from '../../../src/system/clock.ts';
import { type FakeHost, fakeHost } from '../../unit/cli/fake-context.ts';
import type { PrivateBus } from '../dbus/private-bus.ts';

/** A command looks again this soon; what sleeps longer is a deadline. */
const LONGEST_LOOK_MS = 1_000;

/** What the command itself waits between two looks passes at once; deadlines are real. */
export function hostOnBus({ address }: Pick<PrivateBus, 'address'>): FakeHost {
  const host = fakeHost();
  const fake = host.context.clock;
  const clock: Clock = {
    now: fake.now,
    sleep: (ms, signal) => (ms <= LONGEST_LOOK_MS ? fake : systemClock).sleep(ms, signal),
  };
  const openBus = () => openSystemBus({ address, clock: systemClock });
  return { ...host, context: { ...host.context, clock, openBus } };
}
