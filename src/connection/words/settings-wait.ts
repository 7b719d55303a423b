// That a reload waits for the hourly ceiling, in words. Pure.
import { type Found, found } from '../../codes/codes.ts';
import type { Moment } from '../../system/clock.ts';
import { timeOfDay } from '../../system/spoken.ts';
import type { Renewal } from '../phase/phase.ts';

/** What is told at `at` while the session is of settings before. */
export function settingsWait({ dueMs }: Renewal, at: Moment): Found {
  const wallMs = at.wallMs - (at.monotonicMs - dueMs);
  return found('settings-wait', { until: timeOfDay(wallMs, at.wallMs) });
}
