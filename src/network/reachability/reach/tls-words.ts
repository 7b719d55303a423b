// What an error of a TLS handshake says of who answered. Error codes of OpenSSL and Node; the text
// of a certificate, which anybody may have written, is quoted nowhere.
import type { DestinationAnswer } from './judge-reach.ts';

type Meaning = Pick<DestinationAnswer, 'outcome' | 'detail'>;

const FOREIGN: Meaning = { outcome: 'impostor', detail: 'its certificate is from an authority that is not known here' };
const CUT: Meaning = { outcome: 'refused', detail: 'the connection is cut in the handshake' };

/** By code: x509_txt.c of OpenSSL, as Node spells it (lib/_tls_wrap.js), and errno(3). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: FOREIGN,
  SELF_SIGNED_CERT_IN_CHAIN: FOREIGN,
  UNABLE_TO_GET_ISSUER_CERT: FOREIGN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: FOREIGN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: FOREIGN,
  CERT_UNTRUSTED: FOREIGN,
  CERT_SIGNATURE_FAILURE: FOREIGN,
  INVALID_CA: FOREIGN,
  ERR_TLS_CERT_ALTNAME_INVALID: { outcome: 'impostor', detail: 'its certificate is for another name' },
  ERR_SSL_WRONG_VERSION_NUMBER: { outcome: 'impostor', detail: 'what answers speaks no TLS' },
  EPROTO: { outcome: 'impostor', detail: 'what answers speaks no TLS' },
  ECONNRESET: CUT,
  EPIPE: CUT,
};

/** The meaning of a handshake that failed with `code`; `wallMs`: this host's time. */
export function handshakeMeaning(code: string, wallMs: number): Meaning {
  const day = new Date(wallMs).toISOString().slice(0, 10);
  if (code === 'CERT_NOT_YET_VALID')
    return { outcome: 'clock', detail: `it begins later than the clock of this board says (${day})` };
  if (code === 'CERT_HAS_EXPIRED')
    return { outcome: 'unwell', detail: `its certificate has expired, if the clock of this board is right (${day})` };
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  const name = /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'an unknown error';
  return known ?? { outcome: 'unwell', detail: `its TLS handshake fails (${name})` };
}
