// Checks of `doctor` that look at the network around us: interfaces, other managers, and what an earlier run left behind.
import { OUR_PROTOCOL } from '../../network/link/marks.ts';
import { CommandError } from '../../system/command.ts';
import { runningStatus } from '../running.ts';
import { type Check, type Finding, namesIn, processes, shown, textOf } from './finding.ts';

const wwanInterfaces = async (root: string) =>
  (await namesIn(root, 'sys/class/net')).filter((name) => name.startsWith('wwan'));

export const interfaces: Check = async ({ root }) => {
  const about = 'interface';
  const findings = await Promise.all(
    (await wwanInterfaces(root)).map(async (name): Promise<Finding> => {
      const mac = await textOf(root, 'sys/class/net', name, 'address');
      if (mac !== 'ff:ff:ff:ff:ff:ff') return { state: 'ok', about, text: `${name} is there` };
      // Intel XMM7160 in its NCM face (PEERS: LN930, EM7345).
      const remedy =
        'echo "options cdc_ncm prefer_mbim=Y" > /etc/modprobe.d/percept-lte.conf, then plug the modem in again';
      return { state: 'warn', about, text: `${name} has the address ${mac}: it is driven as NCM, not as MBIM`, remedy };
    }),
  );
  return findings;
};

/** Strict reverse-path filtering drops answers on wwan0 while another uplink is better; our rule `from ADDRESS` satisfies it. */
export const reversePathFilter: Check = async ({ root }) => {
  const names = ['all', ...(await wwanInterfaces(root))];
  const values = await Promise.all(names.map((name) => textOf(root, 'proc/sys/net/ipv4/conf', name, 'rp_filter')));
  const strictest = Math.max(...values.map((value) => Number(value ?? 0)));
  // The kernel takes the greater of "all" and the interface's; 2 is loose, which is greater than 1, strict (ip-sysctl).
  const text =
    strictest === 1 ? "strict; percept-lte's rule for its own address takes care of that" : 'does not stand in the way';
  return [{ state: 'ok', about: 'rp_filter', text }];
};

export const otherManagers: Check = async ({ root }) => {
  const running = new Set((await processes(root)).map(({ name }) => name));
  const findings: Finding[] = [];
  if (running.has('NetworkManager')) findings.push(...(await networkManager(root)));
  // systemd-networkd, as the kernel cuts its name.
  if (running.has('systemd-network')) findings.push(...(await networkd(root)));
  if (running.has('dhcpcd')) findings.push(...(await dhcpcd(root)));
  if (running.has('connmand')) {
    const remedy = 'in /etc/connman/main.conf: NetworkInterfaceBlacklist=wwan';
    findings.push({ state: 'warn', about: 'ConnMan', text: 'is running and manages modems by itself', remedy });
  }
  if (findings.length > 0) return findings;
  return [{ state: 'ok', about: 'other managers', text: 'none lays claim to the modem' }];
};

async function networkManager(root: string): Promise<Finding[]> {
  const folder = 'etc/NetworkManager/system-connections';
  const names = await namesIn(root, folder);
  const contents = await Promise.all(names.map((name) => textOf(root, folder, name)));
  const gsm = names.filter((_, index) => /^type=gsm$/m.test(contents[index] ?? ''));
  const folders = ['etc/NetworkManager/conf.d', 'run/NetworkManager/conf.d', 'usr/lib/NetworkManager/conf.d'];
  const dropIns = folders.map(async (from) =>
    Promise.all((await namesIn(root, from)).map((name) => textOf(root, from, name))),
  );
  const configs = [
    await textOf(root, 'etc/NetworkManager/NetworkManager.conf'),
    ...(await Promise.all(dropIns)).flat(),
  ];
  const unmanaged = configs.some((text) => keepsOffModems(text ?? ''));
  if (unmanaged || gsm.length === 0) return [];
  const remedy =
    'printf "[keyfile]\\nunmanaged-devices=type:gsm\\n" > /etc/NetworkManager/conf.d/percept-lte.conf && systemctl reload NetworkManager';
  return [
    {
      state: 'fail',
      about: 'NetworkManager',
      text: `has connections of its own for modems (${gsm.join(', ')}): two would fight`,
      remedy,
    },
  ];
}

const MODEMS = '(type:gsm|interface-name:(wwan|cdc-wdm))';

/** Either of the two ways to say so: [keyfile] unmanaged-devices=, or a [device-…] section of its own as ours has. */
function keepsOffModems(text: string): boolean {
  if (new RegExp(`^unmanaged-devices=.*${MODEMS}`, 'm').test(text)) return true;
  const sections = text.split(/^(?=\[)/m).filter((section) => section.startsWith('[device'));
  return sections.some(
    (section) => new RegExp(`^match-device=.*${MODEMS}`, 'm').test(section) && /^managed=(0|false|no)$/m.test(section),
  );
}

/** The first file that matches a link wins, in the order of the names, whichever folder it is in (systemd.network(5)). */
async function networkd(root: string): Promise<Finding[]> {
  const folders = ['etc/systemd/network', 'run/systemd/network', 'usr/lib/systemd/network'];
  const all = await Promise.all(
    folders.map(async (folder) => (await namesIn(root, folder)).map((name) => ({ folder, name }))),
  );
  const findings: Finding[] = [];
  for (const { folder, name } of all.flat().sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const text = (await textOf(root, folder, name)) ?? '';
    const matches = /^(Name=(.*\s)?(wwan\S*|\*)(\s.*)?|Type=(.*\s)?wwan(\s.*)?)$/m.test(text);
    if (!name.endsWith('.network') || !matches) continue;
    if (/^Unmanaged=(yes|true|1|on)$/m.test(text)) break;
    const remedy = `give ${shown(folder, name)} a narrower [Match], or a [Link] section with Unmanaged=yes for wwan*`;
    findings.push({
      state: 'fail',
      about: 'systemd-networkd',
      text: `${shown(folder, name)} matches wwan0: two would fight`,
      remedy,
    });
  }
  return findings;
}

async function dhcpcd(root: string): Promise<Finding[]> {
  const text = (await textOf(root, 'etc/dhcpcd.conf')) ?? '';
  if (/^\s*denyinterfaces\s.*wwan/m.test(text) || /^\s*allowinterfaces\s(?!.*wwan)/m.test(text)) return [];
  const remedy = 'echo "denyinterfaces wwan*" >> /etc/dhcpcd.conf, and restart it';
  return [{ state: 'warn', about: 'dhcpcd', text: 'asks for an address on wwan0 as well', remedy }];
}

/** Routes with our protocol although we do not run: a crash leaves the link up on purpose, a removed package should not. */
export const leftovers: Check = async (context) => {
  const { status } = await runningStatus(context);
  if (status !== undefined) return [];
  const argv = ['ip', '-json', 'route', 'show', 'table', 'all', 'proto', String(OUR_PROTOCOL)];
  try {
    const routes: unknown = JSON.parse(
      (await context.commands.run(argv, { timeoutMs: 10_000, signal: context.signal })) || '[]',
    );
    if (!Array.isArray(routes) || routes.length === 0) return [];
    const remedy = 'systemctl start percept-lte takes over what is left; systemctl stop percept-lte then removes it';
    return [
      { state: 'warn', about: 'leftovers', text: `an earlier run left routes behind (${routes.length})`, remedy },
    ];
  } catch (error) {
    // No ip, or one without JSON, has a finding of its own.
    if (error instanceof CommandError || error instanceof SyntaxError) return [];
    throw error;
  }
};
