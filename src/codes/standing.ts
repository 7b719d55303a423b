// What the daemon warns of for as long as it stands. Data.
import { entry, worded } from './entry.ts';
import { apnText, LINK, SECONDS } from './link.ts';

/** What is around the link on this host. */
const HOST = {
  'memory-unwritable': entry<{ path: string; said: string }>({
    severity: 'warn',
    text: ({ path, said }) =>
      `${path} cannot be written (${said}): no PIN is sent and no reboot made, and the limits are forgotten at the next boot`,
    remedy: () => 'free some space, or mount it writable: df, mount',
    example: { path: '/var/lib/percept-lte/memory.json', said: 'ENOSPC: no space left on device' },
  }),
  'disk-hangs': entry<{ path: string; since: string }>({
    severity: 'warn',
    text: ({ path, since }) =>
      `the disk has not answered since ${since}: a write of ${path} waits for it, and until it ends no PIN is sent and no reboot made`,
    remedy: () => 'fsfreeze --unfreeze, if somebody froze it; else look at its device (dmesg)',
    example: { path: '/var/lib/percept-lte/memory.json', since: '14:02' },
  }),
  'proven-unwritable': entry<{ path: string; said: string }>({
    severity: 'warn',
    text: ({ path, said }) => `${path} cannot be written (${said}): settings that work are not remembered`,
    remedy: () => 'free some space, or mount it writable: df, mount',
    example: { path: '/var/lib/percept-lte/proven.json', said: 'EROFS: read-only file system' },
    dependsOn: ['memory-unwritable', 'disk-hangs'],
  }),
  'hook-failed': entry<{ hook: string; how: string; event: string }>({
    severity: 'warn',
    text: ({ hook, how, event }) => `the hook ${hook} ${how} on ${event}`,
    remedy: ({ event }) => `run it by hand, with ${event} as its second argument`,
    example: { hook: '/etc/percept-lte.d/50-iotedge', how: 'ended with 1', event: 'online' },
  }),
  'hook-refused': worded(
    'warn',
    '/etc/percept-lte.d/50-iotedge may be written by others, and is not used',
    'chmod go-w /etc/percept-lte.d/50-iotedge',
  ),
  'metrics-socket': entry<{ path: string; said: string }>({
    severity: 'warn',
    text: ({ said }) => `there is no socket for scrapers (${said})`,
    remedy: ({ path }) => `look at ${path}; metrics.prom has the same`,
    example: { path: '/run/percept-lte/metrics.sock', said: 'EADDRINUSE: address already in use' },
  }),
  'modem-manager-ends': worded(
    'fail',
    'ModemManager has ended 11 times in 30 s',
    'see why: journalctl -u ModemManager; which release it is: mmcli --version (another one may not end)',
  ),
  'network-overlap': entry<{ address: string; network: string; interface: string; ofContainers: boolean }>({
    severity: 'warn',
    text: ({ address, network, interface: name }) =>
      `${address} of the carrier lies in ${network} of ${name}: what this host sends there stays here`,
    remedy: ({ interface: name, ofContainers }) =>
      ofContainers
        ? 'give the containers another network: "bip" and "default-address-pools" in /etc/docker/daemon.json, then systemctl restart docker'
        : `give ${name} another network`,
    example: { address: '172.17.3.4', network: '172.17.0.0/16', interface: 'docker0', ofContainers: true },
    dependsOn: ['address-shared'],
  }),
  'rp-filter': entry<{ interface: string; sysctl: string; address: string; by: string }>({
    severity: 'fail',
    text: ({ interface: name, address, by }) =>
      `rp_filter of ${name} is strict and a rule sends what ${address} answers by ${by}: the kernel drops all that comes in`,
    remedy: ({ sysctl }) =>
      `ip rule (find the rule above 30770 that catches it), or sysctl net.ipv4.conf.${sysctl}.rp_filter=2`,
    example: { interface: 'wwan0', sysctl: 'wwan0', address: '100.112.107.46', by: 'eth0' },
  }),
} as const;

/** A rule of ours for `address`. */
const FIRST = 'let what comes from 100.112.107.46 go first (ip rule add from 100.112.107.46 lookup 7700 priority 100)';

/** What a person can do about a data plan. */
export const RAISE_LIMIT =
  'raise data.limit in /etc/percept-lte.yaml if the plan has more, then: systemctl reload percept-lte';

const PLAN = { limit: '500 MB', period: 'since 1 November; next period begins 1 December' };

