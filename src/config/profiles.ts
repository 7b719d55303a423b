// Profiles: what of `connect` is another for another SIM. Which SIM has which. Pure.
/** What a profile is for; all that is given must fit. */
export interface ProfileMatch {
  /** The first digits of the ICCID. */
  readonly 'iccid-prefix'?: string | undefined;
  /** Home operator: MCC and MNC. */
  readonly operator?: string | undefined;
}

/** What a SIM says of itself, nothing where it does not (yet): a locked one hides its operator. */
export interface SimIdentity {
  readonly iccid: string;
  /** Codes that the home operator may have, MCC and MNC: two where the SIM tells no length. */
  readonly operators: readonly string[];
}

/**
 * The name of the first profile that fits the SIM, '' where none does, undefined where that cannot
 * be told yet.
 */
export function profileFor(
  { profiles }: { readonly profiles: readonly { readonly name: string; readonly match: ProfileMatch }[] },
  sim: SimIdentity,
): string | undefined {
  for (const { name, match } of profiles) {
    const fits = fitsSim(match, sim);
    if (fits === undefined) return undefined;
    if (fits) return name;
  }
  return '';
}

function fitsSim(match: ProfileMatch, { iccid, operators }: SimIdentity): boolean | undefined {
  const { 'iccid-prefix': prefix = '', operator: wanted = '' } = match;
  if (iccid !== '' && !iccid.startsWith(prefix)) return false;
  if (operators.length > 0 && wanted !== '' && !operators.includes(wanted)) return false;
  const isUnknown = (prefix !== '' && iccid === '') || (wanted !== '' && operators.length === 0);
  return isUnknown ? undefined : true;
}
