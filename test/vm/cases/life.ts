// From installation to removal, as the board's owner lives it: upgrade, reboot, removal.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Board } from '../board.ts';
import { LATER } from '../bundle.ts';

// What the package must not leave behind, and what may have changed for other reasons.
const LISTING = `find / -xdev \\( -path /proc -o -path /sys -o -path /tmp -o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \\) -prune -o -print | sort`;

export function lifeCases(at: () => Board): void {
  describe('over its life', () => {
    beforeEach(() => at().restore());

    test('an upgrade loses no packet and keeps the edited config', async () => {
      const config = await at().guest.run('md5sum /etc/percept-lte.yaml');
      const before = await at().mainPid();
      const ping = await at().pingDuring(async () => {
        await at().guest.run('DEBIAN_FRONTEND=noninteractive dpkg -i /mnt/share/later.deb', 180);
        await at().online();
      });
      expect(ping).toMatchObject({ lost: [] });
      expect(await at().guest.run('tail -n1 /usr/lib/percept-lte/main.js')).toBe(LATER.mark);
      expect(await at().mainPid()).not.toBe(before);
      expect(await at().guest.run('md5sum /etc/percept-lte.yaml')).toBe(config);
      expect((await at().show('NRestarts')).NRestarts).toBe('0');
    });

    test('after a reboot it is online again by itself', async () => {
      await at().guest.reboot();
      await at().online(240);
      await at().traffic();
      const seconds = await at().guest.run('cut -d" " -f1 /proc/uptime');
      console.log(`reboot to online: at most ${seconds} s after the kernel's start, emulated`);
    }, 400_000);

    test('wait-online, enabled, holds network-online.target back until traffic passes', async () => {
      await at().guest.run(
        'systemctl enable --quiet percept-lte-wait-online.service && systemctl start network-online.target',
      );
      expect(await at().guest.run('systemctl is-active percept-lte-wait-online.service')).toBe('active');
    });

    test('removed, it leaves config and memory and nothing else; purged, not even those', async () => {
      await at().guest.run('DEBIAN_FRONTEND=noninteractive dpkg -r percept-lte', 120);
      const left = await at().guest.run(`${LISTING} | grep -i percept`);
      expect(left.split('\n').filter((path) => !path.startsWith('/var/lib/percept-lte/'))).toEqual([
        '/etc/percept-lte.yaml',
        '/var/lib/percept-lte',
      ]);
      expect(
        await at().guest.run(
          'ip -4 address show dev wwan0; ip route; ip rule | grep -v "lookup \\(local\\|main\\|default\\)"; true',
        ),
      ).toBe('');
      expect(await at().guest.run('cat /etc/resolv.conf')).not.toContain('198.224.166.135');
      expect(await at().guest.run('systemctl is-active ModemManager')).toBe('active');
      await at().guest.run('DEBIAN_FRONTEND=noninteractive dpkg -P percept-lte');
      expect((await at().guest.try(`${LISTING} | grep -i percept`)).output.trim()).toBe('');
    });
  });
}
