// Containers that were started before LTE was up: with the name server that docs/containers.md has
// Docker hand out, they resolve as soon as the host does, without a restart. The bridge and the
// container are made as Docker makes them; the stub is dnsmasq with its lines.
import { expect } from 'vitest';
import type { World } from '../world/world.ts';
import { eventually } from './daemon.ts';
import { worldTest } from './world-test.ts';

/** /etc/dnsmasq.d/containers.conf of docs/containers.md, word for word. */
const DNSMASQ = 'listen-address=172.17.0.1\nbind-dynamic\nno-hosts\ncache-size=0\n';

async function ip(world: World, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) expect(await world.run(['ip', ...line.split(' ')])).toMatchObject({ code: 0 });
}

/** A bridge as dockerd leaves it, and a container on it. */
async function startContainer(world: World, name: string, bridge: string, network: string): Promise<void> {
  await ip(
    world,
    `link add ${bridge} type bridge`,
    `address add ${network}.0.1/16 dev ${bridge}`,
    `link set ${bridge} up`,
    `netns add ${name}`,
    `link add veth-${name} type veth peer name eth0 netns ${name}`,
    `link set veth-${name} master ${bridge}`,
    `link set veth-${name} up`,
    `-netns ${name} address add ${network}.0.2/16 dev eth0`,
    `-netns ${name} link set eth0 up`,
    `-netns ${name} route add default via ${network}.0.1`,
  );
}

/**
 * What a program in the container gets for a name. Its name server is that of the container's
 * start.
 */
async function resolveInside(world: World, name: string): Promise<string> {
  const program = `const { Resolver } = require('node:dns').promises; const r = new Resolver({ timeout: 500, tries: 1 });
    r.setServers(['172.17.0.1']); r.resolve4('hub.example').then(([a]) => console.log(a), (e) => console.log(e.code));`;
  const { stdout } = await world.run(['ip', 'netns', 'exec', name, process.execPath, '-e', program]);
  return stdout.trim();
}

/** Waits until both containers resolve names. */
async function bothResolve(world: World): Promise<void> {
  for (const name of ['plain', 'module'])
    await eventually(
      async () => ((await resolveInside(world, name)) === '192.0.2.1' ? true : undefined),
      15_000,
      () => `an answer inside the container ${name}`,
    );
}

worldTest('containers from before LTE resolve names as soon as LTE is up', {}, async ({ world, start }) => {
  await world.run(['rm', '-f', '/etc/resolv.conf']);
  await world.files.write('/etc/resolv.conf', '# nothing is up yet\n');
  await startContainer(world, 'plain', 'docker0', '172.17');
  // As IoT Edge has it: a network of its own, whose containers reach docker0's address through the
  // host.
  await startContainer(world, 'module', 'br-0123456789ab', '172.18');
  await world.files.write('/run/world/dnsmasq.conf', DNSMASQ);
  const stub = ['dnsmasq', '--keep-in-foreground', '--conf-file=/run/world/dnsmasq.conf', '--user=root', '--pid-file='];
  await world.spawn(stub);
  expect(await resolveInside(world, 'plain')).not.toBe('192.0.2.1');
  const daemon = await start();
  const before = await daemon.online();
  await bothResolve(world);
  // Another session with other name servers: the containers follow without knowing.
  await world.modem.setNextAddress({
    address: '100.112.107.77',
    prefix: 24,
    gateway: '100.112.107.1',
    dns: ['198.51.100.54'],
  });
  await world.modem.dropBearer();
  await daemon.onlineAgain(before);
  await bothResolve(world);
});
