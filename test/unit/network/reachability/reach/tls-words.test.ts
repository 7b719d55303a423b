// What is said of a TLS handshake that failed. The codes are those that Node.js 20 gives for the
// certificates of test/world/certificates.ts.
import { expect, test } from 'vitest';
import { handshakeMeaning } from '../../../../../src/network/reachability/reach/tls-words.ts';

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'impostor', /authority that is not known/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'impostor', /authority that is not known/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'impostor', /another name/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'impostor', /no TLS/],
  ['ECONNRESET', 'refused', /cut in the handshake/],
  ['CERT_HAS_EXPIRED', 'unwell', /expired, if the clock of this board is right \(1970-01-01\)/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'unwell', /\(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION\)/],
])('%s', (code, outcome, detail) => {
  expect(handshakeMeaning(code, 0)).toEqual({ outcome, detail: expect.stringMatching(detail) });
});

test('before the date of a certificate it is the clock that is spoken of, and what it says', () => {
  expect(handshakeMeaning('CERT_NOT_YET_VALID', 3_600_000)).toEqual({
    outcome: 'clock',
    detail: 'it begins later than the clock of this board says (1970-01-01)',
  });
});

test.each(['', '__proto__', 'constructor', 'a\nforged line', 'X'.repeat(65)])(
  'a code that is none is not quoted: %j',
  (code) => {
    expect(handshakeMeaning(code, 0)).toEqual({
      outcome: 'unwell',
      detail: 'its TLS handshake fails (an unknown error)',
    });
  },
);
