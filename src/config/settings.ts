// The settings that a modem and a carrier may refuse, so that a change of them is on trial: as
// values, and as they were written, to be kept. The PIN is none of them: a SIM refuses it by
// itself.
import type { Config } from './schema.ts';

/** The sections that are on trial. */
export const SETTINGS_SECTIONS = ['connect', 'modem', 'network'] as const;

/** The sections that are on trial, of a configuration. */
export type Settings = Pick<Config, (typeof SETTINGS_SECTIONS)[number]>;

/** The same as the file has them, secrets in the clear, for a file of mode 0600. */
export type WrittenSettings = { readonly [section in keyof Settings]?: unknown } & {
  /** What the file held that `connect.password-file` names. */
  readonly password?: string | undefined;
};

/** Of the file's content, what is kept. */
export function writtenSettings(file: unknown, password: string | undefined): WrittenSettings {
  const all: Readonly<Record<string, unknown>> = typeof file === 'object' && file !== null ? { ...file } : {};
  const sections = SETTINGS_SECTIONS.filter((section) => all[section] !== undefined);
  const written = Object.fromEntries(sections.map((section) => [section, all[section]]));
  return password === undefined ? written : { ...written, password };
}

/** One text for settings that are written alike, whatever the order of their keys. */
export function settingsText(written: WrittenSettings): string {
  return JSON.stringify(sorted(written));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/**
 * `file` with the sections of `proven` in place of its own. Roaming that the file forbids stays
 * forbidden: it costs money.
 */
export function withSettings(file: Config, proven: Settings): Config {
  const mayRoam = file.connect['allow-roaming'] && proven.connect['allow-roaming'];
  const { connect, modem, network } = proven;
  return { ...file, modem, network, connect: { ...connect, 'allow-roaming': mayRoam } };
}
