// How the log looks in journalctl and on a terminal.
import { expect, test } from 'vitest';
import { type LogLevel, openLog } from '../../../src/system/log.ts';
import { escaped, humanDuration } from '../../../src/system/log-line.ts';

function opened(journald = true, level: LogLevel = 'info') {
  const written: string[] = [];
  const open = openLog({ level, journald, destination: { write: (text: string) => written.push(text) } });
  return { ...open, lines: () => written.join('').split('\n').slice(0, -1) };
}

test('a line is priority, component, message and fields', () => {
  const { log, lines } = opened();
  log.child({ component: 'link' }).info({ apn: 'web', interface: 'wwan0', signal: 67 }, 'up');
  log.warn('mind this');
  log.error('broken');
  log.fatal('gone');
  expect(lines()).toEqual(['<6>link: up apn=web interface=wwan0 signal=67', '<4>mind this', '<3>broken', '<2>gone']);
});

test('on a terminal there is no priority', () => {
  const { log, lines } = opened(false);
  log.info({ a: 1 }, 'up');
  expect(lines()).toEqual(['up a=1']);
});

test('values: quotes where needed, big numbers, lists, objects, durations', () => {
  const { log, lines } = opened();
  log.info(
    {
      note: 'two words',
      empty: '',
      rxBytes: 123_456_789_012n,
      dns: ['1.1.1.1', '8.8.8.8'],
      bearer: { path: '/Bearer/1', up: true },
      none: null,
      absent: undefined,
      tookMs: 40,
      waitMs: 250_000,
      rsrpInMs: 'text',
    },
    'values',
  );
  expect(lines()).toEqual([
    '<6>values note="two words" empty="" rxBytes=123456789012 dns=1.1.1.1,8.8.8.8 bearer.path=/Bearer/1 bearer.up=true none=none took=40ms wait=4m10s rsrpInMs=text',
  ]);
});

test.each([
  [0, '0ms'],
  [999.4, '999ms'],
  [1500, '1.5s'],
  [12_000, '12s'],
  [59_999, '1m'],
  [250_000, '4m10s'],
  [3_600_000, '1h'],
  [11_520_000, '3h12m'],
  [187_200_000, '2d4h'],
  [-40, '-40ms'],
  [Number.POSITIVE_INFINITY, 'never'],
])('%d ms is %s', (ms, expected) => {
  expect(humanDuration(ms)).toBe(expected);
});

test('secrets stay out at any depth, under any spelling', () => {
  const { log, lines } = opened();
  log.info(
    { pin: '1234', sim: { ICCID: '8944', imsi: 26201, sim_identifier: 'x' }, user: 'u', list: [{ password: 'p' }] },
    's',
  );
  expect(lines()).toEqual([
    '<6>s pin=[secret] sim.ICCID=[secret] sim.imsi=[secret] sim.sim_identifier=[secret] user=[secret] list.0.password=[secret]',
  ]);
});

test('what a network sends can neither drive the terminal nor forge a line', () => {
  const { log, lines } = opened();
  log.info({ operator: 'Evil\x1b[2J\n<0>kernel: panic', 'key\n<0>': 1 }, 'operator %s', 'E\x1b[31m\n<0>forged');
  expect(lines()).toEqual([
    String.raw`<6>operator E\x1b[31m operator="Evil\x1b[2J\x0a<0>kernel: panic" key\x0a<0>=1`,
    '<6>  <0>forged',
  ]);
  expect(escaped('a\u202eb\u0085c')).toBe(String.raw`a\u202eb\x85c`);
});

test('an error is told with its causes; its stack goes to debug, its fields nowhere', () => {
  const { log, lines } = opened();
  const cause = Object.assign(new TypeError('inner'), { argv: ['hunter2'] });
  log.error({ err: new Error('outer', { cause }) }, 'connect failed');
  const [first, ...stack] = lines();
  expect(first).toBe('<3>connect failed: Error: outer: TypeError: inner');
  expect(stack.length).toBeGreaterThan(0);
  for (const line of stack) expect(line).toMatch(/^<7> {4}at /);
  expect(lines().join('')).not.toContain('hunter2');
});

test('on a terminal the stack is for those who asked for debug', () => {
  const quiet = opened(false);
  quiet.log.error(new Error('bare'));
  expect(quiet.lines()).toEqual(['Error: bare']);
  const chatty = opened(false, 'debug');
  chatty.log.error(new Error('bare'));
  expect(chatty.lines().length).toBeGreaterThan(1);
});

test('repeats are counted, not repeated', () => {
  const { log, lines, flush } = opened();
  const modem = log.child({ component: 'modem' });
  for (let i = 0; i < 5; i++) modem.warn({ n: 1 }, 'again');
  modem.warn({ n: 2 }, 'again');
  modem.info('same');
  modem.info('same');
  flush();
  modem.info('same');
  expect(lines()).toEqual([
    '<4>modem: again n=1',
    '<4>modem: again n=1 (repeated 4 times)',
    '<4>modem: again n=2',
    '<6>modem: same',
    '<6>modem: same (repeated once)',
    '<6>modem: same',
  ]);
});

test('the level can be changed while it runs, also for children that exist already', () => {
  const { log, setLevel, lines } = opened();
  const child = log.child({ component: 'c' });
  const grandchild = child.child({ component: 'g' });
  child.debug('no');
  setLevel('debug');
  child.debug('yes');
  grandchild.debug('yes');
  log.debug('yes');
  setLevel('error');
  child.warn('no');
  expect(lines()).toEqual(['<7>c: yes', '<7>g: yes', '<7>yes']);
});
