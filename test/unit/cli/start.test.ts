// Whether `prepare` starts the service, by what systemd says of it and what a person answers.
import { expect, test } from 'vitest';
import { startService } from '../../../src/cli/prepare/start.ts';
import { CommandError, type CommandRunner } from '../../../src/system/command.ts';
import { fakeHost } from './fake-context.ts';

const SHOW = 'systemctl show --property=LoadState,ActiveState percept-lte';
const ENABLE = 'systemctl enable --now percept-lte';

/** What `systemctl` answers by its words, and what a person does. */
async function started(
  answers: Readonly<Record<string, string | Error>>,
  { yes = false, person }: { yes?: boolean; person?: boolean } = {},
) {
  const host = fakeHost();
  const ran: string[] = [];
  const asked: string[] = [];
  const commands: CommandRunner = {
    ...host.context.commands,
    run: (argv) => {
      ran.push(argv.join(' '));
      const answer = answers[argv.join(' ')] ?? '';
      return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
    },
  };
  const confirm = (question: string) => {
    asked.push(question);
    return Promise.resolve(person);
  };
  const runs = await startService({ ...host.context, commands, confirm }, yes);
  return { runs, isAsked: asked.length > 0, isEnabled: ran.includes(ENABLE), said: host.printed, err: host.complained };
}

const stopped = { [SHOW]: 'LoadState=loaded\nActiveState=inactive\n' };

test.each([
  [
    'a person says yes',
    { person: true },
    { runs: true, isAsked: true, isEnabled: true, said: ['percept-lte is started'] },
  ],
  ['a person says no', { person: false }, { runs: false, isAsked: true, isEnabled: false, said: [] }],
  ['nobody is there', {}, { runs: false, isAsked: true, isEnabled: false, said: [] }],
  ['--yes is said', { yes: true }, { runs: true, isAsked: false, isEnabled: true, said: ['percept-lte is started'] }],
])('a service that does not run, and %s', async (_, options, expected) => {
  expect(await started(stopped, options)).toEqual({ ...expected, err: [] });
});

test('a service that runs is said to, and nobody is asked', async () => {
  const outcome = await started({ [SHOW]: 'LoadState=loaded\nActiveState=active\n' }, { yes: true });
  expect(outcome).toEqual({ runs: true, isAsked: false, isEnabled: false, said: ['percept-lte runs'], err: [] });
});

test.each([
  ['systemd has no such unit', { [SHOW]: 'LoadState=not-found\nActiveState=inactive\n' }, []],
  ['there is no systemd', { [SHOW]: new CommandError(['systemctl'], undefined, 'ENOENT') }, []],
  [
    'systemd refuses',
    { ...stopped, [ENABLE]: new CommandError(ENABLE.split(' '), 1, 'Failed to enable unit: Access denied') },
    [`${ENABLE}: exited with 1: Failed to enable unit: Access denied`],
  ],
])('%s: it is left to the person', async (_, answers, err) => {
  expect(await started(answers, { yes: true })).toMatchObject({ runs: false, said: [], err });
});

test('a bug is no host without systemd', async () => {
  await expect(started({ [SHOW]: new TypeError('a bug') })).rejects.toThrow('a bug');
});
