// The client ids that CTL hands out, a count of its own for each service, and the host connection
// behind each. A connection that closes without releasing them leaves them to nobody, as qmi-proxy
// does.

import type { Request } from './codec.ts';

export type Send = (message: Buffer) => void;

export interface QmiClient {
  readonly service: number;
  readonly id: number;
  /** Undefined once the host's connection is gone. */
  send: Send | undefined;
  /** The indications that it asked for, as each service names them. */
  readonly wants: Set<string>;
  /** IP family of a data client, which comes with its call or before it (4 or 6). */
  family: 4 | 6;
}

const mostIds = 254;

export class Clients {
  #clients: QmiClient[] = [];

  /** Undefined when the service's ids are all taken. */
  allocate(service: number, send: Send | undefined): QmiClient | undefined {
    const taken = new Set(this.of(service).map(({ id }) => id));
    let id = 1;
    while (taken.has(id)) id += 1;
    if (id > mostIds) return undefined;
    const client: QmiClient = { service, id, send, wants: new Set(), family: 4 };
    this.#clients.push(client);
    return client;
  }

  find({ service, client }: Pick<Request, 'service' | 'client'>): QmiClient | undefined {
    return this.#clients.find((known) => known.service === service && known.id === client);
  }

  of(service: number): readonly QmiClient[] {
    return this.#clients.filter((client) => client.service === service);
  }

  release(client: QmiClient): void {
    this.#clients = this.#clients.filter((known) => known !== client);
  }

  disown(send: Send): void {
    for (const client of this.#clients) if (client.send === send) client.send = undefined;
  }

  clear(): void {
    this.#clients = [];
  }
}
