// The steps of the demo, in order. Each makes something happen to the modem, shows what the daemon
// does about it, and then checks from outside that it truly happened: pings, the kernel's state and
// what reached the modem, not the daemon's own words.

import { type Echoes, monotonicMs } from '../bench/echoes.ts';
import { type DaemonUnderTest, eventually } from '../scenario/daemon.ts';
import type { Route } from '../world/ip.ts';
import type { World } from '../world/world.ts';
import type { Transcript } from './transcript.ts';

export interface DemoParts {
  readonly transcript: Transcript;
  readonly world: World;
  readonly echoes: Echoes;
  readonly start: () => Promise<DaemonUnderTest>;
}

/** What the steps after the first share. */
export interface RunningDemo extends DemoParts {
  readonly daemon: DaemonUnderTest;
}

const target = '192.0.2.1';
const program = new URL('../../dist/main.js', import.meta.url).pathname;

/**
 * A link that dies in silence is believed after 10 s without an answer and three rounds of probes.
 */
const silentDeathTimeoutMs = 60_000;

export async function disabledModem({ transcript, world }: DemoParts): Promise<void> {
  transcript.begin('The modem is disabled, as after every boot');
  transcript.say(`  $ mmcli -L\n  ${(await world.mmcli('-L')).stdout.trimEnd()}`);
  const { stdout } = await world.mmcli('-m', 'any');
  transcript.say(`  $ mmcli -m any | grep state:\n  ${/^.*\bstate: .*$/m.exec(stdout)?.[0] ?? ''}`);
  transcript.check('ModemManager calls the modem disabled', /state: .*disabled/.test(stdout));
  transcript.check('wwan0 has no address', (await world.ip.addresses()).length === 0);
  transcript.check(`no ping to ${target} is answered`, !(await world.ping(target)));
}

export async function coldStart(parts: DemoParts): Promise<DaemonUnderTest> {
  const { transcript, world, echoes } = parts;
  transcript.begin('percept-lte starts');
  const began = transcript.mark();
  const daemon = await parts.start();
  const { to } = await echoes.backAfter(began);
  await daemon.online();
  transcript.timed('cold start to online', to - began);
  await transcript.show(world, ['ip', '-brief', 'address', 'show', 'dev', 'wwan0']);
  await transcript.show(world, ['ip', 'route', 'show', 'default']);
  await transcript.show(world, ['ping', '-n', '-c', '2', '-i', '0.2', '-I', 'wwan0', target]);
  await checkOnline({ ...parts, daemon }, 1);
  return daemon;
}

export async function droppedBearer(parts: RunningDemo): Promise<void> {
  const { transcript, world, echoes, daemon } = parts;
  transcript.begin('The network drops the bearer');
  const before = await daemon.online();
  transcript.mark();
  await world.modem.dropBearer();
  const dropped = monotonicMs();
  const { to } = await echoes.backAfter(dropped);
  await daemon.onlineAgain(before);
  transcript.timed('dropped bearer to online', to - dropped);
  await checkOnline(parts, 2);
}

export async function silentDeath(parts: RunningDemo): Promise<void> {
  const { transcript, world, echoes, daemon } = parts;
  transcript.begin('The link dies in silence: modem and ModemManager still call it connected, and no packet passes');
  const before = await daemon.online();
  const died = transcript.mark();
  await world.modem.dropBearer({ indicate: false });
  const { stdout } = await world.mmcli('-m', 'any');
  transcript.check('ModemManager still calls the modem connected', /state: .*connected/.test(stdout));
  transcript.check(`yet no ping to ${target} is answered`, !(await world.ping(target)));
  transcript.say(
    '  percept-lte now has to find out by itself: 10 s of sent and unanswered packets, then three rounds of probes',
  );
  const { to } = await echoes.backAfter(died, silentDeathTimeoutMs);
  await daemon.onlineAgain(before, silentDeathTimeoutMs);
  transcript.timed('silent death to online', to - died);
  await checkOnline(parts, 3);
}

