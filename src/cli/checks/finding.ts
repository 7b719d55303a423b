// What a check of `percept-lte doctor` finds.
import type { ModemManagerFacts } from '../../modem/objects.ts';
import type { Status } from '../../status/schema.ts';
import type { CliContext } from '../context.ts';

/** What a finding is about, for programs: they stay, while the words may change. */
export type Code =
  | 'configuration'
  | 'usb-modem'
  | 'system-bus'
  | 'modem-manager'
  | 'modem-manager-options'
  | 'modem-manager-unit'
  | 'ip-tool'
  | 'ping-tool'
  | 'modem'
  | 'sim'
  | 'modem-state'
  | 'registration'
  | 'bearer'
  | 'interface'
  | 'interface-driver'
  | 'address'
  | 'default-route'
  | 'traffic'
  | 'rp-filter'
  | 'other-managers'
  | 'leftovers'
  | 'service'
  | 'daemon-warning';

export interface Finding {
  readonly code: Code;
  /** fail: it cannot work like this; warn: it may bite some day. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly about: string;
  readonly text: string;
  /** What a person can do about it. */
  readonly remedy?: string;
}

/**
 * What cannot be well while something else is not: it is not shown then, since its remedy would
 * lead astray.
 */
export const DEPENDS_ON: { readonly [C in Code]?: readonly Code[] } = {
  'modem-manager': ['system-bus'],
  modem: ['system-bus', 'modem-manager', 'usb-modem'],
  sim: ['modem'],
  'modem-state': ['sim'],
  registration: ['modem-state'],
  bearer: ['registration'],
  address: ['bearer', 'interface'],
  'default-route': ['address'],
  traffic: ['default-route'],
};

/** What all checks look at, read once. */
export interface Around {
  /** undefined: there is no bus that could be asked. */
  readonly facts: ModemManagerFacts | undefined;
  /** The process that owns ModemManager's name on the bus. */
  readonly modemManagerPid: number | undefined;
  /** What the daemon says, while it runs. */
  readonly status: Status | undefined;
}

/** Looks at one thing; changes nothing. */
export type Check = (context: CliContext, configPath: string, around: Around) => Promise<readonly Finding[]>;

/**
 * The findings with what each of them is hidden by: the first failed one that it depends on, in
 * turn.
 */
export function withCauses(findings: readonly Finding[]): readonly (Finding & { readonly because?: Code })[] {
  const failed = new Set(findings.filter(({ state }) => state === 'fail').map(({ code }) => code));
  const causeOf = (code: Code): Code | undefined => {
    for (const cause of DEPENDS_ON[code] ?? []) {
      const first = causeOf(cause) ?? (failed.has(cause) ? cause : undefined);
      if (first !== undefined) return first;
    }
    return undefined;
  };
  return findings.map((finding) => {
    const because = finding.state === 'ok' ? undefined : causeOf(finding.code);
    return because === undefined ? finding : { ...finding, because };
  });
}
