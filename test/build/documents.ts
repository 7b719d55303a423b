// npm run docs:write: the documents that are made of the program's own tables:
// config/percept-lte.yaml from the schema, the manual pages from the schema and the table of
// commands, the shells' completions from the latter, docs/codes.md from the table of codes. A test
// says when one is stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents } from './manual.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const [path, content] of documents()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  process.stdout.write(`${path}\n`);
}
