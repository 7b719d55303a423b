// The modem's radio: a TUN device in the carrier's namespace. Node cannot open one, so socat does
// and passes the packets on as UDP datagrams.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { command } from '../../world/agent/command.ts';
import { carrierLink } from '../../world/agent/link.ts';

const OURS = 7101;
const SOCATS = 7102;

export interface Tun {
  readonly send: (packet: Buffer) => void;
}

/**
 * Creates the device and moves it to the namespace of `carrierPid`. `receive` gets every packet
 * that the carrier sends to the modem.
 */
export async function openTun(carrierPid: number, receive: (packet: Buffer) => void): Promise<Tun> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(OURS, '127.0.0.1', resolve));
  socket.on('message', receive);
  const tun = `TUN,tun-name=${carrierLink},tun-type=tun,iff-no-pi`;
  const udp = `UDP4-DATAGRAM:127.0.0.1:${OURS},bind=127.0.0.1:${SOCATS}`;
  const socat = spawn('socat', [tun, udp], { stdio: ['ignore', 'ignore', 'inherit'] });
  socat.once('exit', (code) => {
    throw new Error(`socat ended with ${code}`);
  });
  // Until the device is there, moving it fails.
  for (let attempt = 0; ; attempt++) {
    const moved = await command('ip', ['link', 'set', 'dev', carrierLink, 'netns', String(carrierPid)]).then(
      () => true,
      (error: unknown) => {
        if (attempt === 100) throw error;
        return false;
      },
    );
    if (moved) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { send: (packet) => socket.send(packet, SOCATS, '127.0.0.1') };
}
