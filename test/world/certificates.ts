// Certificates for servers of the tests, made by openssl in a temporary folder: a CA, and what it
// and a stranger sign.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** What boards trust: the CA that all but `foreign` are signed by. */
  readonly ca: string;
  readonly good: KeyPair;
  /** Of a CA that nobody knows. */
  readonly foreign: KeyPair;
  /** For another name. */
  readonly elsewhere: KeyPair;
  /** Begins in 2040: to a clock of today what one of today is to a clock in 1970. */
  readonly future: KeyPair;
  /** The same, of the CA that nobody knows. */
  readonly foreignFuture: KeyPair;
  readonly expired: KeyPair;
}

const run = promisify(execFile);
const day = { past: '20200101000000Z', future: '20400101000000Z', end: '20490101000000Z' } as const;

/** `name` is the host name that the certificates are for. */
export async function makeCertificates(name: string): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    const [ours, stranger] = [await newAuthority(join(folder, 'ours')), await newAuthority(join(folder, 'stranger'))];
    return {
      ca: ours.cert,
      good: await ours.sign(name, day.past, day.end),
      foreign: await stranger.sign(name, day.past, day.end),
      elsewhere: await ours.sign('portal.example', day.past, day.end),
      future: await ours.sign(name, day.future, day.end),
      foreignFuture: await stranger.sign(name, day.future, day.end),
      expired: await ours.sign(name, day.past, '20210101000000Z'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A CA in a folder of its own, in the form of openssl-ca(1), which alone lets a date begin later. */
async function newAuthority(folder: string) {
  await mkdir(folder);
  const openssl = async (...args: string[]) => void (await run('openssl', args, { cwd: folder }));
  const newKey = (file: string) =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const sections = [
    '[req]\ndistinguished_name = dn\n[dn]\n[v3_ca]\nbasicConstraints = critical, CA:TRUE',
    '[ca]\ndefault_ca = here\n[here]\ndatabase = index.txt\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256',
    'policy = any\nunique_subject = no\ncopy_extensions = copy\n[any]\ncommonName = supplied',
  ];
  await writeFile(join(folder, 'ca.conf'), `${sections.join('\n')}\n`);
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'serial'), '01\n');
  await newKey('ca.key');
  const self = ['-new', '-x509', '-key', 'ca.key', '-subj', '/CN=Test CA', '-days', '9000', '-extensions', 'v3_ca'];
  await openssl('req', ...self, '-config', 'ca.conf', '-out', 'ca.crt');
  return {
    cert: await read('ca.crt'),
    async sign(name: string, begin: string, end: string): Promise<KeyPair> {
      await newKey('server.key');
      const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
      await openssl('req', '-new', '-key', 'server.key', ...names, '-config', 'ca.conf', '-out', 'server.csr');
      const dates = ['-startdate', begin, '-enddate', end];
      const signing = ['-batch', '-notext', '-config', 'ca.conf', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
      await openssl('ca', ...signing, ...dates, '-in', 'server.csr', '-out', 'server.crt');
      return { key: await read('server.key'), cert: await read('server.crt') };
    },
  };
}
