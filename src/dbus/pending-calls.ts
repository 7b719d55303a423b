// The calls that wait for a reply, by serial. A reply is believed from whom the call went to, and
// from the bus itself, which answers in the name of those who are not there.
import { DRIVER_NAME } from './driver.ts';
import { DBusCallError } from './errors.ts';
import { FRAME_TYPE, type FrameHeader } from './frame.ts';

export interface PendingCall {
  /** How it is named in errors. */
  readonly name: string;
  /** Who may answer, besides the bus. */
  readonly answers: (sender: string) => boolean;
  readonly resolve: (body: readonly unknown[]) => void;
  readonly reject: (error: unknown) => void;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #serial = 0;

  /** A serial that no message of ours had before: 1 to 2^32-1, then from the start. */
  nextSerial(): number {
    this.#serial = (this.#serial % 0xffff_ffff) + 1;
    return this.#serial;
  }

  add(serial: number, call: PendingCall): void {
    this.#calls.set(serial, call);
  }

  delete(serial: number): void {
    this.#calls.delete(serial);
  }

  /** Whether a call of ours waits for this reply. */
  expects({ replySerial, sender = '' }: FrameHeader): boolean {
    const pending = this.#calls.get(replySerial ?? 0);
    return pending !== undefined && (sender === DRIVER_NAME || (sender !== '' && pending.answers(sender)));
  }

  /** Ends the call that the reply belongs to. */
  settle(reply: FrameHeader, body: readonly unknown[]): void {
    if (reply.type !== FRAME_TYPE.error) this.#take(reply)?.resolve(body);
    else this.refuse(reply, reply.errorName ?? '', typeof body[0] === 'string' ? body[0] : '');
  }

  /** Ends the call that the reply belongs to with an error. */
  refuse(reply: FrameHeader, type: string, text: string): void {
    const pending = this.#take(reply);
    pending?.reject(new DBusCallError(type, text, pending.name));
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #take({ replySerial = 0 }: FrameHeader): PendingCall | undefined {
    const pending = this.#calls.get(replySerial);
    this.#calls.delete(replySerial);
    return pending;
  }
}
