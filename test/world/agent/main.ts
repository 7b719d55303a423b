// PID 1 of a world: builds it, obeys the test process line by line, and ends when that process's
// pipe closes. With PID 1 the kernel ends everything else in the world.

import { createInterface } from 'node:readline';
import { socketVariable } from '../abstract-socket.ts';
import { runCarrier } from '../carrier/main.ts';
import { MbimModem } from '../mbim/modem.ts';
import { ModemControls } from '../modem/controls.ts';
import type { ModemOptions, SoftwareModem } from '../modem/modem.ts';
import type { ModemProfile } from '../modem/profile.ts';
import { RadioControls } from '../modem/radio-controls.ts';
import { SimControls } from '../modem/sim-controls.ts';
import { isQmi, profiles } from '../profiles.ts';
import type { AgentEvent, AgentOptions } from '../protocol.ts';
import { QmiModem } from '../qmi/modem.ts';
import type { CallMessage, ReplyMessage } from '../rpc.ts';
import { answerCall } from '../rpc.ts';
import { BusControls } from './bus.ts';
import { startCarrier } from './carrier-process.ts';
import { command } from './command.ts';
import { createEthernet, EthernetControls } from './ethernet.ts';
import { FileControls } from './files.ts';
import { linkTraffic } from './link.ts';
import { ModemManagerControls } from './modem-manager.ts';
import { ModemProxy } from './modem-proxy.ts';
import { mountModemManagerRoot, mountSysfs, mountWorld } from './mounts.ts';
import { ProcessControls } from './processes.ts';
import { SerialPort } from './serial-port.ts';
import { writeBuses, writeDevice } from './sysfs.ts';
import { UsbControls } from './usb.ts';

function send(message: AgentEvent | ReplyMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function buildWorld(options: AgentOptions, agentFile: string): Promise<Record<string, object>> {
  const [{ pid: carrierPid, carrier }] = await Promise.all([startCarrier(agentFile), buildFiles(options)]);
  const modem = modemOf(options, {
    sim: options.sim,
    carrier: {
      applySessions: (sessions) => carrier.applySessions(sessions.map(({ id, alive, ip }) => ({ id, alive, ip }))),
      statistics: linkTraffic,
    },
    onReset: () => void usb.restart(),
  });
  const bus = new BusControls(options.bus);
  const modemManager = new ModemManagerControls({ installation: options.modemManager, bus, debug: options.debug });
  bus.onRestartModemManager = () => modemManager.restartAsSystemd();
  const proxy = new ModemProxy(modem);
  await proxy.listen(Number(process.env[socketVariable]));
  const farEnd = { appeared: () => carrier.linkAppeared(options.arp), disappeared: () => carrier.linkDisappeared() };
  const serial = options.serial ? new SerialPort(modem.profile, (isMbim) => void usb.restartAs(isMbim)) : undefined;
  const usb: UsbControls = new UsbControls({
    modem,
    proxy,
    modemManager,
    carrierPid,
    farEnd,
    arp: options.arp,
    serial,
  });
  const ethernet = new EthernetControls();
  await Promise.all([bus.start(), modemManager.prepare(), options.plugged ? usb.plug() : undefined]);
  await bus.setActivatable(options.activatable);
  if (options.ethernet) {
    await createEthernet(carrierPid);
    await carrier.ethernetAppeared();
    await ethernet.up();
  }
  if (options.startModemManager) await modemManager.start();
  return {
    modem: new ModemControls(modem),
    radio: new RadioControls(modem),
    sim: new SimControls(modem),
    usb,
    modemManager,
    bus,
    carrier,
    ethernet,
    processes: new ProcessControls(send),
    files: new FileControls(),
  };
}

/** A modem that speaks what the profile's does. */
function modemOf(options: AgentOptions, parts: Omit<ModemOptions<ModemProfile>, 'profile'>): SoftwareModem {
  const profile = profileOf(options);
  return isQmi(profile) ? new QmiModem({ profile, ...parts }) : new MbimModem({ profile, ...parts });
}

function profileOf({ profile, deviceName }: AgentOptions): (typeof profiles)[typeof profile] {
  const { usb, ...rest } = profiles[profile];
  return {
    ...rest,
    usb: { ...usb, ...(deviceName !== undefined && { deviceName }) },
  } as (typeof profiles)[typeof profile];
}

async function buildFiles(options: AgentOptions): Promise<void> {
  await mountWorld();
  await writeBuses();
  if (options.plugged) await writeDevice(profileOf(options));
  await mountSysfs();
  await mountModemManagerRoot(options.modemManager);
  await command('ip', ['link', 'set', 'dev', 'lo', 'up']);
}

async function runAgent(options: AgentOptions, agentFile: string): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  lines.on('close', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
  const targets = await buildWorld(options, agentFile).catch((error: unknown) => {
    send({ event: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    return {};
  });
  lines.on('line', (line) => void answerCall(targets, JSON.parse(line) as CallMessage).then(send));
  send({ event: 'ready' });
}

const [, agentFile = '', role = ''] = process.argv;
if (role === 'carrier') void runCarrier();
else void runAgent(JSON.parse(role) as AgentOptions, agentFile);
