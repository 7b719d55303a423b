// An MBIM modem as a state machine: bytes in, bytes out. A transport attaches a client and hands
// over whole messages. What a test may do to the modem is in ../modem/controls.ts.

import { type EndReason, type ModemClient, type ModemOptions, SoftwareModem } from '../modem/modem.ts';
import type { Session } from '../modem/state.ts';
import { atdsService } from './atds.ts';
import {
  basicConnectService,
  packetServiceBuffer,
  radioStateBuffer,
  registerStateBuffer,
  signalStateBuffer,
  subscriberReadyBuffer,
} from './basic-connect.ts';
import { BufferWriter } from './buffer.ts';
import { basicConnect, Cid } from './cids.ts';
import type { Command } from './codec.ts';
import {
  encodeCommandDone,
  encodeDone,
  encodeFunctionError,
  encodeIndication,
  MessageType,
  messageLength,
  parseHostMessage,
  Status,
} from './codec.ts';
import { extensionsService, intelFirmwareUpdateService } from './extensions.ts';
import type { MbimProfile } from './profiles.ts';
import type { Answer, Service } from './service.ts';
import { ok, refused } from './service.ts';
import { connectBuffer, ipConfigurationBuffer } from './sessions.ts';

/**
 * The service by which libmbim tells mbim-proxy which device it means; the modem stands behind the
 * proxy and agrees to anything.
 */
const proxyControl = '838cf7fb-8d0d-4d7f-871e-d71dbefbb39b';

export class MbimModem extends SoftwareModem<MbimProfile> {
  readonly #services: readonly Service[];
  readonly #clients = new Set<(message: Buffer) => void>();

  constructor(options: ModemOptions<MbimProfile>) {
    super(options);
    const { initialEpsBearer, intelReset, atds } = options.profile;
    this.#services = [
      basicConnectService,
      ...(initialEpsBearer === undefined ? [] : [extensionsService]),
      ...(intelReset ? [intelFirmwareUpdateService] : []),
      ...(atds ? [atdsService] : []),
    ];
  }

  messageLength(bytes: Buffer): number | undefined {
    return messageLength(bytes);
  }

  attach(send: (message: Buffer) => void): ModemClient {
    this.#clients.add(send);
    return {
      receive: (message) => this.#receive(message, send),
      detach: () => this.#clients.delete(send),
    };
  }

  indicateNetwork(): void {
    this.#indicate(Cid.registerState, registerStateBuffer(this));
    this.#indicate(Cid.packetService, packetServiceBuffer(this));
  }

  indicateSignal(): void {
    this.#indicate(Cid.signalState, signalStateBuffer(this));
  }

  indicateSim(): void {
    this.#indicate(Cid.subscriberReady, subscriberReadyBuffer(this));
  }

  indicateRadio(): void {
    this.#indicate(Cid.radioState, radioStateBuffer(this));
  }

  indicateIpConfiguration(): void {
    for (const session of this.state.sessions.values()) {
      this.#indicate(Cid.ipConfiguration, ipConfigurationBuffer(session));
    }
  }

  indicateEnded(sessions: readonly Session[], { networkError = 0 }: EndReason): void {
    for (const { id } of sessions) {
      this.#indicate(Cid.connect, connectBuffer(id, false, undefined, networkError));
    }
  }

  protected networkView(): string {
    return Buffer.concat([registerStateBuffer(this), packetServiceBuffer(this)]).toString('hex');
  }

  #indicate(cid: number, buffer: Buffer): void {
    if (!this.faults.speaks) return;
    const message = encodeIndication(basicConnect, cid, buffer);
    for (const send of this.#clients) send(message);
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
      const connect = command.service === basicConnect && command.cid === Cid.connect;
      const passed = await this.faults.pass({ connect });
      if (!passed) return;
    }
    const { status, buffer } = await this.#answer(command);
    if (this.faults.speaks || command.service === proxyControl) send(encodeCommandDone(command, status, buffer));
  }

  async #answer(command: Command): Promise<Answer> {
    if (command.service === proxyControl) return ok();
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
