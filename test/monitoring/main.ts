// `npm run monitoring -- --seed N --minutes M`: a soak that Prometheus scrapes. Says whether each
// query of the dashboard has data, whether each alert is evaluated, and which fired; draws each panel
// into docs/monitoring/, or into --pictures FOLDER.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commandFolder } from '../prepare/needs.mjs';
import { soak } from '../soak/soak.ts';
import type { World } from '../world/world.ts';
import { type Panel, panels, queryOf } from './dashboard.ts';
import { type Answer, pictureOf } from './picture.ts';
import { INSTANCE, SCRAPE_SECONDS, Scraped } from './scraped.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' }, pictures: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const minutes = Number(values.minutes ?? 13);
const pictures = values.pictures ?? fileURLToPath(new URL('../../docs/monitoring', import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What is missing, each as a sentence. */
const missing: string[] = [];

/** The name of a panel's picture. */
const fileOf = ({ title }: Panel): string =>
  `${title
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
    .replaceAll(/^-|-$/g, '')}.svg`;

async function draw(scraped: Scraped): Promise<void> {
  await mkdir(pictures, { recursive: true });
  for (const panel of panels()) {
    const answers: Answer[] = [];
    const stepSeconds = Math.max(SCRAPE_SECONDS, Number.parseInt(panel.interval ?? '0', 10));
    for (const { expr, legendFormat, instant = false } of panel.targets) {
      const shown = { instance: INSTANCE, seconds: scraped.seconds, scrapeSeconds: SCRAPE_SECONDS, stepSeconds };
      const series = await scraped.query(queryOf(expr, shown), instant ? undefined : stepSeconds);
      if (series.length === 0) missing.push(`no data for ${panel.title}: ${expr}`);
      answers.push(...series.map((one) => ({ ...one, legendFormat })));
    }
    say(`${panel.title}: ${answers.length} series`);
    await writeFile(`${pictures}/${fileOf(panel)}`, pictureOf(panel, answers, scraped.seconds));
  }
}

async function judgeAlerts(scraped: Scraped): Promise<void> {
  for (const { name, health, lastError } of await scraped.rules())
    if (health !== 'ok') missing.push(`${name} is not evaluated: ${health} ${lastError ?? ''}`);
  const fired = await scraped.query('count by (alertname) (ALERTS{alertstate="firing"})', SCRAPE_SECONDS);
  const names = fired.map(({ metric }) => metric.alertname ?? '').sort();
  say(`fired: ${names.join(', ') || 'none'}`);
  if (names.length < 2) missing.push('fewer than two alerts fired');
}

async function scrapedBeside(world: World): Promise<() => Promise<void>> {
  const scraped = await Scraped.start(world);
  const misfortunes = scraped.misfortunes().catch((error: unknown) => missing.push(String(error)));
  return async () => {
    await misfortunes;
    const page = await scraped.bySocket();
    say(page.split('\n').slice(0, 8).join('\n'));
    if (!page.startsWith('HTTP/1.1 200 OK')) missing.push(`curl --unix-socket got: ${page.slice(0, 200)}`);
    await draw(scraped);
    await judgeAlerts(scraped);
  };
}

say(`seed ${seed}, ${minutes} minutes`);
process.env.PATH = await commandFolder('faults');
const result = await soak({ seed, minutes, say, ethernet: true, beside: scrapedBeside });
say(`faults ${result.faults}, reachable ${(result.reachable * 100).toFixed(1)} % of the time`);
// A board that still rests after a refusal is the soak's business, and as good a picture.
say(`the soak: ${result.wrong.join('; ') || 'all as it must be'}`);
say(missing.length === 0 ? 'all as it must be' : `WRONG: ${missing.join('; ')}`);
process.exitCode = missing.length === 0 ? 0 : 1;