/** What passes over it, and the settings that it was made with. */
const TRAFFIC = {
  'probe-unanswered': entry<{ apn: string }>({
    severity: 'warn',
    text: ({ apn }) => `no probe has been answered over ${apnText(apn)} yet, so that its traffic cannot be proven`,
    remedy: () => 'where it leads to a private network, set probe.targets to hosts that answer there',
    example: { apn: 'vzwinternet' },
  }),
  'probe-diverted': entry<{ interface: string; rule: string; device: string | undefined; first: string }>({
    severity: 'warn',
    text: ({ interface: name, rule, device }) =>
      `it cannot be told whether ${name} carries traffic: the rule "${rule}" of this host, ahead of ours, ` +
      (device === undefined ? 'refuses the probes' : `sends the probes by ${device}`),
    remedy: ({ interface: name, first }) => `${first}, or set probe.targets to what does pass by ${name}`,
    example: { interface: 'wwan0', rule: '5270: from all lookup 52', device: 'tailscale0', first: FIRST },
    dependsOn: ['no-policy-routing', 'rule-refused'],
  }),
  'rule-refuses': entry<{ interface: string; rule: string; first: string }>({
    severity: 'warn',
    text: ({ interface: name, rule }) =>
      `the rule "${rule}" of this host, ahead of ours, refuses all but what is bound to ${name}`,
    remedy: ({ first }) => `take the rule away, or ${first}`,
    example: { interface: 'wwan0', rule: '100: from all unreachable', first: FIRST },
  }),
  'answers-dropped': entry<{ interface: string; isEarly: boolean }>({
    severity: 'fail',
    text: ({ interface: name, isEarly }) =>
      `it cannot be told whether ${name} carries traffic: answers reach ${name} and are dropped on this host` +
      (isEarly ? ', before its firewall’s input chain: by an ingress filter, tc or XDP' : ''),
    remedy: ({ interface: name, isEarly }) =>
      isEarly
        ? `see what drops there: nft list ruleset (hook ingress); tc filter show dev ${name} ingress; ip link show ${name}`
        : `look at the firewall's input chain, and accept what is established or comes in by ${name} (nft list ruleset; iptables -S INPUT)`,
    example: { interface: 'wwan0', isEarly: false },
  }),
  'probe-forbidden': entry<{ interface: string; said: string }>({
    severity: 'warn',
    text: ({ interface: name, said }) =>
      `it cannot be told whether ${name} carries traffic: a firewall or route of this host forbids the probes (${said})`,
    remedy: ({ interface: name }) =>
      `allow what leaves by ${name} (nft list ruleset; ip route), or set probe.targets to what does pass by ${name}`,
    example: { interface: 'wwan0', said: 'no probe leaves this host' },
    dependsOn: ['link-contested'],
  }),
  'not-through': worded(
    'fail',
    'traffic does not get through: the carrier answers, nothing beyond it does: plan used up, or an APN without internet',
    'ask the carrier whether the plan is used up and what this APN leads to',
    { dependsOn: ['probe-forbidden', 'probe-diverted', 'answers-dropped', 'bridge-port'] },
  ),
  'reach-unclear': worded(
    'warn',
    'the certificate of myhub.azure-devices.net:8883 cannot be checked: the clock is wrong',
    'set the clock, or let it be set: timedatectl; chronyc tracking',
    { dependsOn: ['probe-forbidden', 'probe-diverted', 'answers-dropped', 'bridge-port'] },
  ),
  'name-servers-unused': worded(
    'warn',
    'the name servers of the link are not in use: EROFS: read-only file system; this is tried again',
    'see who holds /etc/resolv.conf: ls -l /etc/resolv.conf; lsattr /etc/resolv.conf',
    { visibleAfterMs: SECONDS },
  ),
  'resolved-not-running': worded(
    'warn',
    '/etc/resolv.conf is systemd-resolved’s, which is not running',
    'systemctl enable --now systemd-resolved, or replace the link by a file',
  ),
  'name-servers-undone': entry<{ writer: string; remedy: string }>({
    severity: 'warn',
    text: ({ writer }) =>
      `${writer} keeps taking the link’s name servers out again; they are put back ever more slowly`,
    remedy: ({ remedy }) => remedy,
    example: {
      writer: 'another program',
      remedy: 'see what writes /etc/resolv.conf (a DHCP client, a VPN), or set network.dns: off',
    },
  }),
  'data-plan-low': entry<{ percent: number; limit: string; period: string }>({
    severity: 'warn',
    text: ({ percent, limit, period }) => `${percent} % of the data plan is used: of ${limit} ${period}`,
    remedy: () => `percept-lte status shows what is used; ${RAISE_LIMIT}`,
    example: { percent: 95, ...PLAN },
  }),
  'data-plan-used-up': entry<{ limit: string; period: string; consequence: string }>({
    severity: 'fail',
    text: ({ limit, period, consequence }) => `data plan used up: ${limit} ${period}; ${consequence}`,
    remedy: () => `percept-lte status shows what is used; ${RAISE_LIMIT}`,
    example: { ...PLAN, consequence: 'the link stays up' },
  }),
  'settings-wait': entry<{ until: string }>({
    severity: 'warn',
    text: ({ until }) => `the new settings wait until ${until} for the hourly ceiling of attempts`,
    remedy: () => 'nothing to do: the link stays up, and is reconnected then',
    example: { until: '14:02' },
  }),
  'trial-comparing': worded(
    'warn',
    'nothing passed with connect.apn (line 3): running on vzwinternet, proven until 14:02, for now, to see whether it is the network',
    'nothing to do: it is decided within minutes',
  ),
  'trial-refused': worded(
    'warn',
    'APN iot.foo (line 3) was refused, cause 33: running on vzwinternet, proven until 14:02',
    'the file is as it was: correct it, then: systemctl reload percept-lte; or have it tried again: percept-lte accept',
  ),
  'pin-replaced': entry<{ place: string; trouble: string; time: string }>({
    severity: 'warn',
    text: ({ place, trouble, time }) =>
      `sim.pin (${place}) ${trouble}: the PIN that this SIM took before is used, last at ${time}`,
    remedy: () => 'correct sim.pin, then: systemctl reload percept-lte',
    example: { place: 'line 6', trouble: 'was refused by the SIM', time: '14:02' },
  }),
} as const;

export const STANDING = { ...HOST, ...LINK, ...TRAFFIC } as const;
