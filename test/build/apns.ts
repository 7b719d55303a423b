// npm run apns:write [FILE [VERSION]]: src/daemon/known-apns.txt, which `connect.apn: auto` looks
// into, made of mobile-broadband-provider-info (in the public domain, as its copyright file says).
// What is made is committed, so that no build needs the source. Without FILE it is where Debian's
// package of that name puts it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = '/usr/share/mobile-broadband-provider-info/serviceproviders.xml';
const TARGET = fileURLToPath(new URL('../../src/daemon/known-apns.txt', import.meta.url));

/**
 * Home MCC and MNC → APNs that come before the source's, in the order to try them: what the
 * operators' own set-up pages name for data-only devices, and operators that the source lacks.
 */
const FIRST: Readonly<Record<string, readonly string[]>> = {
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
  '23415': ['internet'], // Vodafone UK
  '23430': ['everywhere'], // EE
  '20801': ['orange'], // Orange France
  '20810': ['sl2sfr'], // SFR
  '22801': ['gprs.swisscom.ch'], // Swisscom
  '90128': ['internet4gd.gdsp'], // Vodafone global M2M
  '90140': ['iot.1nce.net'], // 1NCE
};

/** Each one that is refused costs an attempt, of which some carriers allow four an hour. */
const MOST_APNS = 4;

/** No data passes over these, whatever the source says that they are for: Verizon's first is IMS. */
const NO_DATA = /ims|mms|wap/i;

/** 3GPP TS 23.003 §9.1, with the underscore that some carriers use. */
const NAME = /^[A-Za-z0-9._-]{1,100}$/;

/** An APN as one provider names it. */
interface Named {
  readonly apn: string;
  readonly provider: string;
  /** The provider has the network; others of the same code rent it. */
  readonly isOwner: boolean;
  readonly wantsPassword: boolean;
}

/** The lines of the file: `MCC+MNC APN …`, sorted. @param xml serviceproviders.xml */
export function knownApns(xml: string): readonly string[] {
  const byOperator = new Map<string, Named[]>(Object.keys(FIRST).map((code) => [code, []]));
  for (const [, attributes = '', body = ''] of elements(xml.replaceAll(/<!--.*?-->/gs, ''), 'provider')) {
    const [, , gsm = ''] = elements(body, 'gsm')[0] ?? [];
    const provider = /<name>([^<]*)/.exec(body)?.[1] ?? '';
    const named = elements(gsm, 'apn')
      .filter(([, , inner = '']) => carriesData(inner))
      .map(([, value = '', inner = '']) => ({
        apn: attribute(value, 'value'),
        provider,
        isOwner: attribute(attributes, 'primary') === 'true',
        wantsPassword: /<(username|password)>[^<]/.test(inner),
      }));
    for (const [network] of gsm.matchAll(/<network-id [^>]*>/g)) {
      const code = attribute(network, 'mcc') + attribute(network, 'mnc');
      byOperator.set(code, [...(byOperator.get(code) ?? []), ...named]);
    }
  }
  const lines = [...byOperator].map(([code, named]) => [code, ...inOrder(named, FIRST[code] ?? [])]);
  return lines
    .filter((words) => words.length > 1)
    .map((words) => words.join(' '))
    .sort();
}

const elements = (xml: string, name: string): RegExpExecArray[] => [
  ...xml.matchAll(new RegExp(`<${name}((?:\\s[^>]*)?)>(.*?)</${name}>`, 'gs')),
];

const attribute = (text: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';

/** What says nothing of its usage is for data; AT&T's are for `mms-internet-hipri`. */
function carriesData(inner: string): boolean {
  const usage = attribute(/<usage[^>]*>/.exec(inner)?.[0] ?? '', 'type');
  return usage === '' || usage.split('-').includes('internet');
}

/**
 * Those of the operator's own pages; of the network's owner; that most providers name; that want no
 * password, for none is sent; then as the source has them.
 */
function inOrder(named: readonly Named[], first: readonly string[]): readonly string[] {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const votes = ({ apn }: Named) => new Set(named.filter((one) => same(one.apn, apn)).map((one) => one.provider)).size;
  const ranked = [...named].sort(
    (a, b) =>
      Number(b.isOwner) - Number(a.isOwner) || votes(b) - votes(a) || Number(a.wantsPassword) - Number(b.wantsPassword),
  );
  const all = [...first, ...ranked.map(({ apn }) => apn)].filter((apn) => NAME.test(apn) && !NO_DATA.test(apn));
  return all.filter((apn, index) => all.findIndex((one) => same(one, apn)) === index).slice(0, MOST_APNS);
}

function main(source = SOURCE, release = ''): void {
  const lines = knownApns(readFileSync(source, 'utf8'));
  const head = `# Home MCC and MNC, and the APNs to try. npm run apns:write made it of ${['mobile-broadband-provider-info', release].join(' ').trim()}, which is in the public domain.`;
  writeFileSync(TARGET, `${[head, ...lines].join('\n')}\n`);
  process.stdout.write(`${TARGET}: ${lines.length} operators\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2], process.argv[3]);