export async function replug(parts: RunningDemo): Promise<void> {
  const { transcript, world, echoes, daemon } = parts;
  transcript.begin('The modem is unplugged, and plugged in again');
  const before = await daemon.online();
  const oldPath = (await world.modemManager.modems())?.[0]?.path;
  await world.usb.unplug();
  await daemon.until('absent', ({ phase }) => phase === 'absent');
  transcript.check('wwan0 is gone', (await world.ip.link()) === undefined);
  transcript.check('no policy rule is left behind', (await world.ip.rules()).length === 0);
  const plugging = transcript.mark();
  await world.usb.plug();
  transcript.say('  plugged in again; ModemManager itself waits 1.5 s before it looks at a new device');
  const { to } = await echoes.backAfter(plugging);
  await daemon.onlineAgain(before);
  transcript.timed("plugged in to online (2.5 s of it are ModemManager's own)", to - plugging);
  const path = (await world.modemManager.modems())?.[0]?.path;
  transcript.check(`ModemManager shows it under a new index (${path})`, path !== undefined && path !== oldPath);
  await checkOnline(parts, 4);
}

export async function questions({ transcript, world }: RunningDemo): Promise<void> {
  transcript.begin('What a person can ask it');
  const status = await transcript.show(world, [process.execPath, program, 'status'], 'percept-lte status');
  transcript.check('status says online on wwan0', status.includes('online on wwan0'));
  const why = await transcript.show(world, [process.execPath, program, 'why'], 'percept-lte why');
  transcript.check('why says online', why.startsWith('online'));
}

export async function stop({ transcript, world, daemon }: RunningDemo): Promise<void> {
  transcript.begin('percept-lte is told to stop (SIGTERM)');
  const began = transcript.mark();
  const exit = await daemon.stop();
  transcript.timed('SIGTERM to exit', monotonicMs() - began);
  transcript.check('it ended with exit code 0', exit.code === 0);
  const ours = (await world.ip.routes()).filter(({ dev }) => dev === 'wwan0');
  const left = [...(await world.ip.addresses()), ...ours, ...(await world.ip.rules())];
  transcript.check('no address, no route and no rule of it is left', left.length === 0);
  transcript.check('the modem holds no session', (await world.modem.state()).sessions.length === 0);
}

/** Online as the kernel, the network and the modem see it, after `connects` connects altogether. */
async function checkOnline({ transcript, world, daemon }: RunningDemo, connects: number): Promise<void> {
  const session = await eventually(
    async () => (await world.modem.state()).sessions.find(({ alive }) => alive),
    5_000,
    () => 'a live session in the modem',
  );
  const held = (await world.ip.addresses()).filter(({ family }) => family === 'inet').map(({ local }) => local);
  const address = session.ip.ipv4?.address;
  transcript.check(`wwan0 has the address that the network gave (${address})`, held.join() === address);
  // Once proven a link gets its own metric back, with another `ip -batch`.
  const route = await eventually(
    () => usualDefaultRoute(world),
    5_000,
    () => 'one default route through wwan0 with metric 700',
  );
  transcript.check(`the default route is through wwan0, metric ${route.metric}`, route.dev === 'wwan0');
  transcript.check(`ping ${target} through wwan0 is answered`, await world.ping(target, { from: 'wwan0' }));
  const accepted = (await world.modem.attempts()).filter(({ kind, accepted }) => kind === 'activate' && accepted);
  transcript.check(`the modem was told to connect ${times(connects)} altogether`, accepted.length === connects);
  transcript.check('the status file says online', (await daemon.status())?.phase === 'online');
}

/** The only default route of the main table, where it is as it should be. */
async function usualDefaultRoute(world: World): Promise<Route | undefined> {
  const main = (await world.ip.routes()).filter(({ dst, table }) => dst === 'default' && (table ?? 'main') === 'main');
  const [route] = main;
  return main.length === 1 && route?.dev === 'wwan0' && route.metric === 700 ? route : undefined;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
