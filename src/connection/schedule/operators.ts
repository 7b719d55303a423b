// APNs for `apn: auto`, by the operator that issued the SIM. Data: what the operators' own set-up
// pages name for data-only devices. Few on purpose: whoever is not listed gets the subscription's
// default, which LTE networks choose by the SIM.

/** The network picks the APN of the subscription (3GPP TS 24.301 §6.5.1.2). */
const SUBSCRIPTION_DEFAULT = '';

/** Home MCC and MNC → APNs in the order to try them. */
const APNS: Readonly<Record<string, readonly string[]>> = {
  '311480': ['vzwinternet'], // Verizon
  '310410': ['broadband', 'nxtgenphone'], // AT&T
  '310260': ['fast.t-mobile.com'], // T-Mobile US
  '302220': ['sp.telus.com'], // TELUS
  '302610': ['inet.bell.ca'], // Bell
  '302720': ['ltemobile.apn'], // Rogers
  '26201': ['internet.telekom', 'internet.t-mobile'], // Telekom Deutschland
  '26202': ['web.vodafone.de'], // Vodafone Deutschland
  '26203': ['internet'], // Telefónica Deutschland (E-Plus)
  '26207': ['internet'], // Telefónica Deutschland (O2)
  '23415': ['internet', 'wap.vodafone.co.uk'], // Vodafone UK
  '23430': ['everywhere'], // EE
  '20801': ['orange'], // Orange France
  '20810': ['sl2sfr'], // SFR
  '22801': ['gprs.swisscom.ch'], // Swisscom
  '90128': ['internet4gd.gdsp'], // Vodafone global M2M
  '90140': ['iot.1nce.net'], // 1NCE
};

/**
 * APNs to offer for the SIM of `operatorIdentifier` (MCC and MNC, '' while it is not known); never
 * empty.
 */
export function apnsOf(operatorIdentifier: string): readonly string[] {
  return [...(APNS[operatorIdentifier] ?? []), SUBSCRIPTION_DEFAULT];
}
