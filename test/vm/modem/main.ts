// The modem as a program in the guest: `node modem.cjs` plugs it in and obeys /run/modem.sock,
// `node modem.cjs carrier` is its carrier's side.
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { startCarrier } from '../../world/agent/carrier-process.ts';
import { linkTraffic } from '../../world/agent/link.ts';
import { AtModem, dialects } from '../../world/at/modem.ts';
import { runCarrier } from '../../world/carrier/main.ts';
import { MbimModem } from '../../world/mbim/modem.ts';
import { mbimProfiles } from '../../world/mbim/profiles.ts';
import { ModemControls } from '../../world/modem/controls.ts';
import { SimControls } from '../../world/modem/sim-controls.ts';
import { answerCall } from '../../world/rpc.ts';
import { UsbDevice } from './device.ts';
import { SerialDevice } from './serial-device.ts';
import { type Plugged, plugIn } from './socket.ts';
import { openTun } from './tun.ts';
import { RequestReader } from './usbip.ts';

const CONTROL_SOCKET = '/run/modem.sock';
const PORT = 0;
/** How long the modem is off the bus when it resets itself. */
const RESET_MS = 1000;

const profile = mbimProfiles.multitech;

/** Plugging in and out, by hand or by a reset. */
class Usb {
  #plugged: { readonly socket: Plugged; readonly device: UsbDevice | SerialDevice } | undefined;
  #isBoxed = false;
  readonly #at = new AtModem({ dialect: dialects.multitech, mode: '0', onRestart: () => void this.restart() });

  constructor(
    private readonly modem: MbimModem,
    private readonly toCarrier: (packet: Buffer) => void,
  ) {}

  /** Another one, as it comes out of its box: serial ports, until AT commands change that. */
  async unbox(): Promise<void> {
    this.#isBoxed = true;
    await this.reset();
  }

  /** Mode 3 of this model is MBIM. */
  get #isSerial(): boolean {
    return this.#isBoxed && this.#at.mode !== '3';
  }

  async plug(): Promise<void> {
    if (this.#plugged !== undefined) return;
    await this.modem.restart();
    const reader = new RequestReader();
    const identity = { ...profile.usb, serial: profile.imei };
    const reply = (bytes: Buffer) => socket.send(bytes);
    const device = this.#isSerial
      ? new SerialDevice({ identity: { ...identity, product: '0036' }, at: (text) => this.#at.receive(text), reply })
      : new UsbDevice({ identity, modem: this.modem, toCarrier: this.toCarrier, reply });
    const socket = await plugIn(PORT, (chunk) => {
      for (const request of reader.read(chunk)) device.handle(request);
    });
    this.#plugged = { socket, device };
  }

  async unplug(): Promise<void> {
    this.#plugged?.socket.unplug();
    if (this.#plugged?.device instanceof UsbDevice) this.#plugged.device.close();
    this.#plugged = undefined;
    await this.modem.restart();
  }

  async reset(): Promise<void> {
    await this.unplug();
    await new Promise((resolve) => setTimeout(resolve, RESET_MS));
    await this.plug();
  }

  /** What it says to the command goes out before it goes off the bus. */
  async restart(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, RESET_MS));
    await this.reset();
  }

  fromCarrier(packet: Buffer): void {
    if (this.#plugged?.device instanceof UsbDevice) this.#plugged.device.fromCarrier(packet);
  }
}

/** One JSON call a connection, as in test/world/rpc.ts, and its reply. */
function serve(targets: Readonly<Record<string, object>>): void {
  rmSync(CONTROL_SOCKET, { force: true });
  // The caller has said all it has to say long before the reply.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    createInterface({ input: socket }).once('line', (line) => {
      void answerCall(targets, JSON.parse(line)).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  server.listen(CONTROL_SOCKET);
}

async function runModem(file: string): Promise<void> {
  const { pid, carrier } = await startCarrier(file);
  const modem: MbimModem = new MbimModem({
    profile,
    carrier: {
      applySessions: (sessions) => carrier.applySessions(sessions.map(({ id, alive, ip }) => ({ id, alive, ip }))),
      statistics: linkTraffic,
    },
    onReset: () => void usb.reset(),
  });
  const tun = await openTun(pid, (packet) => usb.fromCarrier(packet));
  await carrier.linkAppeared();
  const usb: Usb = new Usb(modem, (packet) => tun.send(packet));
  serve({ modem: new ModemControls(modem), sim: new SimControls(modem), usb, carrier });
  await usb.plug();
}

const [, file = '', role] = process.argv;
void (role === 'carrier' ? runCarrier() : runModem(file));
