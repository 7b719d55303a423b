// A board on whose USB is a modem in the wrong mode, for tests of `prepare`.
import { join } from 'node:path';
import type { CliContext } from '../../../src/cli/context.ts';
import type { OpenPort } from '../../../src/cli/prepare/composition.ts';
import { type PrepareOptions, prepare } from '../../../src/cli/prepare.ts';
import { AnswerReader } from '../../../src/modem/at/answer.ts';
import { AtError } from '../../../src/modem/at/port.ts';
import { type AtDialect, AtModem, dialects } from '../../world/at/modem.ts';
import { type FakeHost, fakeHost, plugIn, unplug } from './fake-context.ts';

export const CONFIG = 'etc/percept-lte.yaml';

export interface Desk {
  readonly host: FakeHost;
  readonly modem: AtModem;
  /** Ports that do not answer, by path. */
  readonly deaf: Set<string>;
  readonly opened: string[];
  run(options?: Partial<PrepareOptions>, context?: CliContext): Promise<number>;
  /** All that was printed, without the folder that stands for `/`. */
  readonly text: () => string;
}

export const MBIM = [
  ['02/0e', 'cdc_mbim'],
  ['02/02', 'cdc_acm', 'ttyACM0'],
] as const;
export const SERIAL = [
  ['02/02', 'cdc_acm', 'ttyACM0'],
  ['02/02', 'cdc_acm', 'ttyACM3'],
] as const;

/** A board with a modem in the wrong mode, whose configuration is there already. */
export function desk(dialect: AtDialect = dialects.multitech, { mode = '0', id = '1bc7:0036' } = {}): Desk {
  const host = fakeHost();
  host.files({ [CONFIG]: 'connect: { apn: web }' });
  plugIn(host, id, SERIAL);
  let looks = 0;
  const modem = new AtModem({
    dialect,
    mode,
    onRestart: () => {
      gone = true;
      unplug(host);
      host.whenSleeping(() => {
        looks += 1;
        if (looks === 3) plugIn(host, '1bc7:0032', MBIM);
      });
    },
  });
  let gone = false;
  const deaf = new Set<string>();
  const opened: string[] = [];
  const answer = (path: string, command: string) => {
    if (gone) throw new AtError('gone', `${path} went away`);
    const sent = deaf.has(path) ? '' : modem.receive(`${command}\r`);
    const whole = new AnswerReader(command).push(Buffer.from(sent));
    if (whole === undefined) throw new AtError('silent', `${path} does not answer ${command} within 1 s`);
    return whole;
  };
  const openPort: OpenPort = (path) => {
    opened.push(path);
    return Promise.resolve({
      path,
      ask: (command) => new Promise((resolve) => resolve(answer(path, command))),
      close: () => Promise.resolve(),
    });
  };
  return {
    host,
    modem,
    deaf,
    opened,
    run: (options = {}, context = host.context) =>
      prepare(context, {
        configPath: join(host.context.root, CONFIG),
        to: 'mbim',
        yes: true,
        dryRun: false,
        openPort,
        ...options,
      }),
    text: () => [...host.printed, ...host.complained].join('\n').replaceAll(host.context.root, ''),
  };
}

/** What it was sent that would change it. */
export const changes = ({ modem }: Desk) => modem.heard.filter((command) => /=\d|"usbnet",|REBOOT|CFUN/.test(command));
