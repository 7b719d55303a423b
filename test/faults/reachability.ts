// Whether the internet answers, asked from outside of every manager: a ping each 0.1 s. Bound to
// wwan0 by its name, so that the same question is asked after re-enumeration, beside an ethernet
// uplink and of every manager; or not bound, where it matters by which way the host sends.

import type { WorldProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

const prober = '/run/world/prober';

/**
 * $EPOCHREALTIME is when the ping was sent. A ping that fails at once (no route) is repeated no
 * faster than one that is answered.
 */
const script = (ping: string): string => `#!/bin/bash
while :; do
  at=$EPOCHREALTIME
  if ping -n -q -c 1 -W 0.2 ${ping} > /dev/null 2>&1; then echo "$at 1"; else echo "$at 0"; fi
  sleep 0.08
done
`;

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly answered: boolean;
}

export interface PingOptions {
  readonly target?: string;
  /** By whichever way the host sends. */
  readonly unbound?: boolean;
}

export class Reachability {
  readonly samples: Sample[] = [];
  readonly #world: World;
  readonly #ping: string;
  #process: WorldProcess | undefined;

  constructor(world: World, { target = '192.0.2.1', unbound = false }: PingOptions = {}) {
    this.#world = world;
    this.#ping = unbound ? target : `-I wwan0 ${target}`;
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    await this.#world.files.write(prober, script(this.#ping), 0o755);
    const onLine = (line: string): void => {
      const [at, answered] = line.split(' ');
      this.samples.push({ at: Number(at) * 1000, answered: answered === '1' });
    };
    this.#process = await this.#world.spawn([prober], { onLine });
  }

  /** Ends the pings and forgets their answers. */
  async stop(): Promise<void> {
    await this.#process?.end('SIGKILL');
    this.#process = undefined;
    this.samples.length = 0;
  }

  /**
   * Since when every ping has been answered, in ms since the epoch; undefined when the last one was
   * not.
   */
  get answersSince(): number | undefined {
    let since: number | undefined;
    for (let index = this.samples.length - 1; index >= 0 && this.samples[index]?.answered === true; index -= 1) {
      since = this.samples[index]?.at;
    }
    return since;
  }

  /**
   * Milliseconds without an answer between `from` and the last sample: each gap lasts from the
   * answer before to the next.
   */
  offlineMs(from: number): number {
    let total = 0;
    let lastAnswer = from;
    let inGap = false;
    for (const { at, answered } of this.samples) {
      if (at < from) continue;
      if (!answered) inGap = true;
      else {
        if (inGap) total += at - lastAnswer;
        inGap = false;
        lastAnswer = at;
      }
    }
    const last = this.samples.at(-1);
    return inGap && last !== undefined ? total + last.at - lastAnswer : total;
  }

  /** Pings that were not answered since `from`. */
  lost(from: number): number {
    return this.samples.filter(({ at, answered }) => at >= from && !answered).length;
  }
}
