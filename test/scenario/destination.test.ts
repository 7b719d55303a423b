// A link that is alive is not all: whether traffic gets through to the internet, or to the
// destination that the configuration names, is a verdict of its own.

import { beforeAll, expect } from 'vitest';
import { warningSentence } from '../../src/status/why.ts';
import { type Certificates, makeCertificates } from '../world/certificates.ts';
import type { World } from '../world/world.ts';
import { connectsSent } from './expectations.ts';
import { worldTest } from './world-test.ts';

const HOST = 'hub.fleet.example';
const TRUSTED = '/run/world/ca.pem';
const env = { NODE_EXTRA_CA_CERTS: TRUSTED };
/** As a unit that waits for the network runs it. */
const waitOnline = [process.execPath, new URL('../../dist/main.js', import.meta.url).pathname, 'wait-online'];
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates(HOST);
});

const config = (probe = '') => `connect:\n  apn: vzwinternet\nprobe:\n  interval: 10s\n${probe}`;
const destined = (destination: string) => config(`  destination: ${destination}\n`);
const trust = (world: World) => world.files.write(TRUSTED, certificates.ca);
const routes = async (world: World) => (await world.ip.routes()).filter(({ dst }) => dst === 'default');

worldTest(
  'a carrier that begins to answer DNS only: it comes after other uplinks, says why, and is reconnected once',
  {},
  async ({ world, start }) => {
    const daemon = await start({ config: config() });
    await daemon.until('through', ({ link }) => link?.reach?.verdict === 'through');
    await world.carrier.garden('');
    const app = await world.spawn(['ping', '-n', '-i', '1', '192.0.2.1']);
    const shut = await daemon.until('not through', ({ link }) => link?.reach?.verdict === 'not-through', 60_000);
    expect(shut.link?.metric).toBe(20_700);
    expect(shut.warnings.map(warningSentence).join()).toMatch(
      /the carrier answers, nothing beyond it does: plan used up, or an APN/,
    );
    await daemon.until('the reconnect', () => daemon.journal.includes('recovering: reconnect'));
    const later = await daemon.until(
      'the same over another session',
      ({ link }) => link?.reach?.verdict === 'not-through',
    );
    expect(await daemon.why()).toMatch(/^connected for .*not through since .*plan used up/s);
    await pass(20_000);
    expect(await connectsSent(world)).toBe(2);
    expect((await daemon.status())?.ladder.rungsTried).toEqual([]);
    expect((await routes(world)).map(({ metric }) => metric)).toContain(20_700);
    await world.carrier.garden();
    await world.modem.dropBearer(); // each new session is asked at once
    const open = await daemon.until('through again', ({ link }) => link?.reach?.verdict === 'through', 60_000);
    expect(open.link?.metric).toBe(700);
    expect(open.warnings).toEqual([]);
    expect(open.incidents.at(-1)?.reason).toMatch(/nothing beyond it does/);
    expect(later.phase).toBe('online');
    await app.end('SIGKILL');
  },
);

worldTest(
  'an APN that never led beyond the carrier may be a private network: it is told, keeps rank and session',
  {},
  async ({ world, start }) => {
    await world.carrier.garden('');
    const daemon = await start({ config: config() });
    const { link, warnings } = await daemon.until(
      'the verdict',
      (s) => s.link?.reach?.verdict === 'not-through',
      60_000,
    );
    expect(link).toMatchObject({ metric: 700, reach: { isFault: false } });
    expect(warnings.map(warningSentence).join()).toMatch(/set probe\.destination/);
    expect((await world.run(waitOnline)).code).toBe(0);
    await pass(20_000);
    expect(await connectsSent(world)).toBe(1);
  },
);

worldTest('a private APN with a destination of its own is proven by it alone', {}, async ({ world, start }) => {
  await trust(world);
  await world.carrier.serveDestination(certificates.good);
  await world.carrier.blockTcp([443]);
  await world.carrier.blockIcmp();
  const daemon = await start({ config: destined(`tls ${HOST}:8883`), env });
  const { link, warnings } = await daemon.until('through', (s) => s.link?.reach?.verdict === 'through');
  expect(link?.reach?.by).toBe(`tls ${HOST}:8883`);
  expect(warnings).toEqual([]);
});

worldTest(
  'the destination alone is blocked: it is named, and no session is spent on it',
  {},
  async ({ world, start }) => {
    await trust(world);
    await world.carrier.serveDestination(certificates.good);
    const daemon = await start({ config: destined(`[tls ${HOST}:8883, "https://${HOST}:8883/health"]`), env });
    await daemon.until('through', (s) => s.link?.reach?.verdict === 'through');
    await world.carrier.blockTcp([8883]);
    await world.modem.dropBearer();
    const { link } = await daemon.until('not through', (s) => s.link?.reach?.verdict === 'not-through', 120_000);
    expect(link).toMatchObject({
      metric: 20_700,
      reach: { reason: expect.stringMatching(/^the internet answers, tls hub/) },
    });
    await pass(15_000);
    expect(await connectsSent(world)).toBe(2);
  },
);

worldTest('a portal that answers every name with its own address is called one', {}, async ({ world, start }) => {
  const daemon = await start({ config: config() });
  await daemon.until('through', (s) => s.link?.reach?.verdict === 'through');
  await world.carrier.lieInDns('192.0.2.99');
  const { link } = await daemon.until('not through', (s) => s.link?.reach?.verdict === 'not-through', 60_000);
  expect(link?.reach?.reason).toMatch(/portal.*192\.0\.2\.99/);
});

const answers: readonly (readonly [string, 'foreign' | 'elsewhere' | 'expired' | 'page', RegExp])[] = [
  ['a foreign certificate', 'foreign', /somebody else answers in place of tls hub\.fleet\.example:8883: .*authority/],
  ['a certificate for another name', 'elsewhere', /somebody else answers .* for another name/],
  [
    'a certificate that has expired',
    'expired',
    /tls hub\.fleet\.example:8883 answers, but its certificate has expired/,
  ],
  ['a block page in plain text', 'page', /somebody else answers .* speaks no TLS/],
];

worldTest('whoever answers in the place of the destination is told by how', {}, async ({ world, start }) => {
  await trust(world);
  const page = { page: 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n' };
  for (const [, kind, said] of answers) {
    await world.carrier.serveDestination(kind === 'page' ? page : certificates[kind]);
    const daemon = await start({ config: destined(`tls ${HOST}:8883`), env });
    const { link } = await daemon.until(kind, (s) => s.link?.reach?.verdict === 'not-through', 60_000);
    expect(link?.reach?.reason).toMatch(said);
    expect(link?.metric).toBe(20_700);
    await daemon.stop();
  }
});

worldTest(
  'a clock before the certificate, as in 1970, is said as that, and is no portal',
  {},
  async ({ world, start }) => {
    await trust(world);
    await world.carrier.serveDestination(certificates.future);
    const daemon = await start({ config: destined(`https://${HOST}:8883/health`), env });
    const { link, warnings } = await daemon.until('the verdict', (s) => s.link?.reach?.verdict === 'unclear', 60_000);
    expect(link?.metric).toBe(700);
    expect(warnings.map(warningSentence).join()).toMatch(
      /cannot be checked: it begins later than the clock of this board says \(\d{4}-.*timedatectl/,
    );
    expect(await daemon.why()).not.toMatch(/portal|somebody/);
    await world.carrier.serveDestination(certificates.good);
    await daemon.until('through', (s) => s.link?.reach?.verdict === 'through', 120_000);
  },
);
