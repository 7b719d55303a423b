// What the bundle is made of, for those who must know: licence texts and a CycloneDX list of parts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Arch, NODE_INTEGRITY, NODE_VERSION } from './runtime.ts';

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  // Old packages write { type, url }, or a list of those.
  license: z.unknown().optional(),
  licenses: z.unknown().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
});

const Lock = z.object({ packages: z.record(z.string(), z.object({ integrity: z.string().optional() })) });

export interface Part {
  readonly name: string;
  readonly version: string;
  /**
   * As the package states it, which for old packages is no SPDX expression; undefined when it
   * states none.
   */
  readonly licence: string | undefined;
  readonly folder: string;
  /** As npm writes it: algorithm, dash, base64. */
  readonly integrity: string | undefined;
}

function licenceOf(stated: unknown): string | undefined {
  if (stated === undefined) return undefined;
  if (typeof stated === 'string') return stated;
  if (Array.isArray(stated)) return stated.map(licenceOf).join(' OR ');
  if (typeof stated === 'object' && stated !== null && 'type' in stated) return licenceOf(stated.type);
  throw new Error(`a package states its licence in an unknown way: ${JSON.stringify(stated)}`);
}

// Node's own way of finding a package: the nearest node_modules upwards.
function find(name: string, from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`${name} is not installed: run npm ci`);
}

/**
 * Every package that the project's runtime dependencies need, themselves included, sorted by name.
 * Optional ones are left out, since the bundle leaves them out.
 */
export function bundledParts(root: string): Part[] {
  const locked = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))).packages;
  const parts = new Map<string, Part>();
  const visit = (folder: string, own: boolean) => {
    const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    const { name, version } = manifest;
    if (parts.has(folder)) return;
    const integrity = locked[folder.slice(root.length + 1)]?.integrity;
    if (!own)
      parts.set(folder, {
        name,
        version,
        licence: licenceOf(manifest.license ?? manifest.licenses),
        folder,
        integrity,
      });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(find(dependency, folder), false);
  };
  visit(root, true);
  return [...parts.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function licenceText(part: Part): string {
  const file = readdirSync(part.folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined
    ? `(no licence file; stated in package.json: ${part.licence ?? 'nothing'})`
    : readFileSync(join(part.folder, file), 'utf8').trim();
}

const APNS_LICENCE =
  'In the public domain. Collected by Antti Kaijanmäki, Dan Williams, Jiří Klimeš, Lubomir Rintel, Guido Günther and others.';

/**
 * One text with everybody's licence: the bundled packages', then Node's, which names its own parts.
 */
export function licenceDocument(parts: readonly Part[], runtime: string): string {
  const rule = '='.repeat(80);
  const sections = parts.map(
    (part) =>
      `${rule}\n${part.name} ${part.version} (${part.licence ?? 'see below'})\n${rule}\n\n${licenceText(part)}\n`,
  );
  const node = `${rule}\nNode.js ${NODE_VERSION}\n${rule}\n\n${readFileSync(join(runtime, 'LICENSE'), 'utf8').trim()}\n`;
  const apns = `${rule}\nknown-apns.txt: APNs of mobile-broadband-provider-info\n${rule}\n\n${APNS_LICENCE}\n`;
  return `percept-lte contains the following parts of others.\n\n${[...sections, node, apns].join('\n')}`;
}

function hashes(integrity: string | undefined) {
  const [, digest] = integrity?.match(/^sha512-(.+)$/) ?? [];
  return digest === undefined ? [] : [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }];
}

function component(name: string, version: string, licence: string | undefined, integrity: string | undefined) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  // By name, since old packages write what is no SPDX expression.
  const licenses = licence === undefined ? [] : [{ license: { name: licence } }];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses,
    hashes: hashes(integrity),
  };
}

/** The list of parts as CycloneDX 1.5 JSON; the same for the same inputs (`epoch` in seconds). */
export function sbomDocument(parts: readonly Part[], arch: Arch, version: string, epoch: number): string {
  const runtime = component(`node-linux-${arch}`, NODE_VERSION, 'MIT', NODE_INTEGRITY[arch]);
  const self = {
    type: 'application',
    'bom-ref': `percept-lte@${version}`,
    name: 'percept-lte',
    version,
    licenses: [{ expression: 'MIT' }],
  };
  const libraries = parts.map((part) => component(part.name, part.version, part.licence, part.integrity));
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { timestamp: new Date(epoch * 1000).toISOString(), component: self },
    components: [...libraries, { ...runtime, type: 'platform' }],
    dependencies: [{ ref: self['bom-ref'], dependsOn: [...libraries, runtime].map((part) => part['bom-ref']) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
