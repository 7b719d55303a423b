// npm run fleet: 100,000 boards through outages, under our policy and under those of NetworkManager
// and systemd-networkd.
//   --boards N   --seed N   --scenario a1,b   --svg FILE
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Ours } from './ours.ts';
import { networkd, networkManager } from './policies.ts';
import { seeded } from './queue.ts';
import { scenarios } from './scenario.ts';
import { backAfter, simulate } from './simulate.ts';
import { picture } from './svg.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    boards: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    svg: { type: 'string', default: 'build/fleet.svg' },
  },
});
const boards = Number(values.boards);
const seed = Number(values.seed);
const chosen = scenarios.filter(
  ({ name }) => values.scenario === undefined || values.scenario.split(',').includes(name),
);

console.log(`${boards} boards, seed ${seed}\n`);
const panels = chosen.map((scenario) => {
  const policies = [new Ours(boards, scenario, seeded(seed + 1)), networkManager(boards), networkd(scenario)];
  const runs = policies.map((policy) => simulate(policy, scenario, boards, seed));
  console.log(table(scenario, runs));
  return { scenario, runs };
});
mkdirSync(dirname(values.svg), { recursive: true });
writeFileSync(values.svg, picture(panels));
console.log(`picture: ${values.svg}`);

let held = true;
for (const { scenario, runs } of panels) {
  const [ours, ...peers] = runs;
  if (ours === undefined) continue;
  const all = (run: typeof ours) => backAfter(run, 0.99) ?? Number.POSITIVE_INFINITY;
  for (const peer of peers) {
    const lower = ours.peakPerSecond < peer.peakPerSecond;
    const noLater = all(ours) <= all(peer);
    held &&= lower && noLater;
    if (!lower || !noLater)
      console.log(
        `${scenario.name} against ${peer.policy}: ${lower ? '' : 'the peak is not lower'}${noLater ? '' : ' later at 99 %'}`,
      );
  }
}
console.log(held ? 'lower peak and no later at 99 %, against both, in every scenario' : 'not in every scenario');
process.exitCode = held ? 0 : 1;
