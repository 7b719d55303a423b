// Puts a modem into MBIM mode, or says which mode it is in: the guide's afternoon at a PC. Asks
// before it changes anything, and ends with the modem either as it was or on its way to MBIM.
import { type AtPort, openAtPort } from '../../modem/at/port.ts';
import { modeName } from '../../modem/into-mbim.ts';
import type { CliContext } from '../context.ts';
import { describeUsbModem, type UsbModem, usbModems } from '../usb-modems.ts';
import { changeToMbim, findAtPort, type OpenPort, readComposition } from './composition.ts';
import { whileKeptOff } from './keep-off.ts';
import { PrepareError } from './problem.ts';

export interface SwitchOptions {
  /** The mode to change to; undefined: only say which one it is. */
  readonly to: 'mbim' | undefined;
  /** Does not ask. */
  readonly yes: boolean;
  /** Says what would be sent, and sends nothing that changes anything. */
  readonly dryRun: boolean;
  /** Tests put their own here. */
  readonly openPort?: OpenPort;
}

/** `usable`: it is in a mode that works. `unchanged`: it is not, and was left so as asked. */
export type SwitchResult = 'usable' | 'unchanged' | 'absent';

const works = ({ mode }: UsbModem): boolean => mode === 'mbim' || mode === 'qmi';

/**
 * Looks at the modem on the USB and, where it is asked to, puts it into MBIM mode.
 * @throws PrepareError, and the signal's reason
 */
export async function switchMode(context: CliContext, options: SwitchOptions): Promise<SwitchResult> {
  const modems = await usbModems(context.root);
  for (const modem of modems.filter(works)) {
    context.out(`${describeUsbModem(modem)} is in ${modem.mode.toUpperCase()} mode already; nothing to change`);
  }
  const wrong = modems.filter((modem) => !works(modem));
  const [modem, another] = wrong;
  if (modem === undefined) {
    if (modems.length === 0) context.out('there is no modem on the USB');
    if (modems.length === 0 && options.to !== undefined)
      throw new PrepareError('there is no modem to change', 'plug it in; see: percept-lte doctor');
    return modems.length === 0 ? 'absent' : 'usable';
  }
  if (another !== undefined) {
    throw new PrepareError(
      `there are several modems in another mode: ${wrong.map(describeUsbModem).join(', ')}`,
      'leave only one of them plugged in',
    );
  }
  if (modem.mode === 'mbim-without-driver')
    throw new PrepareError(
      `${describeUsbModem(modem)} offers MBIM, but no driver has it`,
      'modprobe cdc_mbim; its mode needs no change',
    );
  const others = modems.filter((other) => other !== modem).map(({ where }) => where);
  return await switchOne(context, modem, others, options);
}

async function switchOne(
  context: CliContext,
  modem: UsbModem,
  others: readonly string[],
  options: SwitchOptions,
): Promise<SwitchResult> {
  const { out } = context;
  out(`${describeUsbModem(modem)} is in neither MBIM nor QMI mode (drivers: ${modem.drivers.join(', ') || 'none'})`);
  const changed = await whileKeptOff(context, modem, async ({ atPorts, onBus }) => {
    if (onBus) out('ModemManager keeps off it meanwhile');
    const openPort: OpenPort =
      options.openPort ??
      ((path, signal) => openAtPort(path, { commands: context.commands, clock: context.clock }, signal));
    // Those first that ModemManager has found to speak AT.
    const names = [...modem.serialPorts].sort((a, b) => Number(atPorts.includes(b)) - Number(atPorts.includes(a)));
    const port = await findAtPort(
      names.map((name) => `/dev/${name}`),
      openPort,
      context.signal,
    );
    try {
      if (!(await changeOver(context, port, modem, options))) return false;
    } finally {
      await port.close();
    }
    await awaitMbim(context, modem, others);
    return true;
  });
  if (!changed) return 'unchanged';
  out('it is back in MBIM mode');
  return 'usable';
}

