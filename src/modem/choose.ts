// Which of several modems is ours. Pure.
import type { Modem } from './objects.ts';

/** All that is given must be equal. `device` is the whole sysfs path or its last part (`3-1.1`). */
export interface ModemMatch {
  readonly 'equipment-identifier'?: string | undefined;
  readonly device?: string | undefined;
  readonly model?: string | undefined;
  readonly plugin?: string | undefined;
  readonly 'primary-port'?: string | undefined;
}

export type Choice =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly modem: Modem }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] };

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function fits(modem: Modem, match: ModemMatch): boolean {
  const { device } = match;
  const pairs = [
    [match['equipment-identifier'], modem.equipmentIdentifier],
    [match.model, modem.model],
    [match.plugin, modem.plugin],
    [match['primary-port'], modem.primaryPort],
  ] as const;
  return (
    pairs.every(([want, have]) => want === undefined || want === have) &&
    (device === undefined || device === modem.device || device === lastPart(modem.device))
  );
}

/** Whether the config says anything of which modem it should be. */
export const isNamed = (match: ModemMatch): boolean => Object.values(match).some((value) => value !== undefined);

/** The modem that fits; with an empty `match`, the only one there is. */
export function chooseModem(modems: readonly Modem[], match: ModemMatch): Choice {
  const fitting = modems.filter((modem) => fits(modem, match));
  const [first] = fitting;
  if (first === undefined) return { kind: 'none' };
  return fitting.length === 1
    ? { kind: 'one', modem: first }
    : { kind: 'ambiguous', candidates: fitting.map(describeModem) };
}

/**
 * For people: "Telit FIH7160, IMEI …46, device 3-1.1, plugin telit". Never the whole IMEI: logs
 * travel.
 */
export function describeModem(modem: Modem): string {
  const name = [modem.manufacturer, modem.model].filter((part) => part !== '').join(' ');
  const parts = [
    name === '' ? 'unnamed modem' : name,
    modem.equipmentIdentifier.length > 2 && `IMEI …${modem.equipmentIdentifier.slice(-2)}`,
    modem.device !== '' && `device ${lastPart(modem.device)}`,
    modem.plugin !== '' && `plugin ${modem.plugin}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
