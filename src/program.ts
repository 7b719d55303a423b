// The program: reads the command line, hands it to the command, and chooses the exit code.
// The only place that ends the process.
import { setMaxListeners } from 'node:events';
import { HELP, parseArguments, type Request, UsageError } from './cli/arguments.ts';
import { type CliContext, EXIT } from './cli/context.ts';
import { ConfigError, problemLine } from './config/problems.ts';
import { systemClock } from './system/clock.ts';
import { hostCommands } from './system/command.ts';
import { holdingReloads } from './system/held-reloads.ts';
import { version } from './system/version.ts';

/**
 * A dozen of the daemon's watches and some programs that run at a time listen to one signal; Node
 * warns of more than ten listeners. A leak would soon have more than this.
 */
const MOST_LISTENERS = 64;

/** Runs one command to its end. Each is loaded when it is called for: none waits for the others. */
async function perform(request: Request): Promise<number> {
  const context = cliContext();
  switch (request.command) {
    case 'run': {
      setMaxListeners(MOST_LISTENERS);
      const onSignal = holdingReloads(process);
      const { runDaemon } = await import('./daemon/run-daemon.ts');
      return runDaemon({ configPath: request.configPath, env: process.env, onSignal });
    }
    case 'check':
      return (await import('./cli/check.ts')).check(context, request.configPath);
    case 'accept':
      return (await import('./cli/accept.ts')).accept(context);
    case 'doctor':
      return (await import('./cli/doctor.ts')).doctor(interruptible(context), request);
    case 'prepare':
      return (await import('./cli/prepare.ts')).prepare(interruptible(context), request);
    case 'status':
      return (await import('./cli/status.ts')).status(interruptible(context), request);
    case 'incidents':
      return (await import('./cli/incidents.ts')).incidents(context, request);
    case 'events':
      return (await import('./cli/events.ts')).events(interruptible(context), request);
    case 'why':
      return (await import('./cli/why.ts')).why(interruptible(context));
    case 'wait-online':
      return (await import('./cli/wait-online.ts')).waitOnline(interruptible(context), request.timeoutMs);
    case 'version':
      context.out(version);
      return EXIT.ok;
    case 'help':
      context.out(HELP);
      return EXIT.ok;
  }
}

function cliContext(): CliContext {
  return {
    env: process.env,
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    isTerminal: process.stdout.isTTY,
    root: '/',
    commands: hostCommands,
    openBus: async () => {
      const { openSystemBus } = await import('./dbus/system-bus.ts');
      return openSystemBus({ address: process.env.DBUS_SYSTEM_BUS_ADDRESS, clock: systemClock });
    },
    confirm: () => Promise.resolve(undefined),
    clock: systemClock,
    signal: new AbortController().signal,
  };
}

/**
 * The same context, ended by Ctrl-C or SIGTERM in good order. The daemon answers its signals
 * itself.
 */
function interruptible(context: CliContext): CliContext {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort());
  const { signal } = interrupted;
  return {
    ...context,
    signal,
    confirm: async (question) => (await import('./cli/confirm.ts')).confirmOnTerminal(question, signal),
  };
}

/**
 * Tells a person what went wrong; under systemd with the prefix by which the journal knows an
 * error.
 */
function report(error: unknown): number {
  const prefix = process.env.JOURNAL_STREAM === undefined ? '' : '<3>';
  const say = (line: string) => process.stderr.write(`${prefix}${line}\n`);
  if (error instanceof UsageError) {
    say(`percept-lte: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    for (const problem of error.problems) say(problemLine(problem));
    // systemd starts us again, and does not where only a person can mend it.
    return error.mayPass ? EXIT.fault : EXIT.config;
  }
  for (const line of (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n')) say(line);
  return EXIT.fault;
}

/** Whoever reads our output may stop reading (`status --watch | head`). The daemon lives on. */
const endWithReader = ({ command }: Request) => {
  if (command !== 'run') process.stdout.on('error', () => process.exit(EXIT.fault));
};

const run = async () => {
  const request = parseArguments(process.argv.slice(2));
  endWithReader(request);
  return await perform(request);
};
void run()
  .catch(report)
  .then((code) => process.exit(code));
