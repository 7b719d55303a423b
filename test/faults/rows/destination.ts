// Links that are alive and lead nowhere, or to somebody else, and private networks, which look the
// same and are well. None of them is a fault that a rung mends.

import type { DestinationServer } from '../../world/carrier/destination.ts';
import { makeCertificates } from '../../world/certificates.ts';
import { type Fault, type Setup, TRUSTED_CA } from '../fault.ts';
import { gentle, mustSay } from './steps.ts';

const HOST = 'hub.fleet.example';
const hub = `tls ${HOST}:8883`;
/** What the table's pings go to lies in it. */
const PRIVATE = '192.0.2.0/24';

type Kind = Exclude<keyof Awaited<ReturnType<typeof makeCertificates>>, 'ca'> | 'page';

/** The destination answers with this certificate, or a portal in its place; boards know its CA. */
const answering =
  (kind: Kind) =>
  async ({ world }: Setup): Promise<void> => {
    const certificates = await makeCertificates(HOST);
    await world.files.write(TRUSTED_CA, certificates.ca);
    const page = { page: 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n' };
    const answer: DestinationServer = kind === 'page' ? page : certificates[kind];
    await world.carrier.serveDestination(answer);
  };

/** From the start somebody else answers, and it has to be said by what that is seen. */
const impostor = (name: string, kind: Kind, said: RegExp): Fault => ({
  name,
  fresh: true,
  settings: { destination: hub },
  before: answering(kind),
  limit: 60,
  settleMs: 5_000,
  break: (situation) => mustSay(situation, said, 40_000),
});

export const destinationFaults: readonly Fault[] = gentle([
  {
    name: 'the plan is used up: the carrier answers DNS only for 60 s',
    slow: true,
    limit: 150,
    radioCycles: 0,
    async break(situation) {
      await situation.world.carrier.garden('');
      // As long for a manager that says nothing.
      const over = situation.sleep(60_000);
      await mustSay(situation, /not through since.*the carrier answers, nothing beyond it does/s, 55_000);
      await over;
      await situation.world.carrier.garden();
    },
  },
  {
    name: 'a portal answers every name with its own address, until it is told',
    limit: 120,
    radioCycles: 0,
    settings: { probeInterval: '10s' },
    async break(situation) {
      const { world, sleep, reachability } = situation;
      await reachability.stop();
      await world.carrier.lieInDns('192.0.2.99');
      await mustSay(situation, /a portal answers in place of the internet.*192\.0\.2\.99/s, 60_000);
      await sleep(5_000);
      await world.carrier.lieInDns();
      await reachability.start();
    },
  },
  impostor('a foreign certificate in place of the destination', 'foreign', /somebody else answers .* authority/s),
  impostor('a block page in place of the destination', 'page', /somebody else answers .* speaks no TLS/s),
  {
    ...impostor(
      'a clock in 1970: the certificate begins later',
      'future',
      /cannot be checked: .* clock of this board/s,
    ),
    slow: true,
  },
  {
    name: 'the destination alone is blocked from a reconnect on, until it is told',
    slow: true,
    settings: { destination: hub },
    before: answering('good'),
    limit: 150,
    attempts: 1,
    async break(situation) {
      await situation.world.carrier.blockTcp([8883]);
      await situation.world.modem.dropBearer();
      await mustSay(situation, /not through since.*the internet answers, tls hub/s, 90_000);
      await situation.world.carrier.blockTcp([]);
    },
  },
  {
    name: 'a private APN, where nothing of the internet answers, for 60 s: no fault',
    slow: true,
    lossless: true,
    attempts: 0,
    limit: 75,
    before: ({ world }) => world.carrier.garden(PRIVATE),
    async break(situation) {
      await mustSay(situation, /^online .*set\s+probe\.destination/s, 40_000);
      await situation.sleep(20_000);
    },
  },
  {
    name: 'a private APN with a destination of its own: proven by it alone',
    lossless: true,
    attempts: 0,
    limit: 45,
    settings: { destination: hub },
    async before(setup) {
      await answering('good')(setup);
      await setup.world.carrier.garden(PRIVATE);
    },
    async break(situation) {
      await mustSay(situation, /^online .*through to tls hub\.fleet\.example:8883/s, 20_000);
      await situation.sleep(10_000);
    },
  },
]);
