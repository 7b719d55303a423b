// A QMI modem as a state machine: bytes in, bytes out. A transport attaches a host's connection and
// hands over whole frames. What a test may do to the modem is in ../modem/controls.ts.

import { type EndReason, type ModemClient, type ModemOptions, SoftwareModem } from '../modem/modem.ts';
import type { QmiRefusal, Session } from '../modem/state.ts';
import { Calls, qmiRefusalOf, reasonTlvs } from './calls.ts';
import { Clients, type QmiClient, type Send } from './clients.ts';
import type { Request, Tlv } from './codec.ts';
import { encodeIndication, encodeResponse, messageLength, parseRequest, QmiError, ServiceId } from './codec.ts';
import { ctl, proxyOpen } from './ctl.ts';
import { dms } from './dms.ts';
import { indicateNetwork, indicateSignal, nas, networkView } from './nas.ts';
import type { QmiProfile } from './profiles.ts';
import type { Answer, Service } from './service.ts';
import { refused } from './service.ts';
import { indicateSim, uim } from './uim.ts';
import { type LinkLayer, wda } from './wda.ts';
import {
  addressChangedTlvs,
  extendedIpConfig,
  packetServiceStatus,
  packetServiceTlvs,
  startNetworkMessage,
  wds,
} from './wds.ts';

const services: readonly Service[] = [ctl, wds, dms, nas, uim, wda];

export class QmiModem extends SoftwareModem<QmiProfile> {
  readonly clients = new Clients();
  readonly calls = new Calls(this);
  linkLayer: LinkLayer;

  constructor(options: ModemOptions<QmiProfile>) {
    super(options);
    this.linkLayer = options.profile.linkLayer;
  }

  messageLength(bytes: Buffer): number | undefined {
    return messageLength(bytes);
  }

  attach(send: Send): ModemClient {
    const connection: QmiClient = { service: ServiceId.ctl, id: 0, send, wants: new Set(), family: 4 };
    return {
      receive: (frame) => {
        const request = parseRequest(frame);
        if (request !== undefined) void this.#take(request, connection, send);
      },
      detach: () => this.clients.disown(send),
    };
  }

  override async restart(): Promise<void> {
    this.clients.clear();
    this.calls.forget();
    this.linkLayer = this.profile.linkLayer;
    await super.restart();
  }

  /** Tells the service's clients; with `wanted`, only those that have asked for it. */
  indicate(service: number, message: number, tlvs: readonly Tlv[], wanted?: string): void {
    for (const client of this.clients.of(service)) {
      if (wanted === undefined || client.wants.has(wanted)) this.#indicateTo(client, message, tlvs);
    }
  }

  /** Tells all data clients of the family, also those that came after the call began. */
  indicatePacketService(family: 4 | 6, connected: boolean, reason: QmiRefusal = {}): void {
    const tlvs = [...packetServiceTlvs(family, connected), ...reasonTlvs(reason)];
    for (const client of this.clients.of(ServiceId.wds)) {
      if (client.family === family) this.#indicateTo(client, packetServiceStatus, tlvs);
    }
  }

  indicateNetwork(): void {
    indicateNetwork(this);
  }

  indicateSignal(): void {
    indicateSignal(this);
  }

  indicateSim(): void {
    indicateSim(this);
  }

  /** A QMI host is told of the network alone. */
  indicateRadio(): void {}

  indicateIpConfiguration(): void {
    this.indicate(ServiceId.wds, extendedIpConfig, addressChangedTlvs);
  }

  indicateEnded(_: readonly Session[], reason: EndReason): void {
    const words = qmiRefusalOf({ status: 0, networkError: 0, ...reason });
    for (const family of this.calls.forget()) this.indicatePacketService(family, false, words);
  }

  override async endFamily(family: 'ipv4' | 'ipv6', reason: EndReason): Promise<void> {
    const number = family === 'ipv4' ? 4 : 6;
    await this.calls.end(number);
    this.indicatePacketService(number, false, qmiRefusalOf({ status: 0, networkError: 0, ...reason }));
  }

  protected networkView(): string {
    return networkView(this);
  }

  #indicateTo(client: QmiClient, message: number, tlvs: readonly Tlv[]): void {
    if (this.faults.speaks) client.send?.(encodeIndication(client.service, client.id, message, tlvs));
  }

  async #take(request: Request, connection: QmiClient, send: Send): Promise<void> {
    const toProxy = request.service === ServiceId.ctl && request.message === proxyOpen;
    const connect = request.service === ServiceId.wds && request.message === startNetworkMessage;
    if (!toProxy && !(await this.faults.pass({ connect }))) return;
    const { error, tlvs } = await this.#answer(request, connection);
    if (toProxy || this.faults.speaks) send(encodeResponse(request, error, tlvs));
  }

  async #answer(request: Request, connection: QmiClient): Promise<Answer> {
    const client = request.service === ServiceId.ctl ? connection : this.clients.find(request);
    if (client === undefined) return refused(QmiError.invalidClientId);
    const handler = services.find(({ number }) => number === request.service)?.messages[request.message];
    if (handler === undefined) return refused(QmiError.invalidQmiCommand);
    try {
      return await handler(this, request, client);
    } catch (error) {
      if (error instanceof RangeError) return refused(QmiError.malformedMessage);
      throw error;
    }
  }
}
