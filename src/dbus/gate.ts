// Who gets in. Any local user may send any message to this program alone, so each is judged by its
// header: what the bus says, what answers a call of ours, and signals of who owns a name that is
// followed reach the library that reads bodies. What the library throws ends that message alone.
import type { decodeBody } from './codec.ts';
import type { Dropped } from './dropped.ts';
import { describeFrame, FRAME_TYPE, type FrameHeader, type FrameStart, NO_REPLY_EXPECTED } from './frame.ts';
import type { FrameSink } from './frame-reader.ts';
import type { PendingCalls } from './pending-calls.ts';
import type { Subscriptions } from './subscriptions.ts';

/**
 * Everything that ModemManager knows of a modem takes 50 kB; in the library a body grows sixtyfold.
 */
const MOST_BODY_BYTES = 1024 * 1024;

const LIMITS_EXCEEDED = 'org.freedesktop.DBus.Error.LimitsExceeded';
const INCONSISTENT_MESSAGE = 'org.freedesktop.DBus.Error.InconsistentMessage';

export interface GatePorts {
  readonly pending: PendingCalls;
  readonly subscriptions: Subscriptions;
  readonly dropped: Dropped;
  /** Reads a body. It may throw anything. */
  readonly decode: typeof decodeBody;
  /** Answers a method call, which is never read: this program exports no object. */
  readonly answer: (call: FrameHeader) => void;
}

export class Gate implements FrameSink {
  readonly #ports: GatePorts;

  constructor(ports: GatePorts) {
    this.#ports = ports;
  }

  knows(sender: string, { type }: FrameStart): boolean {
    const known = type !== FRAME_TYPE.signal || this.#ports.subscriptions.knows(sender);
    if (!known) this.#ports.dropped.add('foreign', () => `a signal from ${sender}`);
    return known;
  }

  wants(header: FrameHeader): boolean {
    const { pending, subscriptions, answer } = this.#ports;
    switch (header.type) {
      case FRAME_TYPE.signal:
        return subscriptions.hears(header) && this.#fits(header);
      case FRAME_TYPE.reply:
      case FRAME_TYPE.error:
        if (pending.expects(header)) return this.#fits(header);
        this.#ports.dropped.add('foreign', () => describeFrame(header));
        return false;
      case FRAME_TYPE.call:
        if ((header.flags & NO_REPLY_EXPECTED) === 0) answer(header);
        return false;
      default:
        return false;
    }
  }

  /** Hands a message on. @throws whatever a listener throws */
  take(header: FrameHeader, bytes: Buffer): void {
    let body: readonly unknown[];
    try {
      body = this.#ports.decode(header, bytes);
    } catch (cause) {
      this.#ports.dropped.add('unreadable', () => `${describeFrame(header)}: ${String(cause)}`);
      this.#refuse(header, INCONSISTENT_MESSAGE, `the reply cannot be read: ${String(cause)}`);
      return;
    }
    if (header.type === FRAME_TYPE.signal) this.#ports.subscriptions.tell(header, body);
    else this.#ports.pending.settle(header, body);
  }

  unreadable(): void {
    this.#ports.dropped.add('unreadable', () => 'its header is broken');
  }

  #fits(header: FrameHeader): boolean {
    if (header.bodyLength <= MOST_BODY_BYTES) return true;
    this.#ports.dropped.add('oversized', () => `${describeFrame(header)}, ${header.bodyLength} bytes`);
    this.#refuse(header, LIMITS_EXCEEDED, `the reply has ${header.bodyLength} bytes, more than ${MOST_BODY_BYTES}`);
    return false;
  }

  /** The caller of what was dropped need not wait for its deadline. */
  #refuse(header: FrameHeader, type: string, text: string): void {
    if (header.type !== FRAME_TYPE.signal) this.#ports.pending.refuse(header, type, text);
  }
}
