// What becomes of the connection when its data plan is used up, or is not any more. It is nobody's
// failure: no attempt is made and no rung climbed for it. Pure.
import type { Connection } from '../connection.ts';
import { phaseFor } from '../phase/phase-for.ts';
import { stopForPlan, withoutLink } from '../phase/transitions.ts';
import type { Step } from '../policy.ts';
import { onRung } from '../schedule/ladder.ts';
import { type PlanJudged, usedUpNow } from '../schedule/used-up.ts';

/**
 * What is connected, or may be in a moment, is disconnected. Everything else goes on as far as the
 * next connect, which is not made.
 */
export function onPlanJudged(before: Connection, { usedUp }: PlanJudged, step: Step): Connection {
  if (JSON.stringify(before.usedUp) === JSON.stringify(usedUp)) return before;
  const now: Connection = { ...before, usedUp };
  const { phase } = now;
  const bound = usedUpNow(now);
  if (bound === undefined) return phase.kind === 'plan-used-up' ? phaseFor(now, step) : now;
  switch (phase.kind) {
    case 'connecting':
      // As at a reload: what is under way at ModemManager is ended there first. Were the plan
      // renewed meanwhile, two connects would be under way.
      return onRung(withoutLink(now, bound.reason, step.at), 'reconnect', bound.reason, step);
    case 'configuring':
    case 'online':
      return stopForPlan(now, phase.modem, bound, step.at);
    case 'waiting':
    case 'riding':
      return phaseFor(withoutLink(now, bound.reason, step.at), step);
    case 'plan-used-up':
      // Other words for it: the limit was changed, and is used up too.
      return { ...now, phase: { ...phase, usedUp: bound } };
    case 'absent':
    case 'settling':
    case 'blocked':
    case 'unlocking':
    case 'enabling':
    case 'registering':
    case 'roaming-forbidden':
    case 'recovering':
    case 'stopping':
      return now;
  }
}
