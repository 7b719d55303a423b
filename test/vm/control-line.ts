// The host's line into a guest: scripts go in, their output and exit code come back. Speaks with
// guest/usr/local/sbin/control-shell.
import { createConnection, type Socket } from 'node:net';

/**
 * What a script in the guest left: its exit code (124 when it ran out of time) and everything that
 * it wrote.
 */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

// How much longer than the guest itself the host waits: the guest's clock stands still while a
// snapshot is taken or restored.
const GRACE_MS = 30_000;

/**
 * One connection to the guest's virtual console; scripts run one after another, in the order in
 * which they were given.
 */
export class ControlLine {
  private readonly waiting = new Map<string, (outcome: Outcome) => void>();
  private received = '';
  private next = 1;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.receive(chunk));
    socket.on('error', () => {});
  }

  /**
   * Connects to QEMU's socket at `path`. @throws the socket's own error when QEMU does not listen
   * there
   */
  static open(path: string): Promise<ControlLine> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path, () => resolve(new ControlLine(socket)));
      socket.once('error', reject);
    });
  }

  /**
   * Runs a bash script in the guest for at most `seconds` there. @throws Error when no answer came
   * at all
   */
  run(script: string, seconds: number, graceMs = GRACE_MS): Promise<Outcome> {
    const result = this.queue.then(() => this.send(script, seconds, graceMs));
    this.queue = result.catch(() => {});
    return result;
  }

  close(): void {
    this.socket.destroy();
  }

  private send(script: string, seconds: number, graceMs: number): Promise<Outcome> {
    // Random, so that an answer to a line sent before a snapshot was restored is never taken for
    // this one's.
    const id = `${process.pid}.${this.next++}.${Math.random().toString(36).slice(2)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.waiting.delete(id);
          reject(new Error(`no answer from the guest within ${seconds} s and some to: ${script}`));
        },
        seconds * 1000 + graceMs,
      );
      this.waiting.set(id, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
      this.socket.write(`${id} ${seconds} ${Buffer.from(script).toString('base64')}\n`);
    });
  }

  private receive(chunk: string): void {
    const lines = (this.received + chunk).split('\n');
    this.received = lines.pop() ?? '';
    for (const line of lines) {
      // Until the guest's shell has made the console raw, what was sent comes back as an echo: only
      // answers start with "=".
      const [mark, id = '', code = '', output = ''] = line.trim().split(' ');
      if (mark !== '=') continue;
      this.waiting.get(id)?.({ code: Number(code), output: Buffer.from(output, 'base64').toString('utf8') });
      this.waiting.delete(id);
    }
  }
}
