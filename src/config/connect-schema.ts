// The keys of `connect`, and the profiles, which give them anew for other SIMs.
import * as z from 'zod/mini';
import { about } from '../system/about.ts';
import { apn, oneOf, onlyOneOf, PASSWORD, secretFile, secretText, section, text, yesOrNo } from './scalars.ts';

const connectKeys = {
  apn: about(
    apn(),
    'Access point name: one, a list to try in order, or auto (those known for the operator of the SIM, then its default). Required.',
    { example: 'vzwinternet' },
  ),
  'ip-type': about(z.prefault(oneOf('ipv4', 'ipv6', 'ipv4v6'), 'ipv4'), 'Address families to ask the carrier for.'),
  user: about(z.optional(text('a user name')), 'User name, where the carrier asks for one.', { example: 'somebody' }),
  password: about(z.optional(secretText('a password', PASSWORD)), 'Password; then this file needs mode 0600.', {
    example: 'secret',
  }),
  'password-file': about(secretFile('the password'), 'File (mode 0600) or systemd credential with the password.', {
    example: '/etc/percept-lte.password',
  }),
  'allowed-auth': about(
    z.optional(
      z
        .array(oneOf('none', 'pap', 'chap', 'mschap', 'mschapv2', 'eap'), 'a list of authentication methods')
        .check(z.minLength(1, 'a list of at least one authentication method')),
    ),
    'Authentication methods to offer; without it the modem chooses.',
    { example: ['chap', 'pap'] },
  ),
  'attach-apn': about(
    z.prefault(text('an access point name, keep, same or none', /^[A-Za-z0-9.-]{1,100}$/), 'keep'),
    'APN for attaching to LTE: keep (what the modem has), same (as apn), none (the network chooses), or a name.',
  ),
  'allow-roaming': about(z.prefault(yesOrNo(), true), "Whether to connect in another carrier's network."),
};

/** The section. */
export const connect = about(
  section(connectKeys).check(onlyOneOf('password', 'password-file')),
  'How to connect, in the words of mmcli --simple-connect.',
);

const MATCH = 'iccid-prefix, operator or both';
/** As many SIMs as a fleet has. */
const MOST_PROFILES = 20;

/**
 * No PIN is part of it: what fits a SIM is only known from the SIM, and a PIN that is sent to the
 * wrong one costs a try.
 */
const profile = z.pipe(
  section({
    name: text('a name of letters, digits, ".", "-" and "_"', /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/),
    match: section({
      'iccid-prefix': z.optional(text('the first 4 to 20 digits of the ICCID', /^\d{4,20}$/)),
      operator: z.optional(text('MCC and MNC of the operator that issued the SIM, 5 or 6 digits', /^\d{5,6}$/)),
    }).check(z.refine((keys) => Object.keys(keys).length > 0, MATCH)),
    connect: z.partial(section(connectKeys)).check(onlyOneOf('password', 'password-file')),
  }),
  z.transform(({ name, match }) => ({ name, match })),
);

/** The list of profiles; of each, what it is called and which SIMs it is for. */
export const profiles = z
  .array(profile, 'a list of profiles')
  .check(z.maxLength(MOST_PROFILES, `a list of at most ${MOST_PROFILES} profiles`), ({ value, issues }) => {
    for (const [index, { name }] of value.entries()) {
      if (value.findIndex((other) => other.name === name) === index) continue;
      issues.push({ code: 'custom', message: 'a name of its own', path: [index, 'name'], input: name });
    }
  });
