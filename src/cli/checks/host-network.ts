// Checks of `doctor` that look at the network around us: interfaces, other managers, and what an
// earlier run left behind.
import { BusLostError } from '../../dbus/errors.ts';
import { parseIpJson } from '../../ip/ip-json.ts';
import { findRivals, type Rival, type RivalQuestion } from '../../network/conflicts/rivals.ts';
import { OUR_PROTOCOL } from '../../network/link/marks.ts';
import { DeadlineError } from '../../system/clock.ts';
import { CommandError } from '../../system/command.ts';
import type { CliContext } from '../context.ts';
import { namesIn, textOf } from '../host-files.ts';
import { runningStatus } from '../running.ts';
import { amiss, type Check, type Finding, ok } from './finding.ts';

/**
 * The modems' interfaces, whatever udev called them: the drivers mark them (SET_NETDEV_DEVTYPE).
 * Also those of multiplexed calls over them, which the kernel links to the one below (lower_wwan0),
 * and the one that the daemon uses.
 */
async function modemInterfaces(context: CliContext): Promise<readonly string[]> {
  const { root } = context;
  const folder = 'sys/class/net';
  const names = await namesIn(root, folder);
  const marks = await Promise.all(names.map((name) => textOf(root, folder, name, 'uevent')));
  const entries = await Promise.all(names.map((name) => namesIn(root, folder, name)));
  const used = (await runningStatus(context)).status?.link?.interface;
  const marked = names.filter((name, at) => name.startsWith('wwan') || /^DEVTYPE=wwan$/m.test(marks[at] ?? ''));
  const isOver = (at: number) => marked.some((name) => entries[at]?.includes(`lower_${name}`));
  return names.filter((name, at) => marked.includes(name) || name === used || isOver(at));
}

/** Each interface of a modem; one that is driven as NCM, and not as MBIM, is amiss. */
export const interfaces: Check = async (context) => {
  const [code, about] = ['interface-driver', 'interface'] as const;
  return await Promise.all(
    (await modemInterfaces(context)).map(async (name): Promise<Finding> => {
      const mac = await textOf(context.root, 'sys/class/net', name, 'address');
      if (mac !== 'ff:ff:ff:ff:ff:ff') return ok(code, about, `${name} is there`);
      // Intel XMM7160 in its NCM face (LN930, EM7345).
      return amiss(code, about, { text: `${name} has the address ${mac}: it is driven as NCM, not as MBIM` });
    }),
  );
};

/**
 * Strict reverse-path filtering drops answers on the link while another uplink is better; our rule
 * `from ADDRESS` satisfies it.
 */
export const reversePathFilter: Check = async (context) => {
  const names = ['all', ...(await modemInterfaces(context))];
  const path = ['proc/sys/net/ipv4/conf'];
  const values = await Promise.all(names.map((name) => textOf(context.root, ...path, name, 'rp_filter')));
  const strictest = Math.max(...values.map((value) => Number(value ?? 0)));
  // The kernel takes the greater of "all" and the interface's; 2 is loose, which is greater than 1,
  // strict (ip-sysctl).
  const text =
    strictest === 1 ? "strict; percept-lte's rule for its own address takes care of that" : 'does not stand in the way';
  return [ok('rp-filter', 'rp_filter', text)];
};

/** The daemon's own finder, so that both say the same. */
export const otherManagers: Check = async (context) => {
  const [code, about] = ['other-managers', 'other managers'] as const;
  const { root, signal } = context;
  // Those that only a bus knows of are passed over without one.
  const bus = await context.openBus().catch(() => undefined);
  try {
    const [names, ports] = await Promise.all([modemInterfaces(context), controlPorts(root)]);
    const pid = (await runningStatus(context)).status?.pid;
    const question = { bus, ports, signal, root: root.replace(/\/$/, ''), ...(pid !== undefined && { pid }) };
    const asked: readonly (string | undefined)[] = names.length === 0 ? [undefined] : names;
    const found = await Promise.all(asked.map((name) => rivalsOf({ ...question, interface: name })));
    const rivals = new Map<string, Rival>(found.flat().map((rival) => [rival.reason, rival]));
    if (rivals.size === 0) return [ok(code, about, 'none lays claim to the modem')];
    return [...rivals.values()].map(({ name, reason: text, remedy }) => amiss(code, name, { text, remedy }));
  } finally {
    bus?.close();
  }
};

/** A bus that hangs or ends meanwhile is told elsewhere, and hides none that the files tell of. */
const rivalsOf = (question: RivalQuestion): Promise<readonly Rival[]> =>
  findRivals(question).catch((error: unknown) => {
    if (!(error instanceof DeadlineError || error instanceof BusLostError)) throw error;
    return findRivals({ ...question, bus: undefined });
  });

/** NetworkManager knows a modem by its control port: cdc-wdm0, wwan0mbim0. */
async function controlPorts(root: string): Promise<readonly string[]> {
  const [usb, wwan] = await Promise.all(['sys/class/usbmisc', 'sys/class/wwan'].map((folder) => namesIn(root, folder)));
  return [...(usb ?? []).filter((name) => name.startsWith('cdc-wdm')), ...(wwan ?? [])];
}

/**
 * Routes with our protocol although we do not run: a crash leaves the link up on purpose, a removed
 * package should not.
 */
export const leftovers: Check = async (context) => {
  const { status } = await runningStatus(context);
  if (status !== undefined) return [];
  const argv = ['ip', '-json', 'route', 'show', 'table', 'all', 'proto', String(OUR_PROTOCOL)];
  try {
    const routes = parseIpJson(await context.commands.run(argv, { timeoutMs: 10_000, signal: context.signal }));
    if (!Array.isArray(routes) || routes.length === 0) return [];
    return [amiss('leftovers', 'leftovers', { text: `an earlier run left routes behind (${routes.length})` })];
  } catch (error) {
    // No ip, or one without JSON, has a finding of its own.
    if (error instanceof CommandError || error instanceof SyntaxError) return [];
    throw error;
  }
};
