// Plugs a USB device into the kernel: a TCP connection whose one end the virtual host controller
// takes over (vhci_hcd's sysfs attach).
import { writeFileSync } from 'node:fs';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';

const CONTROLLER = '/sys/devices/platform/vhci_hcd.0';

/** enum usb_device_speed: high speed. */
const HIGH_SPEED = 3;

/** Both ends of a TCP connection over loopback. */
function socketPair(): Promise<{ ours: Socket; kernels: Socket }> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return;
      const kernels = tcpConnect({ port: address.port, host: '127.0.0.1', noDelay: true });
      // The kernel reads this end. Node must not: paused before it connects, it never starts.
      kernels.pause();
      server.once('connection', (ours) => {
        server.close();
        if (kernels.connecting) kernels.once('connect', () => resolve({ ours, kernels }));
        else resolve({ ours, kernels });
      });
    });
  });
}

function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0) throw new Error('this Node does not show the file descriptor of a socket');
  return fd;
}

export interface Plugged {
  readonly send: (bytes: Buffer) => void;
  readonly unplug: () => void;
}

/**
 * Attaches to port `port` of the controller. `receive` gets what the kernel sends. @throws the
 * errno of sysfs when the port is taken
 */
export async function plugIn(port: number, receive: (chunk: Buffer) => void): Promise<Plugged> {
  const { ours, kernels } = await socketPair();
  ours.on('data', receive);
  for (const socket of [ours, kernels]) socket.on('error', () => {});
  // Port, socket, device id (bus and number at the far end, free for us to choose) and speed.
  writeFileSync(`${CONTROLLER}/attach`, `${port} ${descriptorOf(kernels)} ${0x00010001 + port} ${HIGH_SPEED}`);
  const unplug = () => {
    ours.destroy();
    kernels.destroy();
  };
  return { send: (bytes) => ours.write(bytes), unplug };
}
