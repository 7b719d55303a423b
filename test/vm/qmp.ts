// QEMU's own monitor: snapshots and power. What runs inside the guest is control-line.ts's
// business.
import { createConnection, type Socket } from 'node:net';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** One QMP connection. Commands are answered in the order in which they were sent. */
export class Monitor {
  private readonly waiting: ((reply: Reply) => void)[] = [];
  private received = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.receive(chunk));
    socket.on('error', () => {});
  }

  /** Connects to QEMU's QMP socket at `path` and leaves its negotiation phase. */
  static async open(path: string): Promise<Monitor> {
    const monitor = await new Promise<Monitor>((resolve, reject) => {
      const socket = createConnection(path, () => resolve(new Monitor(socket)));
      socket.once('error', reject);
    });
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /** @throws Error with QEMU's own description when it refuses */
  async execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const reply = await new Promise<Reply>((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
    if (reply.error !== undefined) throw new Error(`QEMU refused ${command}: ${reply.error.desc}`);
    return reply.return;
  }

  /**
   * Runs a command of the human monitor (savevm and loadvm exist only there). @throws Error with
   * what it printed, if it printed anything
   */
  async human(line: string): Promise<void> {
    const text = await this.execute('human-monitor-command', { 'command-line': line });
    if (typeof text === 'string' && text.trim() !== '') throw new Error(`QEMU: ${line}: ${text.trim()}`);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: string): void {
    const lines = (this.received + chunk).split('\n');
    this.received = lines.pop() ?? '';
    for (const line of lines) {
      const message: Reply = JSON.parse(line);
      // Events and the greeting are neither.
      if ('return' in message || 'error' in message) this.waiting.shift()?.(message);
    }
  }
}
