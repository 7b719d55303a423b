// The data plan of this host: its counters, its files, and whom it tells.
import type { Connection } from '../connection/connection.ts';
import { DataPlan } from '../data-plan/data-plan.ts';
import type { PlanSettings } from '../data-plan/plan.ts';
import { readInterfaceBytes } from '../network/reachability/counters.ts';
import type { Happening } from '../runner/runner.ts';
import { readBootId } from '../state/store.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/log.ts';
import type { Observers } from './observers.ts';
import { openUsage } from './remembered.ts';
import type { Warnings } from './warnings.ts';

export interface HostPlanPorts {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** What stands before /sys. */
  readonly root: string;
  readonly log: Logger;
  readonly warnings: Warnings;
  readonly settings: () => PlanSettings;
  readonly connection: () => Connection;
  readonly happened: (what: Happening) => void;
  readonly observers: () => Observers;
}

/** The plan, counted on from where it was. */
export function hostDataPlan(ports: HostPlanPorts): DataPlan {
  const { env, clock, root, log, warnings, settings, connection, happened, observers } = ports;
  return new DataPlan({
    clock,
    bootId: readBootId(),
    store: openUsage(env, log),
    settings,
    connection,
    read: (name) => readInterfaceBytes(name, `${root}/sys`),
    warn: (found) => warnings.set('data plan', found),
    passed: (percent) => observers().tell('quota', connection(), { percent: String(percent) }),
    judged: (usedUp) => happened({ kind: 'planJudged', usedUp }),
  });
}
