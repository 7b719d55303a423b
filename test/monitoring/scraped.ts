// A soak that is watched as a fleet would be: Prometheus and node_exporter on the loopback of the
// board's world, both ways of scraping, and two things that random faults leave out: an ethernet that
// dies, and a change of the configuration that the network refuses.
import { readFile } from 'node:fs/promises';
import type { Status } from '../../src/status/schema.ts';
import { CONFIG, RUNTIME_DIRECTORY } from '../scenario/daemon.ts';
import type { World } from '../world/world.ts';
import { curl, nodeExporter, prometheus, socketActivate } from './programs.ts';

/** The board as the socket shows it, and as node_exporter does. */
export const INSTANCE = 'board-1';
const SECOND_INSTANCE = 'board-1-by-file';

export const SCRAPE_SECONDS = 5;

const PROMETHEUS = '127.0.0.1:9090';
const NODE_EXPORTER = '127.0.0.1:9100';
const FOLDER = '/run/world/prometheus';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The port that the unit for systemd's proxy listens on, and the proxy. */
async function proxyOfTheUnits(): Promise<{ address: string; proxy: readonly string[] }> {
  const unit = async (name: string) =>
    await readFile(new URL(`../../config/monitoring/percept-lte-metrics.${name}`, import.meta.url), 'utf8');
  const [, address = ''] = /^ListenStream=(.*)$/m.exec(await unit('socket')) ?? [];
  const [, command = ''] = /^ExecStart=(.*)$/m.exec(await unit('service')) ?? [];
  return { address, proxy: command.split(' ') };
}

const job = (name: string, target: string, instance: string) => ({
  job_name: name,
  static_configs: [{ targets: [target], labels: { instance } }],
});

/** Changes the board's configuration, and has it read again. */
async function reconfigure(world: World, change: (config: Record<string, object>) => void): Promise<void> {
  const config = JSON.parse(await world.files.read(CONFIG)) as Record<string, object>;
  change(config);
  await world.files.write(CONFIG, JSON.stringify(config), 0o600);
  const { pid } = JSON.parse(await world.files.read(`${RUNTIME_DIRECTORY}/status.json`)) as { pid: number };
  await world.run(['kill', '-HUP', String(pid)]);
}

/** Asks Prometheus' API. @throws Error with its answer, when that is none */
async function ask<T>(world: World, path: string, values: Readonly<Record<string, string>> = {}): Promise<T> {
  const data = Object.entries(values).flatMap(([name, value]) => ['--data-urlencode', `${name}=${value}`]);
  const { stdout, stderr } = await world.run([curl(), '-sSG', ...data, `http://${PROMETHEUS}/api/v1/${path}`]);
  const answer = JSON.parse(stdout || '{}') as { status?: string; data?: T };
  if (answer.status !== 'success' || answer.data === undefined) throw new Error(`${path}: ${stdout}${stderr}`);
  return answer.data;
}

/** One series: its labels, and its values over time, in seconds. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: number])[];
}

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** A board that is scraped. */
export class Scraped {
  readonly #world: World;
  readonly #since = Date.now() / 1000;

  private constructor(world: World) {
    this.#world = world;
  }

  /** Starts it all beside the daemon of `world`; resolves when Prometheus answers. */
  static async start(world: World): Promise<Scraped> {
    await reconfigure(world, (config) => {
      config.metrics = { socket: true };
    });
    const { address, proxy } = await proxyOfTheUnits();
    await world.run(['mkdir', '-p', FOLDER]);
    const rules = new URL('../../config/monitoring/percept-lte.rules.yaml', import.meta.url);
    await world.files.write(`${FOLDER}/rules.yaml`, await readFile(rules, 'utf8'));
    const config = {
      global: { scrape_interval: `${SCRAPE_SECONDS}s`, evaluation_interval: `${SCRAPE_SECONDS}s` },
      rule_files: [`${FOLDER}/rules.yaml`],
      scrape_configs: [job('percept-lte', address, INSTANCE), job('node', NODE_EXPORTER, SECOND_INSTANCE)],
    };
    await world.files.write(`${FOLDER}/prometheus.yaml`, JSON.stringify(config));
    await world.spawn([
      nodeExporter(),
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${RUNTIME_DIRECTORY}`,
      `--web.listen-address=${NODE_EXPORTER}`,
    ]);
    await world.spawn([socketActivate(), `--listen=${address}`, ...proxy]);
    await world.spawn([
      prometheus(),
      `--config.file=${FOLDER}/prometheus.yaml`,
      `--storage.tsdb.path=${FOLDER}/data`,
      `--web.listen-address=${PROMETHEUS}`,
    ]);
    const scraped = new Scraped(world);
    for (let tries = 0; !(await scraped.#answers()); tries += 1) {
      if (tries > 60) throw new Error('Prometheus does not answer');
      await sleep(500);
    }
    return scraped;
  }

  async #answers(): Promise<boolean> {
    return await ask(this.#world, 'status/buildinfo').then(
      () => true,
      () => false,
    );
  }

  /** Seconds since it began. */
  get seconds(): number {
    return Date.now() / 1000 - this.#since;
  }

  /** What random faults leave out, in the first minutes of a soak. */
  async misfortunes(): Promise<void> {
    const world = this.#world;
    await sleep(60_000);
    await world.carrier.ethernetLeads('nowhere');
    await sleep(90_000);
    await world.carrier.ethernetLeads('internet');
    await sleep(60_000);
    await world.modem.subscribe(['vzwinternet']);
    // The random faults may keep the network from refusing one: then it is another one's turn.
    for (const apn of ['iot.foo', 'iot.bar', 'iot.baz']) {
      await world.modem.acceptConnect();
      await reconfigure(world, (config) => {
        config.connect = { ...config.connect, apn };
      });
      if (await this.#isTakenBack()) break;
    }
    await sleep(90_000);
    await reconfigure(world, (config) => {
      config.connect = { ...config.connect, apn: 'vzwinternet' };
    });
  }

  /** Whether the change is, within a minute. */
  async #isTakenBack(): Promise<boolean> {
    for (let tries = 0; tries < 60; tries += 1) {
      const status = await this.#world.files.read(`${RUNTIME_DIRECTORY}/status.json`);
      if ((JSON.parse(status) as Status).trial?.state === 'refused') return true;
      await sleep(1_000);
    }
    return false;
  }

  /** The answer to a query: a point each so many seconds from the beginning, or as it is now. */
  async query(expr: string, stepSeconds: number | undefined): Promise<readonly Series[]> {
    const end = String(Date.now() / 1000);
    const { result } =
      stepSeconds === undefined
        ? await ask<{ result: RawSeries[] }>(this.#world, 'query', { query: expr, time: end })
        : await ask<{ result: RawSeries[] }>(this.#world, 'query_range', {
            query: expr,
            start: String(this.#since),
            end,
            step: String(stepSeconds),
          });
    return result.map(({ metric, values, value }) => ({
      metric,
      values: (values ?? (value ? [value] : [])).map(([at, text]) => [at - this.#since, Number(text)] as const),
    }));
  }

  /** Every alert as Prometheus has evaluated it. */
  async rules(): Promise<readonly Rule[]> {
    const { groups } = await ask<{ groups: { rules: Rule[] }[] }>(this.#world, 'rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** The first lines of what curl gets from the socket. */
  async bySocket(): Promise<string> {
    const socket = ['--unix-socket', `${RUNTIME_DIRECTORY}/metrics.sock`];
    const { stdout, stderr } = await this.#world.run([curl(), '-sSi', ...socket, 'http://localhost/metrics']);
    return stdout + stderr;
  }
}
