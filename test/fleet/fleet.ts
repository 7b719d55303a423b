// npm run fleet: 100,000 boards through outages, under our policy and under those of NetworkManager
// and systemd-networkd; and on an uplink that dies beside LTE, under ours.
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
import { isWithinPolicy, simulateUplink, uplinkScenarios, uplinkTable } from './uplink.ts';

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
const isChosen = ({ name }: { readonly name: string }) => values.scenario?.split(',').includes(name) ?? true;

console.log(`${boards} boards, seed ${seed}\n`);
const panels = scenarios.filter(isChosen).map((scenario) => {
  const policies = [new Ours(boards, scenario, seeded(seed + 1)), networkManager(boards), networkd(scenario)];
  const runs = policies.map((policy) => simulate(policy, scenario, boards, seed));
  console.log(table(scenario, runs));
  return { scenario, runs };
});
let held = true;
for (const scenario of uplinkScenarios.filter(isChosen)) {
  const run = simulateUplink(scenario, boards, seed);
  console.log(uplinkTable(scenario, run));
  if (isWithinPolicy(scenario, run)) continue;
  held = false;
  console.log(`${scenario.name}: a board moved more often than the policy allows`);
}
if (panels.length > 0) {
  mkdirSync(dirname(values.svg), { recursive: true });
  writeFileSync(values.svg, picture(panels));
  console.log(`picture: ${values.svg}`);
}

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
if (!held) console.log('not in every scenario');
else if (panels.length > 0) console.log('lower peak and no later at 99 %, against both, in every scenario');
process.exitCode = held ? 0 : 1;
