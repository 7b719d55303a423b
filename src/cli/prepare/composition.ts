// The dialogue with a modem about its USB mode: which port answers, what it is, which mode it has,
// and another one. Sends no more than the row of its model says.
import type { AtAnswer } from '../../modem/at/answer.ts';
import { AtError, type AtPort } from '../../modem/at/port.ts';
import { type ModeSwitch, modeName, modeSwitchOf } from '../../modem/into-mbim.ts';
import type { UsbModem } from '../usb-modems.ts';
import { PrepareError } from './problem.ts';

/**
 * Milliseconds. Quectel's manual gives such commands 0.3 s; a modem that has just started takes
 * seconds.
 */
const DEADLINE = { greet: 1_500, ask: 5_000, set: 10_000 } as const;

/** Opens a port by its path. @throws AtError closed */
export type OpenPort = (path: string, signal: AbortSignal) => Promise<AtPort>;

/** The first of the ports that answers `AT`. The caller closes it. @throws PrepareError */
export async function findAtPort(paths: readonly string[], openPort: OpenPort, signal: AbortSignal): Promise<AtPort> {
  const troubles: string[] = [];
  for (const path of paths) {
    try {
      const port = await openPort(path, signal);
      if (await speaksAt(port, signal)) return port;
      await port.close();
      troubles.push(`${path} does not answer AT`);
    } catch (error) {
      if (!(error instanceof AtError)) throw error;
      troubles.push(error.message);
    }
  }
  throw new PrepareError(
    paths.length === 0 ? 'the modem has no serial port' : `no port answers AT: ${troubles.join('; ')}`,
    paths.length === 0
      ? 'modprobe option, modprobe cdc_acm; then plug it in again'
      : 'close programs that use its ports (minicom, gpsd, pppd), or plug it in again; then try again',
  );
}

/** The first try may be swallowed by what waited in the modem. */
async function speaksAt(port: AtPort, signal: AbortSignal): Promise<boolean> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      if (!(await port.ask('AT', DEADLINE.greet, signal)).ok) continue;
      // Without an echo; a modem that goes on echoing is understood as well.
      await port.ask('ATE0', DEADLINE.greet, signal);
      return true;
    } catch (error) {
      if (!(error instanceof AtError)) {
        await port.close();
        throw error;
      }
      if (error.trouble === 'gone') return false;
    }
  }
  return false;
}

/** What a modem says of itself. */
export interface Composition {
  /** What it answers to AT+CGMM. */
  readonly model: string;
  readonly row: ModeSwitch;
  /** As its maker numbers it. */
  readonly mode: string;
}

/** Asks for the model and the mode; changes nothing. @throws PrepareError */
export async function readComposition(port: AtPort, modem: UsbModem, signal: AbortSignal): Promise<Composition> {
  const [first = ''] = (await asked(port, 'AT+CGMM', signal)).lines;
  // Fibocom quotes, and adds what else it is called.
  const model =
    first
      .replace(/^\+CGMM:\s*/, '')
      .split(',')[0]
      ?.replaceAll('"', '')
      .trim() ?? '';
  const row = modeSwitchOf(modem.vendor, model);
  if (row === undefined) {
    throw new PrepareError(
      `nothing is known of how a ${model === '' ? 'modem that does not say its model' : `modem '${model}' (${modem.id})`} is put into MBIM mode`,
      'see its AT command manual, or ask its maker; nothing was changed',
    );
  }
  return { model, row, mode: await readMode(port, row, signal) };
}

async function readMode(port: AtPort, row: ModeSwitch, signal: AbortSignal): Promise<string> {
  const { lines } = await asked(port, row.show, signal);
  const mode = lines.map((line) => row.shown.exec(line)?.[1]).find((found) => found !== undefined);
  if (mode !== undefined) return mode;
  throw new PrepareError(
    `the modem answers ${row.show} with something that is no mode: ${lines.slice(0, 3).join(' / ') || 'nothing'}`,
    'it may not be what it says it is; nothing was changed. See its AT command manual',
  );
}

/** An answer that is OK. @throws PrepareError */
async function asked(port: AtPort, command: string, signal: AbortSignal): Promise<AtAnswer> {
  const answer = await port.ask(command, DEADLINE.ask, signal).catch((error: unknown) => {
    if (!(error instanceof AtError)) throw error;
    throw new PrepareError(error.message, 'nothing was changed; plug the modem in again and try again', {
      cause: error,
    });
  });
  if (answer.ok) return answer;
  throw new PrepareError(
    `the modem refuses ${command}: ${answer.result}`,
    'nothing was changed; its firmware may be older than its manual',
  );
}

/**
 * Stores MBIM as the mode, makes sure that it is stored, and restarts the modem. Resolves with what
 * a person has to do where it does not restart by itself. Cannot be interrupted: it takes seconds,
 * and ends with the modem either as it was or on its way.
 * @throws PrepareError
 */
export async function changeToMbim(port: AtPort, { row, mode }: Composition): Promise<string | undefined> {
  const { signal } = new AbortController();
  const was = `the modem is as it was, in mode ${modeName(row, mode)}`;
  const set = await port.ask(row.set, DEADLINE.set, signal).catch((error: unknown) => {
    if (!(error instanceof AtError)) throw error;
    // One that restarts by itself may be gone before it has answered.
    if (row.restart === undefined && error.trouble === 'gone') return undefined;
    const remedy = 'see the mode with: percept-lte prepare';
    throw new PrepareError(`${error.message}; whether it took the new mode is not known`, remedy, { cause: error });
  });
  if (set !== undefined && !set.ok) {
    throw new PrepareError(
      `the modem refuses ${row.set}: ${set.result}; ${was}`,
      'its firmware may not have that mode',
    );
  }
  if (row.restart === undefined) return undefined;
  const stored = await readMode(port, row, signal);
  if (stored !== row.mbim) {
    throw new PrepareError(`the modem said OK to ${row.set}, and is still set to mode ${modeName(row, stored)}`, was);
  }
  return await restart(port, row.restart, signal);
}

async function restart(port: AtPort, command: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { ok, result } = await port.ask(command, DEADLINE.set, signal);
    return ok ? undefined : `the modem refuses ${command} (${result}): pull its plug and put it in again now`;
  } catch (error) {
    // It is on its way already.
    if (error instanceof AtError) return undefined;
    throw error;
  }
}
