// Which way out of this host is the best one? From what the kernel holds. Pure.
import type { Held, HeldRoute } from './link/kernel-state.ts';

function defaultRoutes(held: Held): readonly HeldRoute[] {
  return held.routes.filter((r) => r.table === 'main' && r.destination === 'default' && r.type === 'unicast');
}

/** Whether no other link has a better default route of the same family than this one; IPv4 decides where there is any. */
export function isPreferred(held: Held, name: string): boolean {
  const all = defaultRoutes(held);
  const family = all.some((route) => route.family === 4) ? 4 : 6;
  const best = (mine: boolean) =>
    Math.min(...all.filter((r) => r.family === family && (r.device === name) === mine).map((r) => r.metric));
  // Without any default route both are Infinity: nobody else is better.
  return best(true) <= best(false);
}
