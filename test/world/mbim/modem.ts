// An MBIM modem as a state machine: bytes in, bytes out. It knows neither sockets nor USB: a transport attaches a client
// and hands over whole messages. What a test may do to the modem is in controls.ts.

import { basicConnectService, packetServiceBuffer, registerStateBuffer } from './basic-connect.ts';
import { BufferWriter } from './buffer.ts';
import { basicConnect, Cid } from './cids.ts';
import type { Command } from './codec.ts';
import {
  encodeCommandDone,
  encodeDone,
  encodeFunctionError,
  encodeIndication,
  MessageType,
  parseHostMessage,
  Status,
} from './codec.ts';
import { extensionsService, intelFirmwareUpdateService } from './extensions.ts';
import { Faults } from './faults.ts';
import type { ModemProfile } from './profiles.ts';
import type { Answer, CarrierPort, Modem, Service } from './service.ts';
import { ok, refused } from './service.ts';
import { ContextType, connectBuffer } from './sessions.ts';
import type { Attempt, ModemState, SimOptions } from './state.ts';
import { initialState, isAttached, radioOn, simUsable } from './state.ts';

/** The service by which libmbim tells mbim-proxy which device it means; the modem stands behind the proxy and agrees to anything. */
const proxyControl = '838cf7fb-8d0d-4d7f-871e-d71dbefbb39b';

const resetDelayMs = 150;

/** One host connection. A host that closes its connection leaves the modem's sessions alone, as with mbim-proxy. */
export interface MbimClient {
  /** Takes one whole message. Answers come through `send`, possibly later and in another order. */
  receive(message: Buffer): void;
  detach(): void;
}

export interface MbimModemOptions {
  readonly profile: ModemProfile;
  readonly carrier: CarrierPort;
  readonly sim?: SimOptions;
  /** Called when the host resets the modem. The owner of the transport unplugs it, calls `restart` and plugs it in. */
  readonly onReset?: () => void;
}

export class MbimModem implements Modem {
  readonly profile: ModemProfile;
  readonly carrier: CarrierPort;
  readonly faults = new Faults();
  readonly attempts: Attempt[] = [];
  state: ModemState;
  initialEpsBearer: string;
  /** The context type that CONNECT indications carry; ModemManager ≤ 1.18.10 ignores all but `internet`. */
  indicatedContextType: string = ContextType.internet;
  readonly #services: readonly Service[];
  readonly #clients = new Set<(message: Buffer) => void>();
  readonly #onReset: () => void;
  #indicated = '';

  constructor({ profile, carrier, sim = {}, onReset = () => {} }: MbimModemOptions) {
    this.profile = profile;
    this.carrier = carrier;
    this.state = initialState(profile, sim);
    this.initialEpsBearer = profile.initialEpsBearer ?? '';
    this.#services = [
      basicConnectService,
      ...(profile.initialEpsBearer === undefined ? [] : [extensionsService]),
      ...(profile.intelReset ? [intelFirmwareUpdateService] : []),
    ];
    this.#onReset = onReset;
    this.#indicated = this.#networkView();
  }

  attach(send: (message: Buffer) => void): MbimClient {
    this.#clients.add(send);
    return {
      receive: (message) => this.#receive(message, send),
      detach: () => this.#clients.delete(send),
    };
  }

  record(attempt: Omit<Attempt, 'at'>): void {
    this.attempts.push({ at: Date.now(), ...attempt });
  }

  /** The modem answers first and goes a moment later, or the host never sees the answer. */
  reset(): void {
    setTimeout(this.#onReset, resetDelayMs);
  }

  /** Power-on: the PIN is asked for again, the radio is on, no session is left. The SIM's tries stay as they are. */
  async restart(): Promise<void> {
    if (this.state.sim.pin !== undefined) this.state.sim.pin.verified = false;
    this.state.radio.software = true;
    this.state.detached = false;
    this.state.sessions.clear();
    await this.carrier.applySessions([]);
    this.#indicated = this.#networkView();
  }

  async settle(): Promise<void> {
    const lost = this.#sessionsMayLive() ? [] : [...this.state.sessions.keys()];
    for (const id of lost) this.state.sessions.delete(id);
    await this.carrier.applySessions([...this.state.sessions.values()]);
    const view = this.#networkView();
    if (view !== this.#indicated) {
      this.#indicated = view;
      this.indicate(basicConnect, Cid.registerState, registerStateBuffer(this));
      this.indicate(basicConnect, Cid.packetService, packetServiceBuffer(this));
    }
    for (const id of lost) this.indicateDeactivated(id, 0);
  }

  indicate(service: string, cid: number, buffer: Buffer): void {
    if (!this.faults.speaks) return;
    const message = encodeIndication(service, cid, buffer);
    for (const send of this.#clients) send(message);
  }

  indicateDeactivated(sessionId: number, networkError: number): void {
    const buffer = connectBuffer(sessionId, false, 0, this.indicatedContextType, networkError);
    this.indicate(basicConnect, Cid.connect, buffer);
  }

  /** A registration that comes and goes ends no session when the test says so; a radio that is off always does. */
  #sessionsMayLive(): boolean {
    if (isAttached(this.state)) return true;
    return !this.state.sessionsNeedRegistration && radioOn(this.state) && simUsable(this.state.sim);
  }

  #networkView(): string {
    return Buffer.concat([registerStateBuffer(this), packetServiceBuffer(this)]).toString('hex');
  }

  #receive(bytes: Buffer, send: (message: Buffer) => void): void {
    const message = parseHostMessage(bytes);
    switch (message.kind) {
      case 'open':
        if (this.faults.speaks) send(encodeDone(MessageType.openDone, message.transaction, Status.ok));
        return;
      case 'close':
        if (this.faults.speaks) send(encodeDone(MessageType.closeDone, message.transaction, Status.ok));
        return;
      case 'command':
        void this.#command(message.command, send);
        return;
      case 'other':
        if (message.type !== MessageType.hostError) send(encodeFunctionError(message.transaction));
        return;
    }
  }

  async #command(command: Command, send: (message: Buffer) => void): Promise<void> {
    if (command.service !== proxyControl) {
      const passed = await this.faults.pass(command);
      if (!passed) return;
    }
    const { status, buffer } = await this.#answer(command);
    if (this.faults.speaks || command.service === proxyControl) send(encodeCommandDone(command, status, buffer));
  }

  async #answer(command: Command): Promise<Answer> {
    if (command.service === proxyControl) return ok();
    const planned = this.faults.refusalOf(command);
    if (planned !== undefined) return refused(planned);
    const service = this.#services.find(({ uuid, cids }) => uuid === command.service && cids.includes(command.cid));
    if (service === undefined) return refused(Status.noDeviceSupport);
    if (service === basicConnectService && command.cid === Cid.deviceServices) return ok(this.#deviceServices());
    try {
      return await (command.set
        ? service.set(this, command.cid, command.buffer)
        : service.query(this, command.cid, command.buffer));
    } catch (error) {
      if (error instanceof RangeError) return refused(Status.invalidParameters);
      throw error;
    }
  }

  #deviceServices(): Buffer {
    const writer = new BufferWriter().u32(this.#services.length).u32(0);
    for (const { uuid, cids } of this.#services) {
      const element = new BufferWriter().uuid(uuid).u32(0).u32(0).u32(cids.length);
      for (const cid of cids) element.u32(cid);
      writer.struct(element.done());
    }
    return writer.done();
  }
}