/** Whether the modem is restarting now. */
async function changeOver(
  context: CliContext,
  port: AtPort,
  modem: UsbModem,
  { to, yes, dryRun }: SwitchOptions,
): Promise<boolean> {
  const { out, signal } = context;
  const composition = await readComposition(port, modem, signal);
  const { row, mode, model } = composition;
  out(`${port.path} answers AT: ${model}, USB mode ${modeName(row, mode)}`);
  const isStored = mode === row.mbim;
  if (isStored) out('MBIM is stored already: the modem has not been restarted since');
  const commands = [row.set, row.restart].filter((command) => command !== undefined).join(', then ');
  if (to === undefined || dryRun) {
    out(`percept-lte prepare --to mbim ${dryRun ? 'would send' : 'sends'} ${commands}; nothing was changed`);
    return false;
  }
  if (!yes) await agreed(context, `Send ${commands}? The modem restarts and stays in MBIM mode. [y/N] `);
  signal.throwIfAborted();
  const byHand = await changeToMbim(port, composition);
  out(`${model} now has MBIM mode, and ${byHand === undefined ? 'restarts' : 'waits to be restarted'}`);
  if (byHand !== undefined) out(byHand);
  return true;
}

async function agreed(context: CliContext, question: string): Promise<void> {
  const answer = await context.confirm(question);
  if (answer === true) return;
  throw answer === undefined
    ? new PrepareError('nobody is there to be asked (no terminal); nothing was changed', 'say --yes')
    : new PrepareError('left as it is; nothing was changed', 'percept-lte prepare --to mbim asks again');
}

/** Modems take 10 to 40 s to start; the rest is for who pulls the plug by hand. */
const BACK_MS = 120_000;
/** A device that is there, but whose drivers are not yet. */
const SETTLE_MS = 20_000;
const LOOK_MS = 500;

/** Waits for the modem to go and come back as MBIM. @throws PrepareError, the signal's reason */
async function awaitMbim(context: CliContext, before: UsbModem, others: readonly string[]): Promise<void> {
  const { clock, root, signal } = context;
  const began = clock.now().monotonicMs;
  let backSince: number | undefined;
  let gone = false;
  while (clock.now().monotonicMs - began < BACK_MS) {
    await clock.sleep(LOOK_MS, signal).catch((reason: unknown) => {
      if (!signal.aborted) throw reason;
      const remedy = 'see with: percept-lte doctor';
      throw new PrepareError('interrupted; the modem comes back in MBIM mode by itself', remedy, { cause: reason });
    });
    // A modem may change between the USB 2 and the USB 3 side of its port.
    const now = (await usbModems(root)).find(
      ({ where, vendor }) => where === before.where || (vendor === before.vendor && !others.includes(where)),
    );
    if (now?.mode === 'mbim') return;
    gone ||= now === undefined;
    backSince = gone && now !== undefined ? (backSince ?? clock.now().monotonicMs) : undefined;
    if (now !== undefined && backSince !== undefined && clock.now().monotonicMs - backSince > SETTLE_MS)
      throw notMbim(now);
  }
  throw gone
    ? new PrepareError(
        `the modem has MBIM mode and went, and has not come back within ${BACK_MS / 1000} s`,
        'pull its plug and put it in again; see its power and cable',
      )
    : new PrepareError(
        `the modem has MBIM mode and does not restart within ${BACK_MS / 1000} s`,
        'pull its plug and put it in again: it comes back in MBIM mode',
      );
}

const notMbim = (modem: UsbModem): PrepareError =>
  modem.mode === 'mbim-without-driver'
    ? new PrepareError(`${describeUsbModem(modem)} is back and offers MBIM, but no driver has it`, 'modprobe cdc_mbim')
    : new PrepareError(
        `${describeUsbModem(modem)} is back, and not in MBIM mode (drivers: ${modem.drivers.join(', ') || 'none'})`,
        'see its AT command manual; percept-lte doctor',
      );
