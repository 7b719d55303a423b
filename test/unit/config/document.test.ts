// The commented configuration file: it is the schema's own, and nothing in it is untrue.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { configKeys } from '../../../src/config/shape.ts';

const shipped = readFileSync(new URL('../../../config/percept-lte.yaml', import.meta.url), 'utf8');

/** The file with every commented-out key put in force for which `choose` says so. */
const uncommented = (choose: (key: string) => boolean) =>
  shipped.replaceAll(/^( *)#([a-z-]+):/gm, (line, indent: string, key: string) =>
    choose(key) ? `${indent}${key}:` : line,
  );

test('a key of few words lists them, and a section says what a change costs', () => {
  expect(shipped).toContain('# Address families to ask the carrier for. One of ipv4, ipv6, ipv4v6.\n');
  expect(shipped).toMatch(/^# How to connect.* A change may cost a reconnect\.\nconnect:$/m);
  expect(shipped).toMatch(/^# The host side of the link\. A change costs no packet\.\nnetwork:$/m);
});

test('it parses, and says no more than an APN', () => {
  expect(parseConfig(shipped, 'f.yaml')).toEqual(parseConfig('connect: { apn: vzwinternet }', 'f.yaml'));
});

test('every key stands in it, with an explanation', () => {
  for (const { path, description } of configKeys) {
    const indent = '  '.repeat(path.length - 1);
    expect(shipped).toMatch(
      new RegExp(
        `^${indent}# ${description.slice(0, 20).replaceAll(/[^\w ]/g, '.')}.*\n(?:${indent}# .*\n)*${indent}#?${path.at(-1)}:`,
        'm',
      ),
    );
    expect(description).toMatch(/\.$/);
  }
});

test('the defaults that it names are the defaults', () => {
  const withDefault = new Set(configKeys.filter((key) => key.defaultValue !== undefined).map((key) => key.path.at(-1)));
  const parsed = parseConfig(
    uncommented((key) => withDefault.has(key)),
    'f.yaml',
  );
  expect(parsed).toEqual(parseConfig(shipped, 'f.yaml'));
});

test('the examples that it gives are allowed', () => {
  const files = new Set(['password-file', 'pin-file']);
  const config = parseConfig(
    uncommented((key) => !files.has(key)),
    'f.yaml',
  );
  expect(config.sim.pin?.reveal()).toBe('1234');
  expect(config.connect['allowed-auth']).toEqual(['chap', 'pap']);
});
