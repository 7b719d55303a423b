// Gives the host the name servers of the link, by whatever is in charge of name resolution there, and takes them back.
import { type DnsDecision, type DnsHost, detectDns } from './detect.ts';
import { putBlock, removeBlock } from './file.ts';
import { addRecord, removeRecord } from './resolvconf.ts';
import { revertLinkDns, setLinkDns } from './resolved.ts';
import { sane, type WantedDns } from './wanted-dns.ts';

export type { DnsDecision, DnsHost } from './detect.ts';

/**
 * Hands the servers over and says how. Doing it twice changes nothing. Looks anew each time, since whoever is in charge can change while we run
 * (a resolved that was started, a link that was replaced by a file).
 * @throws DnsError when whoever is in charge refuses; the loss of the bus as such.
 */
export async function applyDns(host: DnsHost, wanted: WantedDns, signal: AbortSignal): Promise<DnsDecision> {
  const { servers, ...rest } = sane(wanted);
  const decision = await detectDns(host, signal);
  const path = `${host.root}/etc/resolv.conf`;
  // A link without servers of its own (or dns: off) takes back what an earlier one brought.
  if (servers.length === 0) {
    await takeBack(host, decision, wanted.interface, signal);
    return decision;
  }
  switch (decision.mode) {
    case 'systemd-resolved':
      if (host.bus !== undefined) await setLinkDns(host.bus, { ...rest, servers }, host.root, signal);
      // A block of ours from before resolved took over would hide its stub.
      await removeBlock(path);
      break;
    case 'resolvconf':
      await removeBlock(path);
      await addRecord(host.runner, decision.resolvconf, { ...rest, servers }, signal);
      break;
    case 'file':
      await putBlock(path, servers, wanted.preferred);
      break;
    case 'none':
      break;
  }
  return decision;
}

/** Takes everything back that `applyDns` has brought, also in an earlier life of this program. @throws DnsError */
export async function clearDns(host: DnsHost, interfaceName: string, signal: AbortSignal): Promise<void> {
  await takeBack(host, await detectDns(host, signal), interfaceName, signal);
}

async function takeBack(host: DnsHost, decision: DnsDecision, name: string, signal: AbortSignal): Promise<void> {
  switch (decision.mode) {
    case 'systemd-resolved':
      if (host.bus !== undefined) await revertLinkDns(host.bus, name, host.root, signal);
      break;
    case 'resolvconf':
      await removeRecord(host.runner, decision.resolvconf, name, signal);
      break;
    case 'file':
    case 'none':
      break;
  }
  if (decision.mode !== 'none') await removeBlock(`${host.root}/etc/resolv.conf`);
}
