// What becomes of the connection when the host's other ways out were read, or one was asked. Pure.
import type { Family } from '../../ip/address.ts';
import type { Connection } from '../connection.ts';
import { isKeptOut, withFreshLink } from '../link/link-for.ts';
import type { Step } from '../policy.ts';
import {
  type BetterWays,
  leftAlone,
  NO_BETTER_WAYS,
  type OwnLink,
  withVerdict,
  withWays,
} from '../uplinks/better-ways.ts';
import { rememberTakeOvers } from '../uplinks/remembered-uplinks.ts';
import type { UplinkAsked, UplinksRead } from '../uplinks/uplink-events.ts';

/** The host's default routes were read, at a change and every now and then. */
export function onUplinksRead(now: Connection, { ways, bytes }: UplinksRead, step: Step): Connection {
  const own = ownLink(now, { reaches: false, bytes });
  const of = (family: Family): BetterWays =>
    step.policy.takeOver
      ? withWays(
          now.uplinks[family],
          ways.filter((way) => way.family === family),
          own,
          step.at,
        )
      : NO_BETTER_WAYS;
  return withUplinks(now, { 4: of(4), 6: of(6) }, step);
}

/** A better way was asked, and LTE too where the way was silent. */
export function onUplinkAsked(now: Connection, event: UplinkAsked, step: Step): Connection {
  if (!step.policy.takeOver) return now;
  const { way, verdict, silentMs, linkReaches, bytes } = event;
  const { at } = step;
  const since = verdict === 'silent' ? { monotonicMs: at.monotonicMs - silentMs, wallMs: at.wallMs - silentMs } : at;
  const own = ownLink(now, { reaches: linkReaches, bytes });
  const asked = withVerdict(now.uplinks[way.family], { name: way.interface, verdict, since }, own, at);
  return withUplinks(now, { ...now.uplinks, [way.family]: asked }, step);
}

/** The link is kept, and nobody looks after it from now on. */
export function leaveUplinks(now: Connection, step: Step): Connection {
  return withUplinks(now, { 4: leftAlone(now.uplinks[4]), 6: leftAlone(now.uplinks[6]) }, step);
}

function ownLink({ link, sessionSince, outage, reach }: Connection, rest: Omit<OwnLink, 'works'>): OwnLink {
  const isUp = link !== undefined && sessionSince !== undefined;
  return { ...rest, works: isUp && outage?.dead !== true && !isKeptOut(reach, link.apn) };
}

function withUplinks(now: Connection, uplinks: Connection['uplinks'], step: Step): Connection {
  if (uplinks[4] === now.uplinks[4] && uplinks[6] === now.uplinks[6]) return now;
  return withFreshLink({ ...now, uplinks, memory: rememberTakeOvers(now.memory, uplinks) }, step);
}
